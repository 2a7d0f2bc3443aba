"""One GraphQL API over every project's PostgreSQL schema."""
