"""Names that others gave, as they are shown."""


def printable(text: str) -> str:
    """A text without the characters that would move a terminal's cursor."""
    return "".join(character if character.isprintable() else "\N{REPLACEMENT CHARACTER}" for character in text)
