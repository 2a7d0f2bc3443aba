"""Measures gql_server, alone and beside others."""
