"""The package's table of contents is what it should be, and importing it stays cheap."""

import subprocess
import sys

import pytest

import simnet


@pytest.mark.parametrize("name", simnet.__all__)
def test_every_export_is_there(name: str) -> None:
    assert getattr(simnet, name).__name__ == name


def test_the_table_of_contents_lists_what_is_imported_lazily() -> None:
    assert dir(simnet) == sorted(simnet._HOMES)


def test_importing_the_plugin_loads_nothing_heavy() -> None:
    heavy = "('docker', 'pydantic', 'substrateinterface')"
    code = f"import sys, simnet.pytest_plugin; print([name for name in {heavy} if name in sys.modules])"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


def test_only_the_docker_provider_imports_docker() -> None:
    """Nothing outside providers/docker may need an engine's client; the registry imports the provider when asked."""
    code = (
        "import sys, simnet.rehearsal, simnet.scenario, simnet.checks, simnet.journal, simnet.report,"
        " simnet.providers.network, simnet.providers.barrier; print('docker' in sys.modules)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "False"
