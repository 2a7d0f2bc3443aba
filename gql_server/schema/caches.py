"""Remembers documents that are sent again and again, parsed and validated."""

from collections.abc import Iterator

from strawberry.extensions import ParserCache, ValidationCache

DOCUMENTS = 200
LENGTH = 10_000
"""Characters of a document that is worth remembering; a longer one may take megabytes once it is parsed."""


class DocumentCache(ParserCache):
    def __init__(self) -> None:
        super().__init__(maxsize=DOCUMENTS)

    def on_parse(self) -> Iterator[None]:
        if len(self.execution_context.query or "") > LENGTH:
            yield
        else:
            yield from super().on_parse()


class ValidatedDocumentCache(ValidationCache):
    def __init__(self) -> None:
        super().__init__(maxsize=DOCUMENTS)

    def on_validate(self) -> Iterator[None]:
        if len(self.execution_context.query or "") > LENGTH:
            yield
        else:
            yield from super().on_validate()
