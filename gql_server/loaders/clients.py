"""Loads clients."""

from gql_server.db.tables.clients import CLIENTS, ClientRow
from gql_server.loaders.rows import RowByIdLoader
from gql_server.loaders.shared_lists import SharedListLoader


class ClientByIdLoader(RowByIdLoader[ClientRow]):
    table = CLIENTS


class ClientsLoader(SharedListLoader[ClientRow]):
    table = CLIENTS
