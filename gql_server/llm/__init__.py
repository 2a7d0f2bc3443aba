"""Language models: nothing here knows the database or GraphQL."""
