"""A sweep: whatever a file holds, the command that takes it ends with a sentence and the right exit code.

300 inputs; ``SIMNET_ATTACK=10000 pytest tests/attack`` has as many as that says. A number makes the same input every
time.
"""

from __future__ import annotations

import json
import os
import re
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml
from typer.testing import CliRunner, Result

from simnet.cli import app
from simnet.journal import without_seal
from simnet.rehearsal import Options, rehearse
from simnet.run_file import JOURNAL_FILE, SCENARIO_FILE
from simnet.scenario.loader import load_scenario
from simnet.testing import ToyProvider
from tests.attack import odd_inputs

ROOT = Path(__file__).parents[2]
INPUTS = int(os.environ.get("SIMNET_ATTACK", "300"))
pytestmark = pytest.mark.timeout(max(300, INPUTS))
MOST_LINES = 60
"""A screen and a half; the last screen of a run with many findings is the longest of all."""

UNFIT = re.compile("[\0-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069\ud800-\udfff]")

RUN = """
name: toy
network: {relay: {validators: 4}, parachains: [{id: 2000}, {id: 2001}]}
steps:
  - {label: mail, send: {from: 2000, to: 2001, count: 3, every: 6s}}
  - inject: {partition: {groups: [[alice, bob], [charlie, dave]]}, as: cut}
  - wait: {for: 30s}
  - heal: cut
  - restart: {targets: bob}
  - inject: {degrade: {from: alice, to: bob, delay: 100ms}, as: slow}
  - change: {degrade: {from: alice, to: bob, delay: 200ms}, fault: slow}
  - inject: {kill: {targets: dave}, as: dead}
  - wait: {state: delivered, within: 180s}
  - heal: all
  - submit: {call: System.remark, args: {remark: "0x00"}}
  - wait: {for: 30s}
expect:
  - blocks_authored: {by: alice, at_least: 1, during: cut}
  - parachain_included: {at_least: 1, after: cut}
  - one_chain: {after: cut, within: 150s}
  - messages: {at_least: 3, in_order: true, ended_within: 150s}
"""

SPACE = b"""base: base.yaml
kinds: [stop, partition, degrade]
max_windows: 2
length: 300s
max_fault_duration: 40s
quiet_period: 10s
settle: 2 min
"""

PLAIN_SPEC = {
    "name": "odd",
    "id": "odd",
    "chainType": "Local",
    "bootNodes": [],
    "telemetryEndpoints": None,
    "protocolId": None,
    "properties": {"tokenDecimals": 12, "tokenSymbol": "UNIT"},
    "codeSubstitutes": {},
    "genesis": {"runtimeGenesis": {"code": "0x0061736d01000000", "patch": {"balances": {"balances": [["a", 1]]}}}},
}
RAW_SPEC = {
    **PLAIN_SPEC,
    "genesis": {
        "raw": {
            "top": {"0x3a636f6465": "0x0061736d01000000", "0x00": "0x01"},
            "childrenDefault": {"0x61": {"0x00": "0x11"}},
        }
    },
}

Told = list[tuple[int, str, str]]


@pytest.fixture(autouse=True)
def _elsewhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("DOCKER_HOST", "tcp://127.0.0.1:1")


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of a run of which there is much to tell."""
    folder = tmp_path_factory.mktemp("toy")
    (folder / "toy.yaml").write_text(RUN)
    return rehearse(load_scenario(folder / "toy.yaml"), ToyProvider(), Options(out=folder / "runs")).folder


def scenario_files() -> list[bytes]:
    """The library, and files that use what it does not."""
    folders = (ROOT / "scenarios", ROOT / "scenarios/networks", ROOT / "tests/scenario/data")
    return [path.read_bytes() for folder in folders for path in sorted(folder.glob("*.yaml"))]


def unsealed(journal: bytes) -> bytes:
    """A journal as simnet wrote them before they had seals, which would end the judging at the first change."""
    records = [json.loads(without_seal(line)) for line in journal.splitlines()]
    records[-1]["data"].pop("digests", None)
    return b"".join(json.dumps(one, separators=(",", ":")).encode() + b"\n" for one in records)


def wrong(result: Result, *, may_have_failed: bool = False) -> str | None:
    """What is wrong with how a command ended. ``may_have_failed``: the run that it judges says so of its harness."""
    if result.exception is not None and not isinstance(result.exception, SystemExit):
        return f"raised {result.exception!r}"
    told_so = may_have_failed and result.exit_code == 3 and "ended early" in result.output
    if result.exit_code not in (0, 1, 2, 4) and not told_so:
        return f"exit code {result.exit_code}: {result.output}"
    if "Traceback" in result.output:
        return "a traceback"
    if len(result.output.splitlines()) > MOST_LINES:
        return f"{len(result.output.splitlines())} lines"
    found = UNFIT.search(result.output)
    return f"a terminal would act on {found[0]!r}" if found else None


def sweep(count: int, attempt: Callable[[int], tuple[str | None, Any]]) -> None:
    """Tries inputs by number and tells the first few that went wrong, with what makes them again."""
    found = [(number, *attempt(number)) for number in range(max(1, count))]
    bad = [one for one in found if one[1] is not None]
    assert not bad, "\n".join(f"input {number}: {why}\n{given!r}" for number, why, given in bad[:3])


def simnet(*arguments: str) -> Result:
    return CliRunner().invoke(app, list(arguments))


def test_changed_scenario_and_network_files_are_told_what_is_wrong() -> None:
    bases = scenario_files()
    shutil.copytree(ROOT / "scenarios/networks", "networks")
    shutil.copytree(ROOT / "tests/scenario/data", ".", dirs_exist_ok=True)

    def attempt(number: int) -> tuple[str | None, bytes]:
        given = odd_inputs.yaml_input(number, bases)
        Path("odd.yaml").write_bytes(given)
        return wrong(simnet("validate", "odd.yaml")), given

    sweep(INPUTS * 2 // 5, attempt)


def test_changed_files_of_spaces_are_told_what_is_wrong() -> None:
    Path("base.yaml").write_text("name: base\nsteps: [{wait: {for: 30s}}]\n")

    def attempt(number: int) -> tuple[str | None, bytes]:
        given = odd_inputs.yaml_input(number, [SPACE])
        Path("odd.yaml").write_bytes(given)
        return wrong(simnet("validate", "odd.yaml")), given

    sweep(INPUTS // 5, attempt)


def test_changed_chain_specs_are_told_what_is_wrong() -> None:
    Path("network.yaml").write_text("relay: {validators: 1, spec: spec.json}\n")

    def attempt(number: int) -> tuple[str | None, bytes]:
        given = odd_inputs.json_input(number, (PLAIN_SPEC, RAW_SPEC)[number % 2])
        Path("spec.json").write_bytes(given)
        return wrong(simnet("validate", "network.yaml")), given

    sweep(INPUTS // 5, attempt)


def test_edited_journals_are_judged_or_told_what_is_wrong(run: Path) -> None:
    base = unsealed((run / JOURNAL_FILE).read_bytes())
    folder = Path("edited")

    def attempt(number: int) -> tuple[str | None, int]:
        folder.mkdir()
        shutil.copy(run / SCENARIO_FILE, folder)
        (folder / JOURNAL_FILE).write_bytes(odd_inputs.journal_input(number, base))
        ended = wrong(simnet("judge", str(folder)), may_have_failed=True)
        shutil.rmtree(folder)
        return ended, number

    sweep(INPUTS // 5, attempt)


def test_inputs_are_the_same_every_time_and_hardly_ever_alike() -> None:
    bases = scenario_files()
    first, second = ([odd_inputs.yaml_input(number, bases) for number in range(50)] for _ in range(2))
    assert first == second
    assert len(set(first)) > 45


def reached(inputs: Iterator[bytes]) -> set[type]:
    """Types of values that inputs have at their top."""
    found: set[type] = set()
    for one in inputs:
        try:
            data = yaml.safe_load(one)
        except (yaml.YAMLError, ValueError, TypeError, AttributeError, RecursionError):
            continue
        found |= {type(value) for value in data.values()} if isinstance(data, dict) else {type(data)}
    return found


def test_inputs_have_values_of_every_type() -> None:
    made = (json.dumps(odd_inputs.change(odd_inputs.random.Random(n), PLAIN_SPEC)).encode() for n in range(300))
    assert reached(made) >= {str, int, float, bool, list, dict, type(None)}
