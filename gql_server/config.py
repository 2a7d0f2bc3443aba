"""Every setting, read once from the environment and passed down."""

import re
from importlib.util import find_spec
from pathlib import Path
from typing import Annotated, Literal
from urllib.parse import urlsplit

from pydantic import AfterValidator, BeforeValidator, Field, SecretStr, ValidationError, ValidationInfo
from pydantic_settings import BaseSettings, NoDecode, SettingsConfigDict

from gql_server.errors import SettingError

PREFIX = "GQL_SERVER_"

Engine = Literal["breadth_first", "stock"]

ADMIN_KEY_LENGTH = 32
"""Characters that nobody guesses, nor tries one after the other."""
ORIGIN = re.compile(r"[a-z][a-z0-9+.-]*://([a-z0-9._-]+|\[[0-9a-f:.]+\])(:[0-9]{1,5})?")
"""An origin as browsers send it."""
USUAL_PORT = re.compile(r"https://.*:443|http://.*:80")


def _check_dsn(dsn: SecretStr) -> SecretStr:
    # A socket's address has no host in the place where a URL has it, so that a URL's rules do not apply.
    if not dsn.get_secret_value().startswith(("postgresql://", "postgres://")):
        raise ValueError("it should begin with postgresql://")
    return dsn


def _check_admin_keys(keys: tuple[SecretStr, ...]) -> tuple[SecretStr, ...]:
    if any(len(key) < ADMIN_KEY_LENGTH for key in keys):
        raise ValueError(f"a key should have {ADMIN_KEY_LENGTH} characters or more: openssl rand -hex 32")
    return keys


def _split(value: object) -> object:
    return [part.strip() for part in value.split(",") if part.strip()] if isinstance(value, str) else value


def _check_origins(origins: tuple[str, ...]) -> tuple[str, ...]:
    for origin in origins:
        if origin != "*" and not ORIGIN.fullmatch(origin):
            raise ValueError(f"{origin} is no origin; one is https://app.example.com, in lower case and without a path")
        if USUAL_PORT.fullmatch(origin):
            raise ValueError(f"{origin} is not what browsers send; they leave the usual port out")
    return origins


def _check_has_documents(trusted_only: bool, settings: ValidationInfo) -> bool:
    if trusted_only and settings.data.get("trusted_documents") is None:
        raise ValueError(f"it needs {PREFIX}TRUSTED_DOCUMENTS")
    return trusted_only


def _check_storage(url: SecretStr | None) -> SecretStr | None:
    if url is None:
        return None
    if not url.get_secret_value().startswith(("redis://", "rediss://")):
        raise ValueError("it should begin with redis:// or rediss://")
    try:
        _ = urlsplit(url.get_secret_value()).port
    except ValueError:
        # Python's own words may quote the password.
        raise ValueError("it is no address") from None
    if find_spec("redis") is None:
        raise ValueError("it needs the extra `redis`: pip install 'gql-server[redis]'")
    return url


class Config(BaseSettings):
    """The settings of a server; each is the environment variable of its name behind `GQL_SERVER_`."""

    model_config = SettingsConfigDict(env_prefix=PREFIX, frozen=True, extra="ignore")

    database_url: Annotated[SecretStr, AfterValidator(_check_dsn)] = Field(
        description="Where PostgreSQL is: `postgresql://user:password@host:5432/database`.",
    )
    listen_database_url: Annotated[SecretStr, AfterValidator(_check_dsn)] | None = Field(
        default=None,
        description="Where announcements of changes are heard, when the address above is a pooler's.",
    )
    owner_role: str = Field(
        default="",
        description="The role that owns the tables and makes projects' schemas; whoever logs in, without it.",
    )
    admin_keys: Annotated[
        tuple[SecretStr, ...], NoDecode, BeforeValidator(_split), AfterValidator(_check_admin_keys)
    ] = Field(
        default=(),
        description="The administrator's key, of 32 characters or more; several, separated by commas, to replace one.",
    )
    key_cache_seconds: float = Field(
        default=5,
        ge=0,
        le=300,
        description="How long a key that was looked up is taken to be good, or not, before it is looked up again.",
    )
    database_wait_seconds: float = Field(
        default=10, ge=0, le=3600, description="How long a start waits for the database before it gives up."
    )
    pool_size: int = Field(
        default=20, ge=1, le=1000, description="Connections to the database that a process holds at the most."
    )
    pool_timeout_seconds: float = Field(
        default=30,
        gt=0,
        le=3600,
        description="How long an operation waits for a free connection before it is answered with `UNAVAILABLE`.",
    )
    connect_timeout_seconds: float = Field(
        default=5, gt=0, le=600, description="How long one attempt to connect to the database may take."
    )
    operation_timeout_seconds: float = Field(
        default=30, gt=0, le=3600, description="How long one operation may run before it is given up."
    )
    statement_timeout_seconds: float = Field(
        default=30, gt=0, le=3600, description="How long one SQL statement of an operation may run."
    )
    lock_timeout_seconds: float = Field(
        default=2,
        gt=0,
        le=3600,
        description="How long a read waits for a project that is being migrated, and a change for others, before it "
        "fails.",
    )
    vocabulary_token_limit: int = Field(
        default=2_000,
        ge=0,
        le=100_000,
        description="About how many tokens of a project's vocabulary are added to a prompt.",
    )
    models_file: Path | None = Field(
        default=None,
        description="A TOML file of the language models that contents may be made with; the sample model alone, "
        "without it.",
    )
    default_model: str | None = Field(
        default=None, description="The model of that file that is asked where a request names none."
    )
    generation_retries: int = Field(
        default=2,
        ge=0,
        le=10,
        description="How often a language model is asked again whose answer does not meet the object model.",
    )
    provider_retries: int = Field(
        default=4,
        ge=0,
        le=20,
        description="How often a provider is asked again that is at its limit or fails.",
    )
    provider_backoff_seconds: float = Field(
        default=1,
        ge=0,
        le=60,
        description="How long before that, unless the provider says it; twice as long each time, and a minute at most.",
    )
    worker_concurrency: int = Field(default=16, ge=2, le=1000, description="Generations that a worker does at a time.")
    worker_heartbeat_seconds: float = Field(
        default=10,
        ge=1,
        le=600,
        description="How long a worker may be silent before its generations are given to another one.",
    )
    worker_grace_seconds: float = Field(
        default=20,
        ge=0,
        le=3600,
        description="How long a worker that is told to stop goes on with what it has begun, before it hands it back.",
    )
    statement_cache_size: int = Field(
        default=100,
        ge=0,
        le=10_000,
        description="Prepared statements that a connection keeps; 0 behind a transaction pooler that cannot keep them.",
    )
    connection_project_limit: int = Field(
        default=500,
        ge=1,
        le=1_000_000,
        description="Projects that a connection reads before it is replaced: PostgreSQL keeps about 50 KB a table.",
    )
    host: str = Field(default="127.0.0.1", description="The address that the server listens on.")
    port: int = Field(default=8000, ge=0, le=65535, description="The port that the server listens on.")
    workers: int = Field(default=1, ge=1, le=256, description="Processes that serve, each with a pool of its own.")
    page_size_default: int = Field(
        default=20, ge=1, le=1000, description="Nodes on a page when a query asks for no number."
    )
    page_size_limit: int = Field(default=100, ge=1, le=1000, description="Nodes on a page at the most.")
    token_limit: int = Field(default=5000, ge=10, le=1_000_000, description="Lexical tokens that a document may have.")
    depth_limit: int = Field(default=15, ge=1, le=100, description="Levels that the fields of an operation may nest.")
    alias_limit: int = Field(default=50, ge=0, le=10_000, description="Aliases that an operation may use.")
    root_field_limit: int = Field(
        default=20, ge=1, le=10_000, description="Fields that an operation may ask the root for."
    )
    directive_limit: int = Field(default=50, ge=0, le=10_000, description="Directives that an operation may apply.")
    list_length_limit: int = Field(
        default=1000, ge=1, le=1_000_000, description="Values that a list in arguments or variables may have."
    )
    cost_limit: int = Field(
        default=25_000,
        ge=1,
        description="What an operation may cost: objects, page sizes multiplied, and what counts and sums cost.",
    )
    body_limit_bytes: int = Field(
        default=1_000_000, ge=1000, le=1_000_000_000, description="Bytes that a request may have."
    )
    header_timeout_seconds: float = Field(
        default=10, gt=0, le=3600, description="How long the headers of a request may take to arrive."
    )
    body_timeout_seconds: float = Field(default=10, gt=0, le=3600, description="How long a request may take to arrive.")
    persisted_queries: bool = Field(
        default=True, description="Whether clients may send a document once and its hash from then on, as Apollo's do."
    )
    trusted_documents: Path | None = Field(
        default=None, description="A JSON file of documents that clients may name by their hash or id."
    )
    trusted_only: Annotated[bool, AfterValidator(_check_has_documents)] = Field(
        default=False, description="Whether documents that are not in that file are refused."
    )
    cors_origins: Annotated[tuple[str, ...], NoDecode, BeforeValidator(_split), AfterValidator(_check_origins)] = Field(
        default=(),
        description="Origins whose pages may use the API, with commas between; `*` is every one.",
    )
    subscription_limit: int = Field(
        default=50, ge=1, le=10_000, description="Subscriptions that may run over one WebSocket."
    )
    stream_limit: int = Field(
        default=1000, ge=0, le=1_000_000, description="Subscriptions of one caller that a process serves; 0 for all."
    )
    connection_init_timeout_seconds: float = Field(
        default=5, gt=0, le=60, description="How long a WebSocket may be open before it sends its key."
    )
    rate_limit_per_second: int = Field(
        default=100, ge=0, le=1_000_000, description="Requests of one caller that are taken in a second; 0 for all."
    )
    rate_limit_storage: Annotated[SecretStr | None, AfterValidator(_check_storage)] = Field(
        default=None,
        description="The Redis that counts them for all processes: `redis://:password@host:6379/0`. "
        "Without it each process counts for itself.",
    )
    in_flight_limit: int = Field(
        default=50, ge=0, le=100_000, description="Requests of one caller that a process answers at a time; 0 for all."
    )
    engine: Engine = Field(
        default="breadth_first",
        description="What executes operations: our own engine (`breadth_first`), or graphql-core (`stock`).",
    )
    introspection: bool = Field(
        default=False, description="Whether the schema can be asked for, and errors suggest names that are in it."
    )
    graphiql: bool = Field(default=False, description="Whether a browser that opens /graphql gets GraphiQL.")
    usage_page: bool = Field(
        default=False, description="Whether /usage is a page that shows what language models cost."
    )
    log_level: Literal["debug", "info", "warning", "error"] = Field(
        default="info", description="The least serious message that is logged."
    )
    log_format: Literal["text", "json"] = Field(
        default="text", description="How a log line is written: for people, or as one JSON object."
    )


def read_config(**given: object) -> Config:
    """Reads the settings; `given` ones win over the environment. Raises SettingError naming the first wrong one."""
    try:
        return Config(**given)  # pyright: ignore[reportArgumentType]
    except ValidationError as error:
        raise SettingError(_sentence(error)) from None


def _sentence(error: ValidationError) -> str:
    problem = error.errors(include_url=False, include_context=False, include_input=False)[0]
    variable = PREFIX + str(problem["loc"][0]).upper()
    if problem["type"] == "missing":
        return f"{variable} is not set: {Config.model_fields[str(problem['loc'][0])].description}"
    message = problem["msg"].removeprefix("Value error, ").rstrip(".")
    return f"{variable} is wrong: {message[0].lower()}{message[1:]}."
