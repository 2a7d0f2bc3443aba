"""The port that a server is to listen on."""

import socket
from contextlib import closing
from errno import EADDRINUSE

from gql_server.errors import SettingError, StartError


def check_port(host: str, port: int) -> None:
    """Raises StartError when something listens there already, SettingError when there is no such address."""
    try:
        family, kind, _, _, address = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0]
    except OSError as error:
        raise SettingError(f"GQL_SERVER_HOST is wrong: {host!r} is no address of this machine: {error}.") from None
    with closing(socket.socket(family, kind)) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(address)
        except OSError as error:
            reason = "is in use" if error.errno == EADDRINUSE else f"cannot be had ({error.strerror})"
            raise StartError(f"Port {port} of {host} {reason}: choose another with --port.") from None
