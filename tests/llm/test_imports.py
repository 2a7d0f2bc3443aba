import subprocess
import sys

import pytest

HEAVY = "pydantic_ai", "openai", "anthropic", "genai_prices", "httpx2"


@pytest.mark.parametrize(
    "module", ["gql_server.app", "gql_server.llm.catalogue", "gql_server.llm.models", "gql_server.llm.prices"]
)
def test_web_processes_import_no_client_of_a_provider(module: str) -> None:
    program = f"import sys, {module}; print([name for name in {HEAVY} if name in sys.modules])"

    found = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True, timeout=50)

    assert found.stdout == "[]\n"
