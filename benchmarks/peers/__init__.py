"""Servers that do the same work in other ways, for gql_server to be measured beside."""
