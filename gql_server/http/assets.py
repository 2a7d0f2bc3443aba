"""The files that the pages are made of."""

import gzip
from collections.abc import Mapping
from hashlib import sha256
from pathlib import Path
from typing import NamedTuple

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response

from gql_server.http.negotiation import accepted_in_order

STATIC = Path(__file__).parents[1] / "static"
BUILT = STATIC / "built"
"""What the build makes of `explorer/`, where it could; see `hatch_build.py`."""
PLAIN = STATIC / "plain"

MEDIA_TYPES = {
    ".css": "text/css; charset=utf-8",
    ".graphql": "text/plain; charset=utf-8",
    ".js": "text/javascript; charset=utf-8",
    ".ttf": "font/ttf",
}
POLICY = "default-src 'none'; script-src 'self'; frame-ancestors 'none'"
"""What holds in a worker is the policy of its file: it may load its parts, and speaks to nobody."""
ENCODINGS = {".br": "br", ".gz": "gzip"}
"""In the order in which they are preferred."""


class Asset(NamedTuple):
    """A file by its encodings; `identity` is as it is."""

    media_type: str
    etag: str
    cache_control: str
    encodings: Mapping[str, Path]


class Assets:
    """The files of both pages, known by their names alone: no path that is asked for is looked up."""

    def __init__(self) -> None:
        plain = {path.name: _plain(path) for path in PLAIN.iterdir() if path.suffix in MEDIA_TYPES}
        self._assets = plain | {path.stem: _built(path) for path in BUILT.glob("assets/*.gz")}

    def response(self, request: Request) -> Response:
        """In a thread of its own, as it reads a file. Raises HTTPException."""
        asset = self._assets.get(request.path_params["name"])
        if asset is None:
            raise HTTPException(404)
        headers = {
            "cache-control": asset.cache_control,
            "content-security-policy": POLICY,
            "etag": asset.etag,
            "vary": "Accept-Encoding",
        }
        if is_known(request, asset.etag):
            return Response(status_code=304, headers=headers)
        accepted = accepted_in_order(request.headers.get("accept-encoding", ""))
        encoding = next((name for name in asset.encodings if name in accepted), None)
        if encoding is not None:
            headers["content-encoding"] = encoding
        return Response(_read(asset, encoding), media_type=asset.media_type, headers=headers)


def is_known(request: Request, etag: str) -> bool:
    """Whether the caller has what it asks for."""
    given = request.headers.get("if-none-match", "")
    return etag in {tag.strip().removeprefix("W/") for tag in given.split(",")}


def _plain(path: Path) -> Asset:
    etag = f'"{sha256(path.read_bytes()).hexdigest()[:32]}"'
    return Asset(MEDIA_TYPES[path.suffix], etag, "no-cache", {"identity": path})


def _built(packed: Path) -> Asset:
    # Its name has a hash of what is in it.
    path = packed.with_suffix("")
    encodings = {name: path.with_name(path.name + suffix) for suffix, name in ENCODINGS.items()}
    return Asset(MEDIA_TYPES[path.suffix], f'"{path.name}"', "public, max-age=31536000, immutable", encodings)


def _read(asset: Asset, encoding: str | None) -> bytes:
    if encoding is not None:
        return asset.encodings[encoding].read_bytes()
    if "identity" in asset.encodings:
        return asset.encodings["identity"].read_bytes()
    return gzip.decompress(asset.encodings["gzip"].read_bytes())
