"""Values that are valid against a JSON Schema, found by merging what it asks for and by trying alternatives."""
