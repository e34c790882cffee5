"""The work of `simnet rehearse-upgrade`: what is rehearsed, its page, its screen, and its exit code."""

from __future__ import annotations

import shlex
from dataclasses import dataclass
from pathlib import Path

from rich.text import Text

from simnet.cli._answers import answer
from simnet.cli._decision_answer import DecisionAnswer
from simnet.cli._decision_screen import show_decision
from simnet.cli._scenario_files import find, load_any
from simnet.cli._screen import Screen
from simnet.errors import InputError
from simnet.journal.records import UpgradePath
from simnet.providers.registry import provider_named
from simnet.rehearsal import Options
from simnet.run_file import store
from simnet.upgrades import UpgradeRehearsal, ground_of
from simnet.upgrades.page import PAGE, page


@dataclass(frozen=True, kw_only=True)
class DecisionRequest:
    """What the command line says; times in seconds."""

    network: str
    runtime: str
    chain: str
    path: UpgradePath
    within: float
    provider: str
    seed: int | None
    out: Path
    start_within: float
    try_runtime: Path | None

    def command(self, seed: int) -> str:
        """The command that asks for the same."""
        words = ["simnet", "rehearse-upgrade", "--network", self.network, "--chain", self.chain]
        words += ["--try-runtime", str(self.try_runtime)] if self.try_runtime is not None else []
        words += ["--runtime", self.runtime, "--path", self.path, "--within", f"{self.within:g}s"]
        return shlex.join([*words, "--provider", self.provider, "--seed", str(seed)])


def decide(asked: DecisionRequest, *, as_json: bool) -> int:
    """Rehearses it, writes the page beside the runs, and shows the decision; the exit code."""
    files = find([asked.network])
    if len(files) != 1:
        raise InputError(f"{asked.network} has {len(files)} files; name the one whose network is to be upgraded")
    ground = ground_of(
        load_any(files[0]),
        asked.network,
        chain=asked.chain,
        runtime=asked.runtime,
        path=asked.path,
        within=asked.within,
        seed=asked.seed,
    )
    console = Screen(stderr=as_json)
    options = Options(
        out=asked.out,
        start_within=asked.start_within,
        try_runtime=asked.try_runtime,
        say=lambda line: console.print(Text(line), soft_wrap=True),
    )
    rehearsal = UpgradeRehearsal(ground, provider_named(asked.provider), options, asked.command(ground.seed))
    decision = rehearsal.run()
    store(rehearsal.folder / PAGE, page(decision))
    show_decision(console, decision, rehearsal.folder / PAGE)
    if as_json:
        answer(DecisionAnswer.of(decision))
    return decision.exit_code
