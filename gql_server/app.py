"""The ASGI application: routes, health, and what lives as long as the server."""

import json
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from math import isfinite

import orjson
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, RedirectResponse, Response
from starlette.routing import Route
from starlette.websockets import WebSocket
from strawberry.asgi import GraphQL

from gql_server.config import Config, read_config
from gql_server.db.database import Database, open_database
from gql_server.db.health import check_ready
from gql_server.errors import UnavailableError
from gql_server.log import configure_logging
from gql_server.schema.build import build_schema
from gql_server.schema.operation import Resources

GRAPHQL_PATH = "/graphql"


class GraphQLView(GraphQL[Resources, None]):
    """GraphQL over HTTP."""

    async def get_context(self, request: Request | WebSocket, response: Response | WebSocket) -> Resources:
        return Resources(request.app.state.config, request.app.state.database)

    def decode_json(self, data: str | bytes) -> object:
        try:
            # Exact, as orjson is not with whole numbers beyond 64 bits.
            text = data.decode() if isinstance(data, bytes) else data
            decoded = json.loads(text, parse_constant=_finite, parse_float=_finite)
        except (ValueError, RecursionError) as error:
            raise json.JSONDecodeError(str(error), "", 0) from None
        if not isinstance(decoded, dict | list):
            raise json.JSONDecodeError("neither an object nor a list", "", 0)
        return decoded  # pyright: ignore[reportUnknownVariableType]

    def encode_json(self, data: object) -> str:
        return orjson.dumps(data).decode()


def create_app(config: Config | None = None, database: Database | None = None) -> Starlette:
    """The application for a server of these settings, or of the environment's.

    It opens and closes its own connections unless it is given a database. Raises SettingError.
    """
    config = config or read_config()
    configure_logging(config)

    @asynccontextmanager
    async def lifespan(app: Starlette) -> AsyncGenerator[None]:
        app.state.config = config
        if database is not None:
            app.state.database = database
            yield
            return
        async with open_database(config) as opened:
            app.state.database = opened
            yield

    view = GraphQLView(build_schema(), graphql_ide="graphiql" if config.graphiql else None)
    return Starlette(
        lifespan=lifespan,
        routes=[
            Route("/", index),
            Route(GRAPHQL_PATH, view),
            Route("/healthz", healthz),
            Route("/readyz", readyz),
        ],
    )


def _finite(number: str) -> float:
    value = float(number)
    if not isfinite(value):
        raise ValueError(f"{number} is not a number that can be kept")
    return value


async def index(_request: Request) -> Response:
    return RedirectResponse(GRAPHQL_PATH)


async def healthz(_request: Request) -> Response:
    """Whether the process answers."""
    return JSONResponse({"status": "ok"})


async def readyz(request: Request) -> Response:
    """Whether operations can be answered: the database is reachable, and migrated for this server."""
    try:
        await check_ready(request.app.state.database)
    except UnavailableError as error:
        return JSONResponse({"status": "unavailable", "reason": error.message}, status_code=503)
    return JSONResponse({"status": "ok"})
