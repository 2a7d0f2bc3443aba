"""The one way to name a project's schema."""

from dataclasses import dataclass
from typing import LiteralString, cast
from uuid import UUID

PLACEHOLDER: LiteralString = ':"schema"'
"""Stands for a project's schema in migrations and in queries that run in each project, as in psql."""

TEXT_PLACEHOLDER: LiteralString = ":'schema'"
"""Stands for the schema's name as a text, as in psql."""


@dataclass(frozen=True, slots=True)
class ProjectSchema:
    """The PostgreSQL schema of one project; the SQL function `public.project_schema` is its twin."""

    project_id: UUID

    @property
    def name(self) -> str:
        return f"project_{str(self.project_id).replace('-', '_')}"

    @property
    def quoted(self) -> LiteralString:
        # A UUID prints as hexadecimal digits alone, so that nothing in the name needs escaping.
        return cast("LiteralString", f'"{self.name}"')

    @property
    def hyphenated(self) -> str:
        """The name as code spells it that puts an id as it is behind `project_`."""
        return f"project_{self.project_id}"

    @property
    def quoted_names(self) -> LiteralString:
        """Both names that the schema may have: one that is adopted keeps its own until it is migrated."""
        return f'{self.quoted}, "{cast("LiteralString", self.hyphenated)}"'

    def in_sql(self, sql: LiteralString) -> LiteralString:
        """The text of a statement or script with this schema in place of the placeholders."""
        text = cast("LiteralString", f"'{self.name}'")
        return sql.replace(PLACEHOLDER, self.quoted).replace(TEXT_PLACEHOLDER, text)
