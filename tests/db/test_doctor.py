"""What the doctor finds in a live database, what it mends, and what it leaves alone."""

import asyncio
from collections.abc import AsyncGenerator
from uuid import UUID, uuid4

import asyncpg
import pytest
from conftest import config_of
from doctoring import complaints, examine
from migration import migrate
from rights import read_rights
from seed_document import PROJECT_TABLES, underscored
from world import World, uuid_of

from gql_server.config import Config
from gql_server.db.doctor import doctor
from gql_server.db.logins import LOGIN, OWNER
from gql_server.db.migrate import migrator
from gql_server.db.migrations import latest_version
from gql_server.errors import StartError

SHARED, PROJECT = latest_version("public"), latest_version("project")
ACME, TEA = uuid_of("client", "Acme"), uuid_of("client", "Tea")
COFFEE = uuid_of("project", "Coffee")
SCHEMA = underscored(COFFEE)[1:-1]


@pytest.fixture
async def world(world: World) -> World:
    """Two clients and three projects."""
    acme, tea = await world.client("Acme"), await world.client("Tea")
    for name, client_id in (("Coffee", acme), ("Cocoa", acme), ("Green", tea)):
        await world.project(name, client_id)
    return world


@pytest.fixture
async def superuser(dsn: str) -> AsyncGenerator[asyncpg.Connection]:
    connection = await asyncpg.connect(dsn)
    yield connection
    await connection.close()


async def named(connection: asyncpg.Connection, text: str) -> str:
    """A text with the names of this database's roles."""
    names = {
        "{prefix}": await connection.fetchval("SELECT public.role_name('')"),
        "{acme}": await connection.fetchval("SELECT public.role_name('client', $1)", ACME),
        "{tea}": await connection.fetchval("SELECT public.role_name('client', $1)", TEA),
        "{coffee}": await connection.fetchval("SELECT public.role_name('project', $1)", COFFEE),
        "{schema}": SCHEMA,
    }
    for placeholder, name in names.items():
        text = text.replace(placeholder, name)
    return text


async def test_a_database_that_is_well(config: Config, world: World, connection: asyncpg.Connection) -> None:
    before = await read_rights(connection)

    assert await examine(config) == await examine(config, fix=True) == []
    assert await read_rights(connection) == before


DAMAGE = {
    "GRANT SELECT ON projects TO PUBLIC": ["Shared: public may, and should not, SELECT on public.projects"],
    "GRANT INSERT, UPDATE (name) ON projects TO {prefix}clients": [
        "Shared: {prefix}clients may, and should not, INSERT, UPDATE (name) on public.projects"
    ],
    "GRANT SELECT (api_key) ON clients TO {acme}": [
        "Shared: {acme} may, and should not, SELECT (api_key) on public.clients"
    ],
    "GRANT SELECT ON clients TO {prefix}server": [
        "Shared: {prefix}server may, and should not, SELECT on public.clients"
    ],
    "GRANT CREATE ON SCHEMA public TO {prefix}admin": [
        "Shared: {prefix}admin may, and should not, CREATE on SCHEMA public"
    ],
    "REVOKE SELECT ON llm_usage FROM {prefix}clients": ["Shared: {prefix}clients may not SELECT on public.llm_usage"],
    "GRANT SELECT ON {schema}.contents TO PUBLIC": [
        f"{SCHEMA} (Coffee): public may, and should not, SELECT on {SCHEMA}.contents"
    ],
    "GRANT USAGE ON SCHEMA {schema} TO PUBLIC, {tea}": [
        f"{SCHEMA} (Coffee): {{tea}} may, and should not, USAGE on SCHEMA {SCHEMA}",
        f"{SCHEMA} (Coffee): public may, and should not, USAGE on SCHEMA {SCHEMA}",
    ],
    "REVOKE SELECT, UPDATE ON {schema}.metadata FROM {coffee}": [
        f"{SCHEMA} (Coffee): {{coffee}} may not SELECT, UPDATE on {SCHEMA}.metadata"
    ],
    "DROP POLICY own ON projects": ["Shared: the policy own of public.projects is missing"],
    "DROP POLICY every ON clients; DROP POLICY every ON projects": [
        "Shared: the policy every of public.projects is missing",
        "Shared: the policy every of public.clients is missing",
    ],
    "ALTER TABLE projects DISABLE ROW LEVEL SECURITY": ["Shared: row-level security of public.projects is off"],
    "ALTER TABLE clients NO FORCE ROW LEVEL SECURITY": ["Shared: row-level security of public.clients is off"],
    "CREATE POLICY open ON projects USING (true)": [
        "Shared: the policy open of public.projects is not as it should be"
    ],
    "CREATE POLICY closed ON projects AS RESTRICTIVE TO {prefix}admin USING (false)": [
        "Shared: the policy closed of public.projects is not as it should be"
    ],
    "ALTER POLICY own ON llm_usage USING (true)": [
        "Shared: the policy own of public.llm_usage is not as it should be",
        "Shared: the policy own of public.llm_usage is missing",
    ],
    f"REVOKE {{prefix}}server FROM {LOGIN}": [f"Shared: {LOGIN} is no member of {{prefix}}server"],
    "REVOKE {prefix}clients FROM {acme}": [f"Client Acme ({ACME}): {{acme}} is no member of {{prefix}}clients"],
    "REVOKE {coffee} FROM {acme}; GRANT {coffee} TO {tea}": [
        f"{SCHEMA} (Coffee): {{acme}} is no member of {{coffee}}",
        f"{SCHEMA} (Coffee): {{tea}} is a member of {{coffee}}, and should not be",
    ],
    "GRANT {prefix}admin TO {tea}": ["{tea} is a member of {prefix}admin, and should not be"],
    "GRANT {tea} TO {prefix}admin": ["{prefix}admin is a member of {tea}, and should not be"],
    "GRANT {coffee} TO {prefix}server": [
        f"{SCHEMA} (Coffee): {{prefix}}server is a member of {{coffee}}, and should not be"
    ],
    "ALTER ROLE {prefix}admin LOGIN": ["The role {prefix}admin can log in"],
    "ALTER ROLE {tea} CREATEROLE NOINHERIT": [
        "The role {tea} lacks the rights of its roles",
        "The role {tea} may make roles",
    ],
    "CREATE ROLE {prefix}client_00000000000000000000000000000000": [
        "The role {prefix}client_00000000000000000000000000000000 belongs to nothing"
    ],
    "CREATE ROLE {prefix}reporting": ["The role {prefix}reporting belongs to nothing"],
}


@pytest.mark.parametrize("damage", DAMAGE)
async def test_damage_is_found_and_mended(
    damage: str, config: Config, world: World, connection: asyncpg.Connection
) -> None:
    well = await read_rights(connection)
    await connection.execute(await named(connection, damage))
    hurt = await read_rights(connection)
    expected = [await named(connection, sentence) for sentence in DAMAGE[damage]]

    found = await complaints(config)
    unchanged = await read_rights(connection)
    mended = await complaints(config, fix=True)

    assert hurt != well
    assert (sorted(found[0]), found[1]) == (sorted(expected), [])
    assert unchanged == hurt
    assert mended == found
    assert await read_rights(connection) == well
    assert await examine(config) == []


async def test_what_was_put_in_by_hand(config: Config, world: World, connection: asyncpg.Connection) -> None:
    client_id, project_id = UUID(int=1), UUID(int=2)
    schema = underscored(project_id)
    await connection.execute("INSERT INTO clients (id, name) VALUES ($1, 'Hand')", client_id)
    await connection.execute(
        "INSERT INTO projects (id, name, client_id) VALUES ($1, 'Made', $2)", project_id, client_id
    )
    await connection.execute(
        f"CREATE SCHEMA {schema}; SET search_path TO {schema}; {PROJECT_TABLES}; RESET search_path"
    )
    client, project, admin = [
        await connection.fetchval("SELECT public.role_name($1, $2)", kind, id_)
        for kind, id_ in (("client", client_id), ("project", project_id), ("admin", None))
    ]
    server, clients = admin.replace("admin", "server"), admin.replace("admin", "clients")
    made = f"{schema[1:-1]} (Made)"
    behind = f"{made} is at version 0, and should be at {PROJECT}: run gql-server migrate"

    found = await complaints(config)
    assert await complaints(config, fix=True) == found
    assert await complaints(config) == ([], [behind])
    await migrate(config)
    assert await examine(config) == []

    assert found[1] == [behind]
    assert found[0] == [
        f"Client Hand ({client_id}): the role {client} is missing",
        f"Client Hand ({client_id}): {client} is no member of {clients}",
        f"Client Hand ({client_id}): {server} is no member of {client}",
        f"{made}: the role {project} is missing",
        f"{made}: {client} is no member of {project}",
        *[
            f"{made}: {role} may not {right}"
            for right in (
                f"USAGE on SCHEMA {schema[1:-1]}",
                *[
                    f"DELETE, INSERT, SELECT, UPDATE on {schema[1:-1]}.{table}"
                    for table in ("contents", "metadata", "prompt_components", "vocabulary")
                ],
            )
            for role in (admin, project)
        ],
    ]


async def test_the_order_of_a_policy_s_roles_is_nothing(
    config: Config, world: World, connection: asyncpg.Connection
) -> None:
    admin = await named(connection, "{prefix}admin")
    for roles in (f"{OWNER}, {admin}", f"{admin}, {OWNER}"):
        await connection.execute(
            f"DROP POLICY every ON projects; CREATE POLICY every ON projects TO {roles} USING (true)"
        )
        assert await examine(config) == []


async def test_a_table_that_was_added(config: Config, world: World, connection: asyncpg.Connection) -> None:
    await connection.execute(f"CREATE TABLE {SCHEMA}.notes (id int)")
    expected = [
        await named(connection, f"{SCHEMA} (Coffee): {role} may not DELETE, INSERT, SELECT, UPDATE on {SCHEMA}.notes")
        for role in ("{prefix}admin", "{coffee}")
    ]

    assert await complaints(config, fix=True) == (expected, [])

    await connection.execute(await named(connection, "SET ROLE {prefix}admin"))
    assert await connection.fetch(f"SELECT FROM {SCHEMA}.notes") == []


async def test_a_project_that_was_moved(config: Config, world: World, connection: asyncpg.Connection) -> None:
    await connection.execute("UPDATE projects SET client_id = $1 WHERE id = $2", TEA, COFFEE)

    mended, left = await complaints(config, fix=True)

    assert left == await examine(config) == []
    assert mended == [
        await named(connection, f"{SCHEMA} (Coffee): {sentence}")
        for sentence in ("{tea} is no member of {coffee}", "{acme} is a member of {coffee}, and should not be")
    ]


async def test_the_operator_s_own_roles_are_left_alone(
    config: Config, world: World, superuser: asyncpg.Connection
) -> None:
    reporter = f"reporter_{uuid4().hex}"
    await superuser.execute(
        await named(
            superuser,
            f"""
        CREATE ROLE {reporter} LOGIN;
        GRANT USAGE ON SCHEMA {{schema}} TO {reporter};
        GRANT SELECT ON projects, {{schema}}.contents TO {reporter};
        GRANT {{prefix}}clients TO {reporter};
        CREATE POLICY reports ON projects FOR SELECT TO {reporter} USING (status = 'active');
        CREATE VIEW summary AS SELECT count(*) FROM projects;
        GRANT SELECT ON summary TO PUBLIC;
    """,
        )
    )
    before = await read_rights(superuser)

    try:
        assert await examine(config) == await examine(config, fix=True) == []
        assert await read_rights(superuser) == before
    finally:
        await superuser.execute(f"DROP OWNED BY {reporter}; DROP ROLE {reporter}")


async def test_what_only_a_superuser_can_change_is_told(
    config: Config, world: World, superuser: asyncpg.Connection
) -> None:
    await superuser.execute(await named(superuser, "ALTER ROLE {tea} SUPERUSER; GRANT {coffee} TO {tea}"))
    before = await read_rights(superuser)

    mended, left = await complaints(config, fix=True)

    sentences = ["The role {tea} is a superuser: as a superuser, ALTER ROLE {tea} NOSUPERUSER"]
    if superuser.get_server_version().major > 15:
        stays = (
            f"{SCHEMA} (Coffee): {{tea}} is a member of {{coffee}}, and should not be, which a superuser must change"
        )
        assert await read_rights(superuser) == before
        assert mended == []
        sentences += [stays]
    assert left == [await named(superuser, sentence) for sentence in sentences]
    await superuser.execute(await named(superuser, "ALTER ROLE {tea} NOSUPERUSER; REVOKE {coffee} FROM {tea}"))
    assert await examine(config) == []


async def test_what_belongs_to_nothing_any_more(config: Config, world: World, connection: asyncpg.Connection) -> None:
    await connection.execute("DELETE FROM projects WHERE client_id = $1", ACME)
    await connection.execute("DELETE FROM clients WHERE id = $1", ACME)
    await connection.execute(f"DROP SCHEMA {underscored(uuid_of('project', 'Cocoa'))} CASCADE")
    cocoa = await connection.fetchval("SELECT public.role_name('project', $1)", uuid_of("project", "Cocoa"))
    roles = sorted([cocoa, await named(connection, "{acme}")])
    schema = (
        f"The schema {SCHEMA} belongs to no project: put its project back into public.projects, "
        f"or, if its data may go, DROP SCHEMA {SCHEMA} CASCADE"
    )

    found = await complaints(config)
    assert await complaints(config, fix=True) == found
    assert found == ([f"The role {role} belongs to nothing" for role in roles], [schema])

    await connection.execute(f"DROP SCHEMA {SCHEMA} CASCADE")
    coffee = await named(connection, "The role {coffee} belongs to nothing")
    assert await complaints(config, fix=True) == ([coffee], [])
    assert await examine(config) == []


async def test_a_role_that_something_depends_on_is_not_dropped(
    config: Config, world: World, connection: asyncpg.Connection
) -> None:
    role = await named(connection, "{prefix}reporting")
    await connection.execute(f"CREATE VIEW numbers AS SELECT 1; CREATE ROLE {role}; GRANT SELECT ON numbers TO {role}")

    assert await complaints(config, fix=True) == (
        [],
        [f"The role {role} belongs to nothing: as a superuser, DROP ROLE {role}"],
    )


async def test_clients_with_the_same_key(config: Config, world: World, connection: asyncpg.Connection) -> None:
    key = f"sha256:{'0' * 64}"
    await connection.execute("UPDATE clients SET api_key = $1", key)
    sentence = (
        f"Acme ({ACME}) and Tea ({TEA}) have the same key, which is nobody's therefore: "
        "give each another by gql-server client rotate-key"
    )
    assert await complaints(config) == await complaints(config, fix=True) == ([], [sentence])

    await connection.execute(
        "UPDATE clients SET api_key = NULL, retired_api_key = $2, retired_api_key_expires_at = now() + interval '1h' "
        "WHERE id = $1",
        ACME,
        key,
    )
    assert await complaints(config) == ([], [sentence])

    await connection.execute(
        "UPDATE clients SET retired_api_key_expires_at = now() - interval '1h' WHERE id = $1", ACME
    )
    assert await examine(config) == []


async def test_versions(config: Config, world: World, connection: asyncpg.Connection) -> None:
    cocoa, green = [underscored(uuid_of("project", name))[1:-1] for name in ("Cocoa", "Green")]
    await connection.execute(f"DROP SCHEMA {cocoa} CASCADE")
    await connection.execute(f"INSERT INTO {green}.schema_migrations VALUES ({PROJECT + 1}, 'later', '')")
    await connection.execute(f"DELETE FROM {SCHEMA}.schema_migrations WHERE version = {PROJECT}")
    newer = (
        f"is at version {PROJECT + 1}, newer than this gql-server, which knows {PROJECT}: "
        "use the gql-server that migrated it, or a newer one"
    )
    projects = [
        f"{SCHEMA} (Coffee) is at version {PROJECT - 1}, and should be at {PROJECT}: run gql-server migrate",
        f"{cocoa} (Cocoa) has no schema: restore it, or remove the project",
        f"{green} (Green) {newer}",
    ]
    assert sorted((await complaints(config))[1]) == sorted(projects)

    await connection.execute(f"DELETE FROM schema_migrations WHERE version = {SHARED}")
    assert await complaints(config) == (
        [],
        [f"The shared schema is at version {SHARED - 1}, and should be at {SHARED}: run gql-server migrate"],
    )
    await connection.execute("DROP TABLE schema_migrations")
    assert await complaints(config) == (
        [],
        [f"The shared schema is at version 0, and should be at {SHARED}: run gql-server migrate"],
    )


async def test_an_empty_database(empty_dsn: str) -> None:
    assert await complaints(config_of(empty_dsn), fix=True) == (
        [],
        [f"The shared schema is at version 0, and should be at {SHARED}: run gql-server migrate"],
    )


async def test_a_project_that_cannot_be_mended_stops_no_other(
    config: Config, world: World, superuser: asyncpg.Connection
) -> None:
    green = underscored(uuid_of("project", "Green"))[1:-1]
    await superuser.execute(
        f"ALTER TABLE {SCHEMA}.contents OWNER TO postgres; ALTER SCHEMA {SCHEMA} OWNER TO postgres;"
        f"GRANT SELECT ON {SCHEMA}.contents, {green}.contents TO PUBLIC"
    )

    mended, left = await complaints(config, fix=True)

    assert mended == [f"{green} (Green): public may, and should not, SELECT on {green}.contents"]
    owned = (
        f"SCHEMA {SCHEMA} and 1 more belong to postgres, and not to {OWNER}: "
        f"set GQL_SERVER_OWNER_ROLE to postgres, or, as a superuser, ALTER … OWNER TO {OWNER}"
    )
    assert left == [
        owned,
        f"{SCHEMA} (Coffee) cannot be read: permission denied for schema {SCHEMA}",
    ]


async def test_tables_that_are_in_use_are_not_waited_for_long(
    config: Config, world: World, connection: asyncpg.Connection
) -> None:
    await connection.execute("DROP POLICY own ON projects")
    busy = "others were using its tables for too long; run it again when they are done"

    async with connection.transaction():
        await connection.execute("SELECT FROM projects")
        found = await complaints(config, fix=True)

    assert found == ([], [f"What all share cannot be looked after, nor can the rest: {busy}"])
    assert await complaints(config, fix=True) == (["Shared: the policy own of public.projects is missing"], [])


async def test_two_at_once(config: Config, world: World, connection: asyncpg.Connection) -> None:
    await connection.execute(await named(connection, "REVOKE {coffee} FROM {acme}; DROP POLICY own ON projects"))
    waited: list[str] = []

    async def fix(name: str) -> list[str]:
        async with doctor(config, lambda: waited.append(name), fix=True) as run:
            found, checks = await run.first()
            return [finding.text for finding in [*found, *[one for check in checks for one in await check()]]]

    first, second = await asyncio.gather(fix("first"), fix("second"))

    assert len(waited) == 1
    assert sorted([len(first), len(second)]) == [0, 2]


async def test_looking_does_not_wait_for_a_migration(config: Config, world: World) -> None:
    async with migrator(config, lambda: None):
        assert await examine(config) == []


async def test_a_connection_that_is_lost(config: Config, world: World, superuser: asyncpg.Connection) -> None:
    async def lose() -> None:
        async with doctor(config, lambda: None, fix=False) as run:
            _, checks = await run.first()
            await superuser.execute(
                "SELECT pg_terminate_backend(pid, 1000) FROM pg_stat_activity "
                "WHERE datname = current_database() AND application_name = 'gql_server migrate'"
            )
            for check in checks:
                await check()

    with pytest.raises(StartError, match=r"^The command cannot go on: "):
        await lose()


async def test_generations_that_nothing_leads_to(config: Config, world: World, connection: asyncpg.Connection) -> None:
    model_id = await world.object_model()
    for name, status in (("one", "queued"), ("two", "running"), ("three", "failed")):
        await world.generation(COFFEE, name, model_id, status=status, turn=3)
    found = f"2 generations of project Coffee ({COFFEE}) will never be done: no job in the queue leads there"

    assert await complaints(config) == ([found], [])
    assert await complaints(config, fix=True) == ([found], [])

    assert await complaints(config) == ([], [])
    jobs = await connection.fetch("SELECT convert_from(payload, 'UTF8'), priority, entrypoint FROM jobs.pgqueuer")
    assert {tuple(job) for job in jobs} == {
        (f"{COFFEE}/{uuid_of(COFFEE, 'generation', name)}", -3, "sample") for name in ("one", "two")
    }
