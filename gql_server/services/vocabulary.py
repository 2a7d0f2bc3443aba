"""Changes of vocabulary: terms are saved and deleted many at once."""

from collections.abc import Sequence
from uuid import UUID

from gql_server.db.tables import vocabulary
from gql_server.db.tables.vocabulary import SavedTerm
from gql_server.services.checks import Checks
from gql_server.services.deletions import delete_rows
from gql_server.services.writer import Change, Made, Place, Writer

CATEGORY_LENGTH = 100


async def save_terms(writer: Writer, place: Place, terms: Sequence[SavedTerm]) -> Made:
    """Adds the terms that are new and changes the others, all of them or none. Raises UserErrors.

    The ids are in the terms' order.
    """
    checks = Checks()
    checks.bulk(terms, "terms")
    checked = [_checked(checks, term, str(number)) for number, term in enumerate(terms)]
    checks.no_twins((term.term for term in checked), "This term", "terms", last=["term"])
    checks.finish()

    async def work(change: Change) -> list[UUID]:
        ids = await vocabulary.save(change.transaction, checked)
        change.rows["vocabulary"] += ids
        return ids

    return await writer.in_project(place, work)


async def delete_terms(writer: Writer, place: Place, term_ids: Sequence[UUID]) -> None:
    """Deletes terms of a project, all of them or none. Raises UserErrors."""
    await delete_rows(writer, place, term_ids, vocabulary.delete, table="vocabulary", what="term", field="terms")


def _checked(checks: Checks, term: SavedTerm, number: str) -> SavedTerm:
    checks.text(term.definition, "A definition", "terms", number, "definition")
    return term._replace(
        term=checks.name(term.term, "A term", "terms", number, "term"),
        category=checks.label(term.category, "A category", "terms", number, "category", longest=CATEGORY_LENGTH),
    )
