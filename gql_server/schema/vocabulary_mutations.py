"""Changes of vocabulary."""

import asyncio
from collections.abc import Sequence
from typing import Annotated

import strawberry
from strawberry import UNSET

from gql_server.db.tables.vocabulary import SavedTerm
from gql_server.schema.arguments import given
from gql_server.schema.changes import ChangeInput, ChangePayload, change, project_place, read_back, rows_place
from gql_server.schema.ids import GlobalId, IdKind
from gql_server.schema.node import Info
from gql_server.schema.nodes import load_node
from gql_server.schema.vocabulary import Term
from gql_server.services import vocabulary
from gql_server.services.writer import Writer


@strawberry.input(description="A term as it is to be.")
class TermInput:
    term: str = strawberry.field(description="The word or phrase, which a project has once.")
    definition: str = strawberry.field(description="What it means.")
    category: str | None = strawberry.field(
        default=UNSET, description="What it belongs to; a term that there is keeps its own when this is left out."
    )


@strawberry.input(description="Terms to save.")
class SaveTermsInput(ChangeInput):
    project: strawberry.ID = strawberry.field(description="The project's global id, or its bare UUID.")
    terms: list[TermInput] = strawberry.field(description="Up to 1,000 terms, each once.")


@strawberry.type(description="Terms that were saved: all, or none.")
class SaveTermsPayload(ChangePayload):
    terms: list[Term | None] = strawberry.field(
        default_factory=list, description="The terms in the order of the input; null for one that is gone again."
    )


@strawberry.input(description="Terms to delete.")
class DeleteTermsInput(ChangeInput):
    terms: list[strawberry.ID] = strawberry.field(description="The global ids of up to 1,000 terms of one project.")


@strawberry.type(description="Terms that were deleted: all, or none.")
class DeleteTermsPayload(ChangePayload):
    deleted_ids: list[strawberry.ID] = strawberry.field(
        default_factory=list, description="Their global ids, as they were given."
    )


@strawberry.type(description="Changes of vocabulary.")
class VocabularyMutations:
    @strawberry.mutation(
        description="Adds the terms that a project does not have, and changes those that it has: all of them, or none."
    )
    async def save_terms(
        self, info: Info, input: Annotated[SaveTermsInput, strawberry.argument(description="The terms.")]
    ) -> SaveTermsPayload | None:
        async def make(writer: Writer) -> SaveTermsPayload:
            place = project_place(input.project)
            terms = [
                SavedTerm(term.term, term.definition, given(term.category), has_category=term.category is not UNSET)
                for term in input.terms
            ]
            made = await vocabulary.save_terms(writer, place, terms)
            ids = [GlobalId(IdKind.TERM, place.project_id, id_) for id_ in made.ids]
            return SaveTermsPayload(terms=await read_back(info, lambda: _terms(info, ids)))

        return await change(info, input, SaveTermsPayload, make)

    @strawberry.mutation(description="Deletes terms of a project: all that are named, or none.")
    async def delete_terms(
        self, info: Info, input: Annotated[DeleteTermsInput, strawberry.argument(description="The terms.")]
    ) -> DeleteTermsPayload | None:
        async def make(writer: Writer) -> DeleteTermsPayload:
            place, term_ids = rows_place(input.terms, IdKind.TERM, "terms")
            await vocabulary.delete_terms(writer, place, term_ids)
            return DeleteTermsPayload(deleted_ids=input.terms)

        return await change(info, input, DeleteTermsPayload, make)


async def _terms(info: Info, ids: Sequence[GlobalId]) -> list[Term | None]:
    return await asyncio.gather(*(load_node(info, id_) for id_ in ids))
