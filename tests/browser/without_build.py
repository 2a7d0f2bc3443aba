"""`gql-server` as it is where GraphiQL was not built."""

from pathlib import Path

from gql_server.cli import main
from gql_server.http import assets

assets.BUILT = Path(__file__).parent / "nowhere"

if __name__ == "__main__":
    main()
