"""How the search for a value ends without one."""


class SampleError(Exception):
    """No value is valid, or none was found in time; `pointer` is the JSON pointer to what could not be made."""

    def __init__(self, message: str, pointer: str = "") -> None:
        super().__init__(message)
        self.message = message
        self.pointer = pointer


class ExhaustedError(Exception):
    """The search has taken all the steps or all the time that it may."""
