"""A distribution that is found as if it were installed, without an installer: its entry points and its modules."""

from __future__ import annotations

import os
import subprocess
import sys
import tomllib
from pathlib import Path

ROOT = Path(__file__).parents[2]


class Installed:
    """Where commands find the distribution of a project, whose ``pyproject.toml`` says what it brings."""

    def __init__(self, project: Path, site: Path) -> None:
        self._project = project
        self._site = site
        said = tomllib.loads((project / "pyproject.toml").read_text())["project"]
        folder = site / f"{said['name'].replace('-', '_')}-{said['version']}.dist-info"
        folder.mkdir()
        (folder / "METADATA").write_text(
            f"Metadata-Version: 2.1\nName: {said['name']}\nVersion: {said['version']}\n", encoding="utf-8"
        )
        groups = (
            f"[{group}]\n" + "".join(f"{name} = {value}\n" for name, value in entries.items())
            for group, entries in said["entry-points"].items()
        )
        (folder / "entry_points.txt").write_text("".join(groups), encoding="utf-8")

    def run(self, *arguments: str, cwd: Path) -> subprocess.CompletedProcess[str]:
        """Runs ``python -m`` with these arguments; what it printed and its exit code."""
        path = os.pathsep.join(map(str, (ROOT, self._site, self._project)))
        return subprocess.run(
            [sys.executable, "-m", *arguments],
            cwd=cwd,
            env={**os.environ, "PYTHONPATH": path, "COLUMNS": "200"},
            capture_output=True,
            text=True,
            check=False,
        )
