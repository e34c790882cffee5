"""Command line and ini options, and what they select. Imports nothing of simnet that is heavy."""

from __future__ import annotations

import os
import re
from fnmatch import fnmatch
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from simnet.regular_files import TEXT, UnfitFileError, read_regular

if TYPE_CHECKING:
    from simnet.pytest_plugin._live import LiveNetwork

LIVE: pytest.StashKey[LiveNetwork] = pytest.StashKey()
"""On an item: the network of its test."""

HARNESS_ERROR = ("simnet_outcome", "error")
"""The user property of a scenario whose run the harness could not finish."""

_SCENARIO_KEYS = {"network", "steps", "schedule", "expect"}
_NETWORK_KEYS = {"use", "relay", "parachains", "channels", "links"}


def add(parser: pytest.Parser) -> None:
    """Declares all options."""
    group = parser.getgroup("simnet", "rehearsals of faults in Polkadot networks")
    group.addoption(
        "--simnet-provider", metavar="NAME", default="simulated", help="Where networks run (default: simulated)."
    )
    group.addoption(
        "--simnet-out",
        metavar="DIR",
        default="runs",
        help="Folder in which each run gets one of its own (default: runs).",
    )
    group.addoption("--simnet-keep", action="store_true", help="Leave networks up; `simnet down` removes them.")
    group.addoption(
        "--simnet-seed",
        metavar="N",
        type=int,
        default=None,
        help="Seed of every run, instead of those of files and markers; a test that is parametrized by `seed` keeps"
        " its own.",
    )
    group.addoption(
        "--simnet-start-within",
        metavar="TIME",
        default=None,
        help="Time from a network's launch to its barrier at most, such as 10min (default: the ini value"
        " simnet_start_within, else 8min). A test's marker may say another.",
    )
    group.addoption(
        "--simnet-share",
        action="store_true",
        help="Run scenario files that follow one another on one network where topology and seed are equal.",
    )
    group.addoption(
        "--simnet-inconclusive",
        choices=("fail", "skip"),
        default="fail",
        help="What a scenario is that proves nothing either way (default: fail).",
    )
    parser.addini(
        "simnet_scenarios",
        type="args",
        default=["*.scenario.yaml"],
        help="Globs of scenario files to collect as tests; a * matches across folders. A YAML file that is named on the"
        " command line is collected too if it reads as a scenario.",
    )
    parser.addini(
        "simnet_start_within", default="", help="Time from a network's launch to its barrier at most, such as 10min."
    )
    parser.addini(
        "simnet_network_scope",
        default="module",
        help="Which tests share a running network: those of a function, class, module, package or session.",
    )


def is_scenario_file(path: Path, session: pytest.Session) -> bool:
    """Whether pytest should collect a file as a scenario. It need not be sound: its mistakes are told then."""
    if path.suffix not in (".yaml", ".yml"):
        return False
    config = session.config
    names = (path.name, Path(os.path.relpath(path, config.rootpath)).as_posix())
    if any(fnmatch(name, pattern) for name in names for pattern in config.getini("simnet_scenarios")):
        keys = _top_keys(path)
        return not keys or bool(keys - _NETWORK_KEYS)
    return session.isinitpath(path) and "name" in (keys := _top_keys(path)) and not keys.isdisjoint(_SCENARIO_KEYS)


def _top_keys(path: Path) -> set[str]:
    """Keys at the start of a line; none of what cannot be read, since loading it says why."""
    try:
        text = read_regular(path, TEXT).decode(errors="replace")
    except UnfitFileError:
        return set()
    return set(re.findall(r"^([a-z_]+):", text, re.MULTILINE))
