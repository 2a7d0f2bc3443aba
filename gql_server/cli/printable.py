"""Names that others gave, and the tables that they are in, as they are shown."""

PIPE_WIDTH = 1000
"""Columns of a table that nobody looks at: nothing in it is cut or wrapped."""


def printable(text: str) -> str:
    """A text without the characters that would move a terminal's cursor."""
    return "".join(character if character.isprintable() else "\N{REPLACEMENT CHARACTER}" for character in text)
