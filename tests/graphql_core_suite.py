"""Runs graphql-core's own tests of execution through our executor: `python tests/graphql_core_suite.py`.

They are downloaded in the version that is installed, whose package has none. Arguments are pytest's.
"""

import os
import subprocess
import sys
import tarfile
import tempfile
from importlib.metadata import version
from pathlib import Path
from typing import Any

TESTS = ["execution", "test_star_wars_query.py", "test_star_wars_introspection.py", "test_user_registry.py"]

WAITS = "A failure does not stop what was begun for the fields beside it, unless all data is null."
CHOOSES = "Of several errors where one is enough, those are kept that nothing hides, whichever came first."
ORDERS = "The errors are the same, in the order of the document where it took as much waiting to come to them."
DEEPER = "What is nested too deeply for graphql-core is executed, since nothing calls itself."
DIFFERENT = {
    "reports_a_too_deep_chain_inside_a_field_as_a_field_error": DEEPER,
    "stops_late_sibling_object_completion_after_non_null_bubbling": WAITS,
    "suppresses_sibling_errors_after_a_non_null_error_bubbles": CHOOSES,
    "slower_nullable_after_non_nullable_root_field": CHOOSES,
    "describe_nulls_a_complex_tree_of_nullable_fields_each::throws": ORDERS,
    "nullable_and_non_nullable_nested_fields_throw_nested_errors": ORDERS,
    "slower_nullable_after_non_nullable_nested_field": ORDERS,
}
"""The tests that cannot pass, by how their ids end, and why."""

SECONDS = 3
"""How long a test may take that waits for what is never to come."""


def pytest_configure() -> None:
    """Has every executor that graphql-core makes execute breadth-first."""
    from gql_server.engine import BreadthFirstExecutor

    module: Any = sys.modules["graphql.execution.execute"]
    for name in ("IncrementalExecutor", "ExecutorThrowingOnIncremental"):
        executor = getattr(module, name)
        setattr(module, name, type(name, (BreadthFirstExecutor, executor), {}))


def pytest_collection_modifyitems(items: list[Any]) -> None:
    import pytest

    for item in items:
        for end, reason in DIFFERENT.items():
            if item.nodeid.endswith(f"::{end}"):
                item.add_marker(pytest.mark.xfail(reason=reason, strict=True))
                item.add_marker(pytest.mark.timeout(SECONDS))


def fetch(directory: Path) -> Path:
    """graphql-core's sources, with its tests, and the plugin that these need in `directory` itself."""
    pip = [sys.executable, "-m", "pip", "--quiet", "--disable-pip-version-check"]
    wanted = f"graphql-core=={version('graphql-core')}"
    download = ["download", "--no-deps", "--no-binary", "graphql-core", "--dest", str(directory), wanted]
    subprocess.run([*pip, *download], check=True)
    subprocess.run([*pip, "install", "--no-deps", "--target", str(directory), "pytest-describe"], check=True)
    [archive] = directory.glob("graphql*.tar.gz")
    with tarfile.open(archive) as sources:
        sources.extractall(directory, filter="data")
    return directory / archive.name.removesuffix(".tar.gz")


def main(arguments: list[str]) -> int:
    with tempfile.TemporaryDirectory() as name:
        directory = Path(name)
        sources = fetch(directory)
        here = Path(__file__).parent
        pytest = [sys.executable, "-m", "pytest", "-p", "graphql_core_suite"]
        # Their own options are those of a plugin that is not there.
        options = ["-o", "addopts=", "-p", "no:cacheprovider", "-q"]
        environment = {**os.environ, "PYTHONPATH": os.pathsep.join(map(str, (here.parent, here, directory)))}
        tests = [f"tests/{test}" for test in TESTS]
        command = [*pytest, *options, *tests, *arguments]
        return subprocess.run(command, cwd=sources, env=environment, check=False).returncode


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
