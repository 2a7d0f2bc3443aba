"""GraphQL over HTTP: what surrounds the schema on the wire."""
