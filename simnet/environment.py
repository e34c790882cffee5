"""Every environment variable that simnet, its sandboxes and its tests read, what it does, and what holds without it."""

from __future__ import annotations

import os
from dataclasses import dataclass
from typing import Literal

ReadBy = Literal["simnet", "sandbox", "libraries", "tests"]
"""Who reads a variable: the command and the package, a node's sandbox (which simnet sets it for), a library that simnet
uses, or simnet's own tests and CI."""


@dataclass(frozen=True)
class EnvironmentVariable:
    """An environment variable."""

    name: str
    meaning: str
    """What it does, in a sentence or two, with units."""
    default: str
    """What holds where it is not set, in words."""
    read_by: ReadBy = "simnet"

    def get(self) -> str | None:
        """Its value in this process's environment; None where it is not set."""
        return os.environ.get(self.name)


CACHE = EnvironmentVariable(
    "SIMNET_CACHE",
    "The folder under which simnet keeps, in a folder `simnet`, what outlives a run: compiled runtimes, and where"
    " simulated networks that are up are found. It must be the user's own, and closed to others.",
    "`XDG_CACHE_HOME`",
)
USER_CACHE = EnvironmentVariable("XDG_CACHE_HOME", "The same for all programs of the user.", "`~/.cache`")
CALL_PATIENCE = EnvironmentVariable(
    "SIMNET_CALL_PATIENCE",
    "How many seconds of computing one call into a runtime may take. A call that takes longer ends the command with"
    " exit code 3, and names chain and call.",
    "120",
)
TRACEBACK = EnvironmentVariable(
    "SIMNET_TRACEBACK",
    "Set to 1, it has the traceback of a failure of simnet itself printed as well. It is in a file in any case.",
    "the file alone",
)
ON_GITHUB = EnvironmentVariable(
    "GITHUB_ACTIONS",
    "Set to true, as on GitHub's runners, it has mistakes of files and findings that did not hold printed as"
    " annotations too.",
    "no annotations",
)
GITHUB_FOLDER = EnvironmentVariable(
    "GITHUB_WORKSPACE",
    "The checkout on a GitHub runner: annotations name files as seen from it.",
    "the working directory",
)

VARIABLES = (
    CACHE,
    USER_CACHE,
    CALL_PATIENCE,
    TRACEBACK,
    ON_GITHUB,
    GITHUB_FOLDER,
    EnvironmentVariable(
        "DOCKER_HOST",
        "Where the Docker engine answers, as for the `docker` command; `DOCKER_TLS_VERIFY` and `DOCKER_CERT_PATH` go"
        " with it.",
        "`unix:///var/run/docker.sock`",
        "libraries",
    ),
    EnvironmentVariable(
        "NO_COLOR", "Set to anything, it has no colours printed.", "colours on a terminal", "libraries"
    ),
    EnvironmentVariable("COLUMNS", "How many letters wide the screen is.", "the terminal's width", "libraries"),
    EnvironmentVariable("TMPDIR", "Where temporary files and folders are made.", "`/tmp`", "libraries"),
    EnvironmentVariable(
        "SIMNET_TOKEN", "What a request to the link agent must show.", "the agent does not start", "sandbox"
    ),
    EnvironmentVariable(
        "SIMNET_PAGES",
        "Origins of web pages that may ask the node, with spaces between them; `all` for every page. `simnet up` gives"
        " those of `--rpc-cors` and those that may anyway.",
        "no page may",
        "sandbox",
    ),
    EnvironmentVariable(
        "SIMNET_REQUIRE_DOCKER",
        "Set to 1, tests that need an engine or its images fail where they would skip.",
        "they skip and say why",
        "tests",
    ),
    EnvironmentVariable(
        "SIMNET_REQUIRE_NPM",
        "Set to 1, the test with polkadot.js fails where it would skip.",
        "it skips and says why",
        "tests",
    ),
    EnvironmentVariable(
        "SIMNET_REQUIRE_REGISTRY",
        "Set to 1, the test that installs the wheel fails where no package registry answers.",
        "it skips and says why",
        "tests",
    ),
    EnvironmentVariable(
        "SIMNET_ATTACK",
        "How many hostile inputs each test of `tests/attack` tries; set to anything, the checks are tried on every"
        " prefix of a journal.",
        "60 to 300, and a part of the prefixes",
        "tests",
    ),
    EnvironmentVariable(
        "SIMNET_IMAGES",
        "The folder from which CI loads saved node images (`docker save`, `*.tar.xz`).",
        "their registry",
        "tests",
    ),
)
"""All of them; the code that reads one takes its name from here."""
