"""Migrations of an empty database, and of one that was made with the document's tables."""

from collections.abc import Iterable
from datetime import datetime

import asyncpg
import pytest
from catalog import read_catalog, read_ledger, read_schemas, read_storage
from migration import Outcome, migrate
from seed_document import SHARED_TABLES, UPGRADE, hyphenated, make_project, make_shared_tables, underscored
from world import uuid_of

from gql_server.config import Config
from gql_server.db.database import Database
from gql_server.db.migrations import Kind, latest_version, migrations
from gql_server.services.projects import create_project
from gql_server.services.writer import Writer

PROJECT = latest_version("project")

STATUS_CHECK = "((status)::text = ANY ((ARRAY['active'::character varying, 'archived'::character varying])::text[]))"

USAGE_STATUS_CHECK = (
    "(status = ANY (ARRAY['started'::text, 'succeeded'::text, 'invalid'::text, 'failed'::text, 'aborted'::text,"
    " 'lost'::text]))"
)

ADDED_COLUMNS = [
    "clients.api_key_prefix text",
    "clients.api_key_used_at timestamp with time zone",
    "clients.retired_api_key text",
    "clients.retired_api_key_used_at timestamp with time zone",
    "clients.retired_api_key_expires_at timestamp with time zone",
    "clients.monthly_budget numeric",
    "llm_usage.status text NOT NULL DEFAULT 'succeeded'::text",
    "llm_usage.generation_id uuid",
    "llm_usage.is_estimated boolean NOT NULL DEFAULT false",
    "llm_usage.details jsonb",
    "llm_usage.finished_at timestamp with time zone",
    "projects.monthly_budget numeric",
    "prompts.version integer NOT NULL DEFAULT 1",
]
CHANGED_COLUMNS = {"llm_usage.cost numeric(10,6) NOT NULL": "llm_usage.cost numeric"}
ADDED_TABLES = [
    "deleted_projects.id uuid NOT NULL",
    "deleted_projects.name character varying(255) NOT NULL",
    "deleted_projects.client_id uuid NOT NULL",
    "deleted_projects.deleted_at timestamp with time zone NOT NULL DEFAULT CURRENT_TIMESTAMP",
    "idempotency_keys.caller text NOT NULL",
    "idempotency_keys.key text NOT NULL",
    "idempotency_keys.digest text NOT NULL",
    "idempotency_keys.made uuid[]",
    "idempotency_keys.created_at timestamp with time zone NOT NULL DEFAULT CURRENT_TIMESTAMP",
    "prompt_versions.prompt_id uuid NOT NULL",
    "prompt_versions.version integer NOT NULL",
    "prompt_versions.name character varying(255) NOT NULL",
    "prompt_versions.template text NOT NULL",
    "prompt_versions.parameters jsonb",
    "prompt_versions.object_model_id uuid",
    "prompt_versions.created_at timestamp with time zone NOT NULL",
]
LEDGER_COLUMNS = [
    "schema_migrations.version integer NOT NULL",
    "schema_migrations.name text NOT NULL",
    "schema_migrations.checksum text NOT NULL",
    "schema_migrations.applied_at timestamp with time zone NOT NULL DEFAULT CURRENT_TIMESTAMP",
]


def bounded(column: str) -> str:
    """The condition that keeps a time within the years 1 to 9999, as PostgreSQL prints it."""
    zone = "timestamp with time zone"
    first, last = f"'0001-01-01 00:00:00+00'::{zone}", f"'9999-12-31 23:59:59.999999+00'::{zone}"
    return f"(({column} >= {first}) AND ({column} <= {last}))"


DIGEST = "'^sha256:[0-9a-f]{64}$'::text"
RETIRED_CHECK = (
    f"((retired_api_key IS NULL) OR ((retired_api_key ~ {DIGEST}) AND (retired_api_key_expires_at IS NOT NULL)))"
)
DROPPED_CONSTRAINTS = {"llm_usage llm_usage_project_id_fkey FOREIGN KEY (project_id) REFERENCES projects(id)"}
ADDED_CONSTRAINTS = {
    "deleted_projects deleted_projects_client_id_fkey FOREIGN KEY (client_id) REFERENCES clients(id)",
    "deleted_projects deleted_projects_pkey PRIMARY KEY (id)",
    "idempotency_keys idempotency_keys_pkey PRIMARY KEY (caller, key)",
    "object_models object_models_name_version_key UNIQUE (name, version)",
    "prompt_versions prompt_versions_pkey PRIMARY KEY (prompt_id, version)",
    "prompt_versions prompt_versions_prompt_id_fkey FOREIGN KEY (prompt_id) REFERENCES prompts(id) ON DELETE CASCADE",
    "clients clients_monthly_budget_check CHECK ((monthly_budget >= (0)::numeric))",
    "projects projects_monthly_budget_check CHECK ((monthly_budget >= (0)::numeric))",
    f"llm_usage llm_usage_status_check CHECK ({USAGE_STATUS_CHECK})",
    f"clients clients_api_key_check CHECK (((api_key)::text ~ {DIGEST}))",
    f"clients clients_retired_api_key_check CHECK ({RETIRED_CHECK})",
    "projects projects_client_id_fkey FOREIGN KEY (client_id) REFERENCES clients(id)",
    f"projects projects_status_check CHECK ({STATUS_CHECK})",
    f"clients clients_times_check CHECK ({bounded('created_at')})",
    f"llm_usage llm_usage_times_check CHECK ({bounded('created_at')})",
    f"object_models object_models_times_check CHECK ({bounded('created_at')})",
    f"projects projects_times_check CHECK (({bounded('created_at')} AND {bounded('updated_at')}))",
    f"prompts prompts_times_check CHECK (({bounded('created_at')} AND {bounded('updated_at')}))",
    "schema_migrations schema_migrations_pkey PRIMARY KEY (version)",
}

A, B = uuid_of("project", "A"), uuid_of("project", "B")


@pytest.fixture
def dsn(empty_dsn: str) -> str:
    """The database of this module's tests has nothing in it."""
    return empty_dsn


async def test_an_empty_database_gets_the_shared_schema_alone(config: Config, connection: asyncpg.Connection) -> None:
    assert await migrate(config) == []

    assert await read_ledger(connection, "public") == [migration.name for migration in migrations("public")]
    assert await read_schemas(connection) == []


async def test_a_second_run_changes_nothing(config: Config, connection: asyncpg.Connection) -> None:
    await make_shared_tables(connection)
    await make_project(connection, A, "A")
    await migrate(config)
    before = [await state(connection, schema) for schema in ("public", underscored(A))]

    assert await migrate(config) == []

    assert [await state(connection, schema) for schema in ("public", underscored(A))] == before


async def test_the_ledger_holds_what_was_applied(config: Config, connection: asyncpg.Connection) -> None:
    await make_shared_tables(connection)
    await make_project(connection, A, "A")
    started = await connection.fetchval("SELECT clock_timestamp()")

    await migrate(config)

    await assert_ledger(connection, "public", "public", started)
    await assert_ledger(connection, underscored(A), "project", started)


async def test_the_shared_migrations_add_up_to_the_documents_tables_and_ours(
    config: Config, connection: asyncpg.Connection
) -> None:
    async with connection.transaction():
        await connection.execute(f"CREATE SCHEMA document; SET LOCAL search_path TO document; {SHARED_TABLES}")
    document = await read_catalog(connection, "document")

    await migrate(config)

    shared = await read_catalog(connection, "public")
    columns = [column.replace("timestamp without time zone", "timestamp with time zone") for column in document.columns]
    columns = [CHANGED_COLUMNS.get(column, column) for column in columns]
    assert shared.columns == by_table([*columns, *ADDED_COLUMNS, *ADDED_TABLES, *LEDGER_COLUMNS])
    assert named(shared.constraints) == named(document.constraints) - DROPPED_CONSTRAINTS | ADDED_CONSTRAINTS
    assert set(document.indexes) < set(shared.indexes)


async def test_an_adopted_shared_schema_is_the_same_as_a_new_one(
    config: Config, connection: asyncpg.Connection, database: Database
) -> None:
    await migrate(config)
    new = await read_catalog(connection, "public")
    await connection.execute("DROP SCHEMA public, jobs CASCADE; CREATE SCHEMA public")
    await make_shared_tables(connection)

    await migrate(config)

    assert await read_catalog(connection, "public") == new


async def test_of_twins_all_but_the_oldest_get_another_name(config: Config, connection: asyncpg.Connection) -> None:
    await make_shared_tables(connection)
    await make_project(connection, A, "A")
    times = ["2026-01-02", "2026-01-01", "2026-01-03"]
    ids = [uuid_of("twin", time) for time in times]
    long, same = "x" * 255, "1.0"
    rows = [
        (id_, name, datetime.fromisoformat(time)) for name in ("bank",) for id_, time in zip(ids, times, strict=True)
    ]
    terms = [*rows, (uuid_of("other"), "Bank", rows[0][2]), *((uuid_of(long, n), long, rows[0][2]) for n in range(2))]
    term = f"INSERT INTO {underscored(A)}.vocabulary (id, term, definition, created_at) VALUES ($1, $2, '', $3)"
    await connection.executemany(term, terms)
    model = "INSERT INTO object_models (id, name, version, structure, created_at) VALUES ($1, $2, $4, '{}', $3)"
    await connection.executemany(model, [(*row, same) for row in rows])

    await migrate(config)

    named = {
        record["id"]: record["term"] for record in await connection.fetch(f"SELECT * FROM {underscored(A)}.vocabulary")
    }
    assert [named[id_] for id_ in ids] == [f"bank ({str(ids[0])[:8]})", "bank", f"bank ({str(ids[2])[:8]})"]
    assert named[uuid_of("other")] == "Bank"
    assert sorted(map(len, named.values()))[-2:] == [255, 255]
    versions = {record["id"]: record["version"] for record in await connection.fetch("SELECT * FROM object_models")}
    assert [versions[id_] for id_ in ids] == [f"1.0 ({str(ids[0])[:8]})", "1.0", f"1.0 ({str(ids[2])[:8]})"]


@pytest.mark.parametrize("kind", ["underscored", "hyphenated", "upgraded"])
async def test_an_adopted_project_is_the_same_as_a_new_one(
    kind: str, config: Config, connection: asyncpg.Connection, database: Database
) -> None:
    await make_shared_tables(connection)
    schema = await make_project(connection, A, "A", hyphenated(A) if kind == "hyphenated" else None)
    if kind == "upgraded":
        await connection.execute(UPGRADE.format(schema=schema))

    assert await migrate(config) == [Outcome("A", PROJECT)]

    client_id = await connection.fetchval("SELECT client_id FROM public.projects")
    await create_project(Writer(database), client_id=client_id, name="New", project_id=B)
    new, adopted = await read_catalog(connection, underscored(B)), await read_catalog(connection, underscored(A))
    assert adopted == new
    assert await read_ledger(connection, underscored(A)) == await read_ledger(connection, underscored(B))
    assert await read_schemas(connection) == sorted([underscored(A).strip('"'), underscored(B).strip('"')])


async def test_defaults_are_the_moment_in_every_time_zone(config: Config, connection: asyncpg.Connection) -> None:
    await make_shared_tables(connection)
    await migrate(config)

    async with connection.transaction():
        await connection.execute("SET LOCAL TimeZone = 'Asia/Tokyo'")
        created = await connection.fetchval("INSERT INTO clients (name) VALUES ('Acme') RETURNING created_at")
        assert created == await connection.fetchval("SELECT CURRENT_TIMESTAMP")


async def state(connection: asyncpg.Connection, schema: str) -> object:
    applied = await connection.fetch(f"SELECT * FROM {schema}.schema_migrations ORDER BY version")
    return await read_catalog(connection, schema), await read_storage(connection, schema), applied


async def assert_ledger(connection: asyncpg.Connection, schema: str, kind: Kind, started: datetime) -> None:
    records = await connection.fetch(f"SELECT * FROM {schema}.schema_migrations ORDER BY version")
    assert [tuple(record)[:3] for record in records] == [
        (migration.version, migration.name, migration.checksum) for migration in migrations(kind)
    ]
    times = [started, *[record["applied_at"] for record in records]]
    assert times == sorted(times)


def by_table(columns: Iterable[str]) -> list[str]:
    return sorted(columns, key=lambda column: column.partition(".")[0])


def named(constraints: Iterable[str]) -> set[str]:
    """Those that are not in the columns' definitions; PostgreSQL 18 lists NOT NULL among the constraints."""
    return {constraint for constraint in constraints if " NOT NULL " not in constraint}


async def test_what_an_adopted_database_has_of_its_own_is_not_in_the_way(
    config: Config, connection: asyncpg.Connection
) -> None:
    await make_shared_tables(connection)
    await connection.execute("""
        CREATE INDEX ON projects (client_id);
        CREATE INDEX ON projects (name);
        CREATE INDEX ON llm_usage (project_id);
        ALTER TABLE projects ADD CHECK (status IN ('active', 'archived', 'paused'));
        ALTER TABLE projects ADD FOREIGN KEY (client_id) REFERENCES clients (id);
    """)

    assert await migrate(config) == []
