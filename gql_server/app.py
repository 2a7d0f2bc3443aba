"""The ASGI application: routes, health, and what lives as long as the server."""

import gc
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager, nullcontext

from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.middleware.errors import ServerErrorMiddleware
from starlette.requests import Request
from starlette.responses import JSONResponse, RedirectResponse, Response
from starlette.routing import Route, WebSocketRoute

from gql_server.config import Config, read_config
from gql_server.db.changes import Changes
from gql_server.db.database import Database, open_database
from gql_server.db.health import check_ready
from gql_server.errors import UnavailableError
from gql_server.http import pages
from gql_server.http.assets import Assets
from gql_server.http.connection import SECONDS
from gql_server.http.cors import cors
from gql_server.http.documents import Documents
from gql_server.http.rate import RateLimiter
from gql_server.http.request_id import RequestId
from gql_server.http.security_headers import SecurityHeaders
from gql_server.http.view import GraphQLView
from gql_server.llm.catalogue import model_names
from gql_server.log import configure_logging
from gql_server.schema.build import build_schema
from gql_server.services.authentication import Authenticator

GRAPHQL_PATH = "/graphql"
USAGE_PATH = "/usage"

COLLECT_AFTER = 10_000
"""Objects made and kept before the new ones are looked through for garbage; a large answer has as many."""


def create_app(
    config: Config | None = None, database: Database | None = None, *, allow_anonymous: bool = False
) -> Starlette:
    """The application for a server of these settings, or of the environment's.

    It opens and closes its own connections unless it is given a database. With `allow_anonymous`, whoever sends no key
    is the administrator. Raises SettingError.
    """
    config = config or read_config()
    configure_logging(config)
    models = model_names(config)

    @asynccontextmanager
    async def lifespan(app: Starlette) -> AsyncGenerator[dict[str, float]]:
        async with open_database(config) if database is None else nullcontext(database) as opened:
            app.state.config = config
            app.state.database = opened
            app.state.authenticator = Authenticator(config, opened, allow_anonymous=allow_anonymous)
            app.state.changes = Changes(config)
            app.state.models = models
            try:
                yield {SECONDS: config.header_timeout_seconds}
            finally:
                await app.state.changes.close()

    schema = build_schema(introspection=config.introspection, engine=config.engine)
    graphiql = pages.graphiql(config, anonymous=allow_anonymous) if config.graphiql else None
    usage = pages.usage(config, anonymous=allow_anonymous) if config.usage_page else None
    view = GraphQLView(schema, Documents(config), RateLimiter(config), config, graphiql)
    return Starlette(
        lifespan=lifespan,
        middleware=[
            Middleware(RequestId),
            Middleware(SecurityHeaders),
            *cors(config.cors_origins),
            # Starlette has one around all of these, whose answers would go without their headers.
            Middleware(ServerErrorMiddleware),
        ],
        routes=[
            Route("/", index),
            Route(GRAPHQL_PATH, view, methods=None),
            WebSocketRoute(GRAPHQL_PATH, view),
            *([Route(USAGE_PATH, usage.response)] if usage else []),
            *([Route("/assets/{name}", Assets().response)] if graphiql or usage else []),
            Route("/healthz", healthz),
            Route("/readyz", readyz),
        ],
    )


def create_process_app() -> Starlette:
    """The application of a process that has nothing else to do, by the settings of the environment.

    What has been made by now is there to stay, and is never looked through for garbage again; what a request makes is
    looked through after it has made a lot, rather than again and again while it does.
    """
    app = create_app()
    gc.collect()
    gc.freeze()
    gc.set_threshold(COLLECT_AFTER, 10, 10)
    return app


async def index(request: Request) -> Response:
    config: Config = request.app.state.config
    path = USAGE_PATH if config.usage_page and not config.graphiql else GRAPHQL_PATH
    # Relative, since a proxy may have put something before it.
    return RedirectResponse(f".{path}")


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
