"""What PostgreSQL refuses a role, or keeps from it, however it is asked."""

from uuid import UUID

import asyncpg
import pytest
from logins import as_login
from rivals import Rival
from roles import BY_CLIENT, FOR_ALL, FOR_NOBODY, Become, Names, columns, every_way, not_refused

from gql_server.db.project_schema import ProjectSchema
from gql_server.db.roles import ADMIN, SERVER, Role, client_role


async def test_another_s_schema_is_closed_in_every_way(
    rivals: dict[str, Rival], connection: asyncpg.Connection, become: Become
) -> None:
    theirs = ProjectSchema(rivals["Beacon"].projects[0])
    statements = [
        statement
        for table, column in (await columns(connection, theirs.name)).items()
        for statement in every_way(f"{theirs.quoted}.{table}", column)
    ]
    statements += [f"CREATE TABLE {theirs.quoted}.mine ()", f"DROP SCHEMA {theirs.quoted} CASCADE"]
    assert len(statements) > 40

    async with become(client_role(rivals["Acme"].client_id)) as acme:
        assert await not_refused(acme, *statements) == []


async def test_what_is_shared_cannot_be_changed_by_a_client(
    rivals: dict[str, Rival], connection: asyncpg.Connection, become: Become
) -> None:
    statements = [
        statement
        for table, column in (await columns(connection, "public")).items()
        for statement in every_way(f"public.{table}", column)
        if not statement.startswith(("SELECT", "LOCK", "COPY"))
    ]
    statements += ["CREATE TABLE public.mine ()", "CREATE FUNCTION public.mine() RETURNS int RETURN 1"]
    names = await columns(connection, "public")
    reading = [statement for table in FOR_NOBODY for statement in every_way(f"public.{table}", names[table])]

    async with become(client_role(rivals["Acme"].client_id)) as acme:
        assert await not_refused(acme, *statements, *reading) == []


async def test_what_is_shared_shows_each_client_its_own(rivals: dict[str, Rival], become: Become) -> None:
    for rival in rivals.values():
        async with become(client_role(rival.client_id)) as own:
            found = {
                table: {record[0] for record in await own.fetch(f"SELECT {column} FROM public.{table}")}
                for table, column in [("clients", "id"), ("projects", "id"), ("llm_usage", "project_id")]
            }
        assert found == {
            "clients": {rival.client_id},
            "projects": set(rival.projects),
            "llm_usage": set(rival.projects),
        }


KEYS = [
    "SELECT api_key FROM public.clients",
    "SELECT retired_api_key FROM public.clients",
    "SELECT * FROM public.clients",
    "SELECT clients FROM public.clients",
    "SELECT clients.api_key FROM public.clients ORDER BY api_key",
    "SELECT api_key(clients) FROM public.clients",
    "SELECT row_to_json(clients) FROM public.clients",
    "SELECT id FROM public.clients WHERE api_key LIKE 'sha256:0%'",
    "SELECT count(*) FROM public.clients GROUP BY retired_api_key",
    "SELECT id FROM public.clients ORDER BY api_key",
    "SELECT 1 FROM public.clients AS c JOIN public.clients AS d USING (api_key)",
    "COPY public.clients TO STDOUT",
    "TABLE public.clients",
    "CREATE TEMPORARY VIEW v AS SELECT api_key FROM public.clients; TABLE v",
]


@pytest.mark.parametrize("kind", ["client", "admin"])
async def test_a_key_cannot_be_read(kind: str, rivals: dict[str, Rival], become: Become) -> None:
    async with become(ADMIN if kind == "admin" else client_role(rivals["Acme"].client_id)) as connection:
        assert await not_refused(connection, *KEYS) == []


async def test_the_login_and_the_server_have_nothing_by_themselves(
    rivals: dict[str, Rival], connection: asyncpg.Connection, dsn: str, become: Become
) -> None:
    schemas = ["public", ProjectSchema(rivals["Acme"].projects[0]).name]
    ways = {
        schema: {table: every_way(f"{schema}.{table}", column) for table, column in tables.items()}
        for schema in schemas
        for tables in [await columns(connection, schema)]
    }
    every = [statement for tables in ways.values() for statements in tables.values() for statement in statements]
    login = await asyncpg.connect(as_login(dsn))
    try:
        assert await not_refused(login, *every) == []
    finally:
        await login.close()
    # The server counts clients and knows its own version.
    but = [*ways["public"].pop("clients"), *ways["public"].pop("schema_migrations")]
    async with become(SERVER) as server:
        assert await not_refused(server, *(statement for statement in every if statement not in but)) == []
        assert await not_refused(server, "SELECT name FROM public.clients", "DELETE FROM public.clients") == []


async def test_a_project_s_role_sees_its_schema_alone(
    rivals: dict[str, Rival], connection: asyncpg.Connection, names: Names
) -> None:
    own, other = (ProjectSchema(id_) for id_ in rivals["Acme"].projects[:2])
    tables = [f"public.{table}" for table in BY_CLIENT | FOR_ALL | FOR_NOBODY]
    await connection.execute("RESET ROLE")
    await connection.execute(f"SET ROLE {names.of(Role('project', own.project_id))}")

    assert await connection.fetchval(f"SELECT count(*) FROM {own.quoted}.contents") == 2
    for table in [*tables, f"{other.quoted}.contents"]:
        assert await not_refused(connection, f"SELECT FROM {table}") == []


EACH_PROJECT = """
SELECT * FROM public.each_project('[]', $1, '[]', $2, 'NULL::bigint') AS t (place int, error text, number bigint)
"""


async def test_each_project_of_another_s_is_its_sqlstate(rivals: dict[str, Rival], become: Become) -> None:
    ids = [rivals["Acme"].projects[0], rivals["Beacon"].projects[0], UUID(int=0)]
    for query, found in [
        ('SELECT count(*) FROM :"schema".contents', [(1, None, 2), (2, "42501", None), (3, "42P01", None)]),
        # Whose rights count is whoever asks, not whoever owns the function or the project's id.
        (
            f"SELECT count(*) FROM {ProjectSchema(ids[1]).quoted}.contents",
            [(place, "42501", None) for place in (1, 2, 3)],
        ),
    ]:
        async with become(client_role(rivals["Acme"].client_id)) as acme:
            assert [tuple(record) for record in await acme.fetch(EACH_PROJECT, ids, query)] == found


TELLING = """
CREATE FUNCTION pg_temp.tell(value text) RETURNS boolean LANGUAGE plpgsql COST 0.0000001
AS $$ BEGIN RAISE NOTICE '%', value; RETURN true; END $$
"""
LEAKS = [
    "SELECT count(*) FROM public.projects WHERE pg_temp.tell(name)",
    "SELECT count(*) FROM public.projects WHERE pg_temp.tell(settings ->> 'of') AND settings @> '{}'",
    "SELECT count(*) FROM public.clients WHERE pg_temp.tell(name)",
    "SELECT count(*) FROM public.llm_usage WHERE pg_temp.tell(model)",
    "SELECT count(*) FROM public.llm_usage AS u JOIN public.projects AS p ON pg_temp.tell(p.name || u.model)",
    "SELECT max(pg_temp.tell(model)::int) OVER (ORDER BY model) FROM public.llm_usage",
    "SELECT FROM public.projects AS p, LATERAL (SELECT pg_temp.tell(p.name) OFFSET 0) AS l",
]
FAILING = [
    "SELECT count(*) FROM public.projects WHERE 1 / (name NOT LIKE '%Beacon%')::int = 1",
    "SELECT count(*) FROM public.projects WHERE 1 / (settings ->> 'of' IS DISTINCT FROM 'Beacon')::int = 1",
    "SELECT count(*) FROM public.llm_usage WHERE 1 / (model NOT LIKE '%Beacon%')::int = 1",
]


async def test_a_condition_is_asked_of_one_s_own_rows_alone(rivals: dict[str, Rival], become: Become) -> None:
    """Whatever a condition tells of the rows that it meets, or fails for, was a row that the policy had passed."""
    told: list[str] = []
    async with become(client_role(rivals["Acme"].client_id)) as acme:
        acme.add_log_listener(lambda _connection, message: told.append(message.message))
        await acme.execute(TELLING)
        for sql in LEAKS:
            before = len(told)
            await acme.execute(sql)
            assert len(told) > before, sql

    assert [text for text in told if "Beacon" in text or text == "of nobody"] == []


@pytest.mark.parametrize("sql", FAILING)
async def test_a_condition_that_fails_for_another_s_row_does_not_fail(
    sql: str, rivals: dict[str, Rival], become: Become
) -> None:
    async with become(client_role(rivals["Acme"].client_id)) as acme:
        await acme.execute(sql)
    for role in (ADMIN, client_role(rivals["Beacon"].client_id)):
        async with become(role) as whoever_sees_them:
            with pytest.raises(asyncpg.DivisionByZeroError):
                await whoever_sees_them.execute(sql)


async def test_statistics_tell_nothing_of_what_is_private(
    rivals: dict[str, Rival], connection: asyncpg.Connection, become: Become
) -> None:
    await connection.execute("ANALYZE")
    schemas = {ProjectSchema(id_).name for id_ in rivals["Beacon"].projects}
    for role in (ADMIN, client_role(rivals["Acme"].client_id)):
        async with become(role) as reader:
            found = await reader.fetch("SELECT schemaname::text, tablename::text FROM pg_stats")
            assert not [table for schema, table in found if schema == "public" and table in BY_CLIENT]
            if role is not ADMIN:
                assert not [schema for schema, _ in found if schema in schemas]


async def test_sessions_of_others_do_not_show_what_they_run(rivals: dict[str, Rival], become: Become) -> None:
    async with (
        become(client_role(rivals["Beacon"].client_id)) as beacon,
        become(client_role(rivals["Acme"].client_id)) as acme,
    ):
        await beacon.execute("SELECT 'secret of Beacon'")
        found = await acme.fetch("SELECT query FROM pg_stat_activity WHERE datname = current_database()")

        assert not [query for [query] in found if "secret" in (query or "")]


async def test_a_project_that_is_given_to_another_client(
    rivals: dict[str, Rival], connection: asyncpg.Connection, become: Become
) -> None:
    """Its rows follow at once; its schema is still the first one's until its role has been brought up to date."""
    acme, beacon = rivals["Acme"], rivals["Beacon"]
    given = ProjectSchema(acme.projects[0])
    contents = f"SELECT count(*) FROM {given.quoted}.contents"
    await connection.execute(
        "UPDATE public.projects SET client_id = $1 WHERE id = $2", beacon.client_id, given.project_id
    )
    async with become(client_role(acme.client_id)) as before:
        assert await before.fetchval("SELECT count(*) FROM public.projects WHERE id = $1", given.project_id) == 0

    await connection.execute("SELECT public.sync_project_role($1::text::regnamespace)", given.name)

    async with become(client_role(acme.client_id)) as before, become(client_role(beacon.client_id)) as after:
        assert await not_refused(before, contents) == []
        assert await after.fetchval(contents) == 2
