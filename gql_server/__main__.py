"""`python -m gql_server` is `gql-server`."""

from gql_server.cli import main

main()
