"""Projects that cannot be migrated leave the others be; what must not be migrated is refused."""

import asyncpg
import pytest
from catalog import read_catalog, read_ledger, read_schemas
from migration import Outcome, migrate
from seed_document import hyphenated, make_project, make_shared_tables, underscored
from world import uuid_of

from gql_server.config import Config
from gql_server.db.migrate import migrator
from gql_server.db.migrations import latest_version, migrations
from gql_server.errors import StartError

SHARED, PROJECT = latest_version("public"), latest_version("project")

A, B, C, D = (uuid_of("project", name) for name in "ABCD")

VIEW_FOR_A_TABLE = (
    "stays at version 1, since 0002_store_times_with_zone.sql failed: ALTER action ALTER COLUMN ... SET DATA TYPE "
    'cannot be performed on relation "contents" (This operation is not supported for views)'
)
VIEW_OF_A_COLUMN = (
    "stays at version 1, since 0002_store_times_with_zone.sql failed: cannot alter type of a column used by a view "
    f'or rule (rule _RETURN on view {underscored(D)[1:-1]}.recent depends on column "created_at")'
)
INDEX_IN_THE_WAY = (
    'stays at version 3, since 0004_index_orders_and_filters.sql failed: relation "vocabulary_by_term" already exists'
)
CHANGED = (
    "has had 0002_store_times_with_zone.sql applied, and sql/{}/0002_store_times_with_zone.sql is not that file "
    "any more: restore the file, and put what is new into a migration of its own"
)
NEWER = (
    "is at version {}, newer than this gql-server, which knows {}: use the gql-server that migrated it, or a newer one"
)


@pytest.fixture
async def connection(connection: asyncpg.Connection) -> asyncpg.Connection:
    """The database has the document's shared tables."""
    await make_shared_tables(connection)
    return connection


@pytest.fixture
def dsn(empty_dsn: str) -> str:
    return empty_dsn


async def test_a_project_that_fails_does_not_stop_the_others(config: Config, connection: asyncpg.Connection) -> None:
    a, b, c, d = [await make_project(connection, id_, name) for id_, name in zip((A, B, C, D), "ABCD", strict=True)]
    await connection.execute(f"DROP TABLE {b}.contents; CREATE VIEW {b}.contents AS SELECT 1 AS id")
    await connection.execute(f"CREATE INDEX vocabulary_by_term ON {c}.vocabulary (term)")
    await connection.execute(f"CREATE VIEW {d}.recent AS SELECT created_at FROM {d}.vocabulary")

    assert sorted(await migrate(config)) == [
        Outcome("A", PROJECT),
        Outcome("B", 1, VIEW_FOR_A_TABLE),
        Outcome("C", 3, INDEX_IN_THE_WAY),
        Outcome("D", 1, VIEW_OF_A_COLUMN),
    ]
    assert [len(await read_ledger(connection, schema)) for schema in (a, b, c, d)] == [PROJECT, 1, 3, 1]


async def test_a_run_after_mending_does_what_is_left(config: Config, connection: asyncpg.Connection) -> None:
    a, c = await make_project(connection, A, "A"), await make_project(connection, C, "C")
    await connection.execute(f"CREATE INDEX vocabulary_by_term ON {c}.vocabulary (term)")
    await migrate(config)
    applied = f"SELECT * FROM {c}.schema_migrations WHERE version <= 3 ORDER BY version"
    earlier = await connection.fetch(applied)
    await connection.execute(f"DROP INDEX {c}.vocabulary_by_term")

    assert await migrate(config) == [Outcome("C", PROJECT)]

    assert await connection.fetch(applied) == earlier
    assert await read_catalog(connection, c) == await read_catalog(connection, a)


async def test_a_file_that_fails_leaves_nothing_of_itself(config: Config, connection: asyncpg.Connection) -> None:
    c = await make_project(connection, C, "C")
    await connection.execute(f"CREATE INDEX vocabulary_by_term ON {c}.vocabulary (term)")

    assert await migrate(config) == [Outcome("C", 3, INDEX_IN_THE_WAY)]

    indexes = [index.split()[2] for index in (await read_catalog(connection, c)).indexes if "UNIQUE" not in index]
    assert indexes == ["vocabulary_by_term"]


async def test_a_schema_that_fails_keeps_the_name_that_it_had(config: Config, connection: asyncpg.Connection) -> None:
    a = await make_project(connection, A, "A", hyphenated(A))
    await connection.execute(f"CREATE TABLE {a}.schema_migrations (version text)")

    [outcome] = await migrate(config)

    assert outcome == Outcome(
        "A",
        0,
        "stays at version 0, since 0001_create_project_tables.sql failed: "
        'column "name" of relation "schema_migrations" does not exist',
    )
    assert await read_schemas(connection) == [hyphenated(A).strip('"')]


async def test_a_schema_is_not_renamed_over_one_that_is_there(config: Config, connection: asyncpg.Connection) -> None:
    await make_project(connection, A, "A")
    await connection.execute(f"CREATE SCHEMA {hyphenated(A)}")

    assert await migrate(config) == [Outcome("A", PROJECT)]

    assert await read_schemas(connection) == [hyphenated(A).strip('"'), underscored(A).strip('"')]


async def test_a_project_without_a_schema_is_told_of_and_gets_none(
    config: Config, connection: asyncpg.Connection
) -> None:
    await connection.execute(f"DROP SCHEMA {await make_project(connection, A, 'A')} CASCADE")

    assert await migrate(config) == [Outcome("A", 0, "has no schema: restore it, or remove the project")]

    assert await read_schemas(connection) == []


async def test_chosen_projects_alone(config: Config, connection: asyncpg.Connection) -> None:
    for id_, name in ((A, "A"), (B, "B"), (C, "C")):
        await make_project(connection, id_, name)

    assert sorted(await migrate(config, project_ids=[A, C, A])) == [Outcome("A", PROJECT), Outcome("C", PROJECT)]

    assert await connection.fetchval("SELECT to_regclass($1)", f"{underscored(B)}.schema_migrations") is None


@pytest.mark.parametrize("tables", [True, False], ids=["with shared tables", "without"])
async def test_a_project_that_there_is_not(config: Config, connection: asyncpg.Connection, tables: bool) -> None:
    if not tables:
        await connection.execute("DROP TABLE projects CASCADE")

    async with migrator(config, lambda: None) as run:
        with pytest.raises(StartError) as caught:
            await run.project_states([B, A])

    assert str(caught.value) == f"There is no project {', '.join(sorted([str(A), str(B)]))}."


async def test_a_project_that_changed_or_is_newer_is_refused(config: Config, connection: asyncpg.Connection) -> None:
    for id_, name in ((A, "A"), (B, "B"), (C, "C")):
        await make_project(connection, id_, name)
    await migrate(config)
    await connection.execute(f"UPDATE {underscored(A)}.schema_migrations SET checksum = 'x' WHERE version = 2")
    await connection.execute(f"INSERT INTO {underscored(B)}.schema_migrations VALUES ({PROJECT + 1}, 'later', '')")

    assert sorted(await migrate(config)) == [
        Outcome("A", PROJECT, CHANGED.format("project")),
        Outcome("B", PROJECT + 1, NEWER.format(PROJECT + 1, PROJECT)),
    ]


async def test_a_shared_schema_that_changed_or_is_newer_stops_everything(
    config: Config, connection: asyncpg.Connection
) -> None:
    await make_project(connection, A, "A")
    await migrate(config, project_ids=[])

    await connection.execute("UPDATE schema_migrations SET checksum = 'x' WHERE version = 2")
    assert await refusal(config) == f"The shared schema {CHANGED.format('public')}."

    await connection.execute(f"INSERT INTO schema_migrations VALUES ({SHARED + 1}, 'later', '')")
    assert await refusal(config) == f"The shared schema {NEWER.format(SHARED + 1, SHARED)}."

    assert await connection.fetchval("SELECT to_regclass($1)", f"{underscored(A)}.schema_migrations") is None


async def test_a_shared_schema_that_fails_stops_everything(config: Config, connection: asyncpg.Connection) -> None:
    await make_project(connection, A, "A")
    await connection.execute("CREATE VIEW spent AS SELECT created_at FROM llm_usage")

    assert await refusal(config) == (
        "The shared schema stays at version 1, since 0002_store_times_with_zone.sql failed: cannot alter type of a "
        'column used by a view or rule (rule _RETURN on view spent depends on column "created_at").'
    )
    assert await read_ledger(connection, "public") == [migrations("public")[0].name]
    assert await connection.fetchval("SELECT to_regclass($1)", f"{underscored(A)}.schema_migrations") is None


async def test_another_programs_ledger_is_left_alone(config: Config, connection: asyncpg.Connection) -> None:
    await connection.execute("CREATE TABLE schema_migrations (version text)")

    assert await refusal(config) == 'The shared schema cannot be read: column "name" does not exist.'


async def test_a_text_of_a_megabyte_is_migrated(config: Config, connection: asyncpg.Connection) -> None:
    words = "SELECT string_agg('w' || word, ' '), gen_random_uuid() FROM generate_series(1, 130000) AS word"
    a = await make_project(connection, A, "A")
    await connection.execute(f"INSERT INTO {a}.contents (body, object_model_id) {words}")

    assert await migrate(config) == [Outcome("A", PROJECT)]


async def refusal(config: Config) -> str:
    with pytest.raises(StartError) as caught:
        await migrate(config)
    return str(caught.value)
