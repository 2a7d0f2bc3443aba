"""The rows and every statement of each table, a module a table."""
