"""The vocabulary of a project: its terms."""

from collections.abc import Sequence
from datetime import datetime
from typing import LiteralString, NamedTuple, cast
from uuid import UUID

from gql_server.db import fields
from gql_server.db.arguments import Arguments
from gql_server.db.database import Transaction
from gql_server.db.each_project import Column, in_each_project
from gql_server.db.pages import Order, OrderKey, Table
from gql_server.db.snapshot import Snapshot
from gql_server.errors import ProjectUnavailableError


class TermRow(NamedTuple):
    project_id: UUID
    id: UUID
    term: str
    definition: str
    category: str | None
    created_at: datetime


# A category that is not given stays as it is; one that is given may be none.
SAVE: LiteralString = """
INSERT INTO :"schema".vocabulary (term, definition, category)
SELECT term, definition, category
FROM unnest($1::text[], $2::text[], $3::text[]) AS saved (term, definition, category)
ON CONFLICT (term) DO UPDATE SET
    definition = excluded.definition,
    category = CASE WHEN excluded.term = ANY ($4::text[]) THEN excluded.category ELSE vocabulary.category END
RETURNING term, id
"""

FITTING: LiteralString = "1000"
"""Terms that are looked at for one text."""


class FittingTerm(NamedTuple):
    term: str
    definition: str


# Texts are the project's own arguments.
FITTING_TERMS = in_each_project(
    f"""
    SELECT (place - 1)::int AS place, found.term, found.definition
    FROM jsonb_array_elements_text($2) WITH ORDINALITY AS texts (text, place)
    CROSS JOIN LATERAL (
        SELECT term::text, definition::text, position(lower(term) IN lower(texts.text)) > 0 AS occurs
        FROM :"schema".vocabulary ORDER BY 3 DESC, vocabulary.term LIMIT {FITTING}
    ) AS found
    ORDER BY place, found.occurs DESC, found.term
    """,
    [Column("place", "int"), Column("term", "text"), Column("definition", "text")],
)


# In the order that they are saved in, so that who saves them meanwhile waits, and not both.
DELETE: LiteralString = """
DELETE FROM :"schema".vocabulary WHERE id IN (
    SELECT id FROM :"schema".vocabulary WHERE id = ANY ($1::uuid[]) ORDER BY term COLLATE "C" FOR UPDATE
) RETURNING id
"""


class SavedTerm(NamedTuple):
    """A term as it is to be; `has_category` says whether its category is to be this one, too."""

    term: str
    definition: str
    category: str | None
    has_category: bool


VOCABULARY = Table(
    name="vocabulary",
    source=':"schema".vocabulary AS t',
    columns=[
        Column("project_id", "uuid", expression="$3"),
        Column("id", "uuid"),
        Column("term", "text"),
        Column("definition", "text"),
        Column("category", "text"),
        Column("created_at", "timestamptz"),
    ],
    row=TermRow._make,
    orders={
        "term": OrderKey("term", "text"),
        "created_at": OrderKey("created_at", "timestamptz"),
    },
    default_order=Order("term"),
    fields={
        "id": fields.identifier_in_project("id"),
        "term": fields.text("term"),
        "definition": fields.text("definition"),
        "category": fields.text("category"),
        "created_at": fields.time("created_at"),
    },
)


async def save(transaction: Transaction, terms: Sequence[SavedTerm]) -> list[UUID]:
    """Adds the terms that are new and changes the others; their ids in the terms' order."""
    # In one order for all, so that two who save the same terms wait for one another, and not both.
    ordered = sorted(terms)
    records = await transaction.fetch(
        SAVE,
        [term.term for term in ordered],
        [term.definition for term in ordered],
        [term.category for term in ordered],
        [term.term for term in ordered if term.has_category],
    )
    ids = dict(map(tuple, records))
    return [ids[term.term] for term in terms]


async def delete(transaction: Transaction, term_ids: Sequence[UUID]) -> list[UUID]:
    """The ids of those that there were."""
    return [record[0] for record in await transaction.fetch(DELETE, term_ids)]


async def select_fitting(
    snapshot: Snapshot, keys: Sequence[tuple[UUID, str]]
) -> list[list[FittingTerm] | ProjectUnavailableError]:
    """The terms of each key's project: those that occur in its text first, whatever their case, and all by name."""
    texts: dict[UUID, list[str]] = {}
    for project_id, text in keys:
        texts.setdefault(project_id, []).append(text)
    answers = await snapshot.fetch_each_project(FITTING_TERMS, list(texts), Arguments(), list(texts.values()))
    found: dict[tuple[UUID, str], list[FittingTerm]] = {key: [] for key in keys}
    for project_id, answer in answers.items():
        if isinstance(answer, list):
            for place, term, definition in answer:
                found[project_id, texts[project_id][cast("int", place)]].append(
                    FittingTerm(cast("str", term), cast("str", definition))
                )
    return [answer if isinstance(answer := answers[key[0]], ProjectUnavailableError) else found[key] for key in keys]
