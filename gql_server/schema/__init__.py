"""The GraphQL types and roots: no SQL, no rules."""
