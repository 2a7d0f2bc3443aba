"""Dataloaders of the stock strawberry server: aiodataloader, made anew for each request."""

from collections.abc import Awaitable, Callable, Sequence
from typing import Any
from uuid import UUID

import asyncpg
from aiodataloader import DataLoader

from benchmarks.peers import statements as sql

Record = asyncpg.Record


class Page:
    """The rows of a page, behind their project's id, and whether more follow."""

    def __init__(self, rows: list[tuple[UUID, Record]], first: int) -> None:
        self.rows = rows[:first]
        self.has_next_page = len(rows) > first


class Loaders:
    """Every read of a request; lists with equal arguments are loaded together."""

    def __init__(self, pool: Any) -> None:
        self.pool = pool
        self.clients = self._by_id(sql.CLIENTS_BY_ID)
        self.object_models = self._by_id(sql.OBJECT_MODELS_BY_ID)
        self.projects = self._by_id(sql.PROJECTS_BY_ID)
        self.prompts = self._by_id(sql.PROMPTS_BY_ID)
        self.contents: Any = DataLoader(self._contents)
        self._made: dict[tuple[object, ...], Any] = {}

    def pages(self, table: sql.Table, first: int, where: sql.Where | None) -> Any:
        async def load(project_ids: list[UUID]) -> list[Page]:
            values = [] if where is None else [where.value]
            lists: list[list[tuple[UUID, Record]]] = [[] for _ in project_ids]
            for row in await self.pool.fetch(sql.pages(table, project_ids, where), first + 1, *values):
                lists[row["place"]].append((project_ids[row["place"]], row))
            return [Page(rows, first) for rows in lists]

        return self._once(("pages", table, first, where), load)

    def counts(self, table: sql.Table, where: sql.Where | None) -> Any:
        async def load(project_ids: list[UUID]) -> list[int]:
            values = [] if where is None else [where.value]
            rows = await self.pool.fetch(sql.counts(table, project_ids, where), *values)
            return [row["count"] for row in rows]

        return self._once(("counts", table, where), load)

    def contents_by_model(self, first: int) -> Any:
        async def load(model_ids: list[UUID]) -> list[Page]:
            project_ids = [row["id"] for row in await self.pool.fetch(sql.PROJECT_IDS)]
            lists: dict[UUID, list[tuple[UUID, Record]]] = {id_: [] for id_ in model_ids}
            for row in await self.pool.fetch(sql.contents_by_model(project_ids), model_ids, first + 1):
                lists[row["model"]].append((project_ids[row["place"]], row))
            return [Page(lists[id_], first) for id_ in model_ids]

        return self._once(("models", first), load)

    def _once(self, key: tuple[object, ...], load: Callable[[Any], Awaitable[Sequence[Any]]]) -> Any:
        if key not in self._made:
            self._made[key] = DataLoader(load)
        return self._made[key]

    def _by_id(self, statement: str) -> Any:
        async def load(ids: list[UUID]) -> list[Record | None]:
            rows = {row["id"]: row for row in await self.pool.fetch(statement, ids)}
            return [rows.get(id_) for id_ in ids]

        return DataLoader(load)

    async def _contents(self, keys: list[tuple[UUID, UUID]]) -> list[tuple[UUID, Record] | None]:
        project_ids = list({project_id for project_id, _ in keys})
        rows = await self.pool.fetch(sql.contents_by_id(project_ids), [id_ for _, id_ in keys])
        found = {(project_ids[row["place"]], row["id"]): row for row in rows}
        return [(key[0], found[key]) if key in found else None for key in keys]
