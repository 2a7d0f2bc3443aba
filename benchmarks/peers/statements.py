"""The SQL of the peers in Python: one statement for a level of an answer, however many projects' schemas it reads."""

from collections.abc import Callable, Sequence
from typing import NamedTuple
from uuid import UUID

PROJECTS = "SELECT id, name, client_id FROM public.projects ORDER BY name, id LIMIT $1"
PROJECTS_BY_ID = "SELECT id, name, client_id FROM public.projects WHERE id = ANY ($1)"
PROJECT_IDS = "SELECT id FROM public.projects ORDER BY name, id"
COUNT_PROJECTS = "SELECT count(*) FROM public.projects"
CLIENTS_BY_ID = "SELECT id, name FROM public.clients WHERE id = ANY ($1)"
OBJECT_MODELS_BY_ID = "SELECT id, name, version FROM public.object_models WHERE id = ANY ($1)"
PROMPTS_BY_ID = "SELECT id, name FROM public.prompts WHERE id = ANY ($1)"


class Table(NamedTuple):
    """A table that each project has."""

    name: str
    columns: str
    order: str


CONTENTS = Table("contents", "id, title, body, object_model_id, created_at", "t.created_at DESC, t.id DESC")
VOCABULARY = Table("vocabulary", "id, term, definition", "t.term, t.id")
PROMPT_COMPONENTS = Table("prompt_components", "id, name, base_prompt_id", "t.name, t.id")


class Where(NamedTuple):
    """The one comparison that a filter makes: `operator` is `eq` or `contains`."""

    column: str
    operator: str
    operand: str

    def sql(self, place: int) -> str:
        return f"t.{self.column} {'ILIKE' if self.operator == 'contains' else '='} ${place}"

    @property
    def value(self) -> str:
        if self.operator != "contains":
            return self.operand
        escaped = self.operand.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")
        return f"%{escaped}%"


def pages(table: Table, project_ids: Sequence[UUID], where: Where | None = None) -> str:
    """One row more than a page of each project has; `$1` is that number, `$2` the filter's value."""
    condition = "TRUE" if where is None else where.sql(2)
    return _in_each(
        project_ids,
        lambda schema: (
            f"SELECT {table.columns} FROM {schema}.{table.name} AS t WHERE {condition} ORDER BY {table.order} LIMIT $1"
        ),
    )


def counts(table: Table, project_ids: Sequence[UUID], where: Where | None = None) -> str:
    condition = "TRUE" if where is None else where.sql(1)
    return _in_each(project_ids, lambda schema: f"SELECT count(*) FROM {schema}.{table.name} AS t WHERE {condition}")


def contents_by_id(project_ids: Sequence[UUID]) -> str:
    return _in_each(
        project_ids, lambda schema: f"SELECT {CONTENTS.columns} FROM {schema}.contents AS t WHERE t.id = ANY ($1)"
    )


def contents_by_model(project_ids: Sequence[UUID], columns: str = CONTENTS.columns) -> str:
    """One row more than a page over all projects has, `$2`, for each of the object models in `$1`."""
    rows = _in_each(
        project_ids,
        lambda schema: (
            "SELECT models.id AS model, t.* FROM unnest($1::uuid[]) AS models (id) CROSS JOIN LATERAL ("
            f"SELECT {columns} FROM {schema}.contents AS t WHERE t.object_model_id = models.id"
            f" ORDER BY {CONTENTS.order} LIMIT $2::int) AS t"
        ),
    )
    return (
        "SELECT * FROM (SELECT rows.*,"
        " row_number() OVER (PARTITION BY model ORDER BY created_at DESC, id DESC) AS number"
        f" FROM ({rows}) AS rows) AS ranked WHERE number <= $2::int ORDER BY model, number"
    )


def rename_content(project_id: UUID) -> str:
    return (
        f"UPDATE {schema_of(project_id)}.contents SET title = $2, version = version + 1,"
        " updated_at = CURRENT_TIMESTAMP WHERE id = $1 RETURNING id"
    )


def schema_of(project_id: UUID) -> str:
    return f'"project_{str(project_id).replace("-", "_")}"'


def _in_each(project_ids: Sequence[UUID], select: Callable[[str], str]) -> str:
    return " UNION ALL ".join(
        f"(SELECT {place} AS place, page.* FROM ({select(schema_of(id_))}) AS page)"
        for place, id_ in enumerate(project_ids)
    )
