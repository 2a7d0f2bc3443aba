"""What the parts of an operation ask for, and how it adds up."""

from dataclasses import dataclass


@dataclass(slots=True)
class Part:
    """What a selection set or a field asks for."""

    depth: int = 0
    aliases: int = 0
    fields: int = 0
    """Those at its own level."""
    directives: int = 0
    list_length: int = 0
    cost: int = 0
    page: int = 0
    """1 when it is a connection's and reads the page, whose size only the connection knows."""
    cost_per_node: int = 0
    """What each node of that page costs beyond itself."""

    def add(self, other: "Part") -> None:
        self.depth = max(self.depth, other.depth)
        self.aliases += other.aliases
        self.fields += other.fields
        self.directives += other.directives
        self.list_length = max(self.list_length, other.list_length)
        self.cost += other.cost
        self.page = max(self.page, other.page)
        self.cost_per_node += other.cost_per_node
