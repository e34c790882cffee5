"""Checking files, and judging stored runs, without an engine."""

from __future__ import annotations

import errno
import hashlib
import json
import os
import re
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from simnet import run_file
from simnet.testing import ToyProvider
from tests.cli.conftest import Simnet
from tests.runs import reseal, unseal

Write = Callable[..., str]


def test_files_without_mistakes(simnet: Simnet, scenario: Write) -> None:
    Path("network.yaml").write_text("relay: {validators: 2}\n")
    result = simnet("validate", scenario(), "network.yaml")
    assert result.exit_code == 0, result.output
    assert "2 files: no mistakes found" in result.stdout


def test_every_mistake_is_told_at_its_place(simnet: Simnet, scenario: Write) -> None:
    Path("network.yaml").write_text("relay: {validatorz: 2}\n")
    result = simnet("validate", scenario(more="colour: red\nseed: many\n"), "network.yaml")
    assert result.exit_code == 2
    lines = result.stderr.removeprefix("error: ").splitlines()
    assert [line.split(": ")[0] for line in lines] == ["calm.yaml:4:1", "calm.yaml:5:7", "network.yaml:1:9"]
    assert "did you mean 'validators'?" in lines[2]


def test_a_mistake_in_a_shared_network_is_told_once(simnet: Simnet) -> None:
    Path("network.yaml").write_text("relay: {validatorz: 2}\n")
    for name in ("one", "two"):
        Path(f"{name}.yaml").write_text(f"name: {name}\nnetwork: network.yaml\n")
    result = simnet("validate", "one.yaml", "two.yaml")
    assert result.stderr.count("network.yaml:1:9") == 1


@pytest.mark.parametrize("command", ["validate", "run"])
def test_two_nodes_with_one_account_are_refused_before_anything_starts(simnet: Simnet, command: str) -> None:
    Path("doubled.yaml").write_text(
        "name: doubled\nnetwork: {relay: {validators: [{name: alice}, {name: bob, account: //Alice}]}}\n"
    )
    result = simnet(command, "doubled.yaml")
    assert result.exit_code == 2
    assert "doubled.yaml:2:68: bob has the account of alice" in result.stderr
    assert "twin_of: alice" in result.stderr
    assert not Path("runs").exists()


def test_nothing_to_validate_is_a_mistake(simnet: Simnet) -> None:
    assert simnet("validate").exit_code == 2


def test_a_stored_run_is_judged_as_it_was(simnet: Simnet, scenario: Write, toy: ToyProvider) -> None:
    assert simnet("run", scenario(), "--provider", "toy").exit_code == 0
    (folder,) = Path("runs").iterdir()
    result = simnet("judge", str(folder))
    assert result.exit_code == 0, result.output
    assert f"simnet judge {folder}" in result.stdout


def test_a_record_that_lacks_what_its_kind_has_is_told_by_its_line(simnet: Simnet, scenario: Write) -> None:
    simnet("run", scenario(), "--provider", "simulated")
    (folder,) = Path("runs").iterdir()
    journal = folder / "journal.jsonl"
    lines = journal.read_text().splitlines(keepends=True)
    at = next(number for number, line in enumerate(lines) if '"kind":"event"' in line)
    record = json.loads(lines[at])
    del record["data"]["fields"]
    lines[at] = json.dumps(record, separators=(",", ":")) + "\n"
    journal.write_text("".join(lines))
    unseal(journal)
    result = simnet("judge", str(folder))
    assert result.exit_code == 2, result.output
    assert f"journal.jsonl:{at + 1} is not a journal record" in result.stderr
    assert "a record of event with fields: Field required" in result.stderr


def test_a_run_that_was_cut_short_is_inconclusive(simnet: Simnet, scenario: Write, toy: ToyProvider) -> None:
    simnet("run", scenario(), "--provider", "toy")
    (folder,) = Path("runs").iterdir()
    journal = folder / "journal.jsonl"
    journal.write_text("".join(journal.read_text().splitlines(keepends=True)[:-1]))
    (folder / "run.json").unlink()
    assert simnet("judge", str(folder)).exit_code == 4


Edit = Callable[[Path], object]


def edited(name: str, change: Callable[[str], str]) -> Edit:
    return lambda folder: (folder / name).write_text(change((folder / name).read_text()))


def without_line(number: int) -> Callable[[str], str]:
    return lambda text: "".join(line for at, line in enumerate(text.splitlines(keepends=True), start=1) if at != number)


@pytest.mark.parametrize(
    ("edit", "told"),
    [
        (edited("journal.jsonl", without_line(9)), "journal.jsonl:9 is not as it was written"),
        (edited("journal.jsonl", lambda text: text.replace('"t":24', '"t":23', 1)), " is not as it was written"),
        (edited("journal.jsonl", lambda text: "".join(text.splitlines(keepends=True)[:-1])), "run.json was made of"),
        (edited("scenario.yaml", lambda text: text.replace("for: 30s", "for: 31s")), "scenario.yaml is not the"),
        (edited("scenario.yaml", lambda text: text.partition("expect:")[0]), "scenario.yaml is not the scenario"),
        (edited("run.json", lambda text: text.replace('"verdict": "held"', '"verdict": "failed"')), "run.json is not"),
        (edited("run.json", lambda text: re.sub(r',\n +"seal": "\w+"', "", text)), "run.json has no seal"),
        (lambda folder: unseal(folder / "journal.jsonl"), "journal.jsonl:1 has no seal"),
    ],
)
def test_what_was_changed_after_the_run_is_named_and_not_judged(
    simnet: Simnet, scenario: Write, toy: ToyProvider, edit: Edit, told: str
) -> None:
    simnet("run", scenario(more="expect: [{finality_advances: {within: 20s}}]\n"), "--provider", "toy")
    (folder,) = Path("runs").iterdir()
    before = {path: path.read_bytes() for path in folder.rglob("*.*")}
    edit(folder)
    assert before != {path: path.read_bytes() for path in folder.rglob("*.*")}
    result = simnet("judge", str(folder))
    assert result.exit_code == 2, result.output
    assert told in " ".join(result.stderr.split()).replace(f"{folder}/", "")
    assert not (folder / "judged.json").exists()


def test_an_end_that_does_not_say_whose_it_is_is_not_judged(simnet: Simnet, scenario: Write, toy: ToyProvider) -> None:
    """Else any scenario could be put beside such a journal."""
    simnet("run", scenario(), "--provider", "toy")
    (folder,) = Path("runs").iterdir()
    journal = folder / "journal.jsonl"
    journal.write_text(re.sub(r',"digests":\{[^}]*\}', "", journal.read_text()))
    reseal(journal)
    (folder / "run.json").unlink()
    result = simnet("judge", str(folder))
    assert result.exit_code == 2, result.output
    assert "ends without the digest of its scenario" in " ".join(result.stderr.split())


def test_judging_leaves_what_the_run_wrote_and_says_the_same_beside_it(
    simnet: Simnet, scenario: Write, toy: ToyProvider
) -> None:
    simnet("run", scenario(), "--provider", "toy")
    (folder,) = Path("runs").iterdir()
    before = [(folder / name).read_bytes() for name in ("run.json", "journal.jsonl", "scenario.yaml")]
    assert simnet("judge", str(folder)).exit_code == 0
    assert before == [(folder / name).read_bytes() for name in ("run.json", "journal.jsonl", "scenario.yaml")]
    then, now = (json.loads((folder / name).read_text()) for name in ("run.json", "judged.json"))
    assert then["journal"] == now["journal"]
    assert then["findings"] == now["findings"]
    assert then["wall"] == now["wall"], "of the run, not of judging it"
    digest = hashlib.sha256(before[1]).hexdigest()
    assert then["journal"] == {"digest": digest, "records": before[1].count(b"\n"), "sealed": True}
    assert digest in (folder / "report.html").read_text()


def test_a_run_is_judged_by_other_expectations_where_that_is_said(
    simnet: Simnet, scenario: Write, toy: ToyProvider
) -> None:
    simnet("run", scenario(), "--provider", "toy")
    (folder,) = Path("runs").iterdir()
    stricter = scenario("stricter", "expect: [{finality_advances: {within: 1s}}]\n")
    result = simnet("judge", str(folder), "--expect", stricter)
    assert result.exit_code == 1, result.output
    assert f"{stricter}, not by what the run expected" in result.stdout
    assert json.loads((folder / "judged.json").read_text())["judged_by"] == stricter
    assert json.loads((folder / "run.json").read_text())["verdict"] == "held"


@pytest.mark.parametrize("folder", ["nowhere", "."])
def test_what_is_no_run_is_a_mistake(simnet: Simnet, folder: str) -> None:
    result = simnet("judge", folder)
    assert result.exit_code == 2
    assert "no journal at" in result.stderr


MIXED = """
name: mixed
network: {relay: {validators: [{name: alice}, {name: bob, image: "parity/polkadot:v1.16.0"}]}}
"""


@pytest.mark.parametrize("command", ["validate", "run"])
def test_releases_that_differ_within_a_chain_are_refused_on_simulated_nodes(simnet: Simnet, command: str) -> None:
    Path("mixed.yaml").write_text(MIXED)
    result = simnet(command, "mixed.yaml")
    assert result.exit_code == 2
    assert "mixed: the provider simulated cannot run this here" in result.stderr
    assert "parity/polkadot:v1.16.0: bob" in result.stderr
    assert not Path("runs").exists()


def test_what_real_nodes_can_do_is_no_mistake_for_docker(simnet: Simnet) -> None:
    Path("mixed.yaml").write_text(MIXED)
    assert simnet("validate", "mixed.yaml", "--provider", "docker").exit_code == 0


@pytest.mark.parametrize("command", ["validate", "run"])
def test_what_a_runtime_has_not_is_told_before_anything_starts(simnet: Simnet, scenario: Write, command: str) -> None:
    name = scenario(more="expect: []\n").removesuffix(".yaml")
    text = Path(f"{name}.yaml").read_text().replace("[{wait: {for: 30s}}]", "[{submit: {call: Sytem.remark}}]")
    Path(f"{name}.yaml").write_text(text)
    result = simnet(command, f"{name}.yaml")
    assert result.exit_code == 2
    assert result.stderr.strip() == (
        "error: calm.yaml:3:25: the runtime has no pallet 'Sytem' with calls (did you mean 'System'?)"
    )
    assert not Path("runs").exists()


def test_a_space_is_validated_with_its_base(simnet: Simnet, scenario: Write) -> None:
    name = scenario(more="expect: []\n")
    Path("space.yaml").write_text(f"base: {name}\nkinds: stop\n")
    result = simnet("validate", "space.yaml")
    assert result.exit_code == 0, result.output
    Path("space.yaml").write_text(f"base: {name}\nkinds: stp\n")
    result = simnet("validate", "space.yaml")
    assert result.exit_code == 2
    assert "space.yaml:2:8: no kind of fault is called 'stp' (did you mean 'stop'?)" in result.stderr


def test_an_override_of_a_space_is_refused(simnet: Simnet, scenario: Write) -> None:
    Path("space.yaml").write_text(f"base: {scenario()}\n")
    result = simnet("validate", "space.yaml", "--set", "seed=3")
    assert result.exit_code == 2
    assert "of which --set changes nothing" in result.stderr


def test_a_space_is_no_scenario_to_run(simnet: Simnet, scenario: Write) -> None:
    Path("space.yaml").write_text(f"base: {scenario()}\n")
    result = simnet("run", "space.yaml")
    assert result.exit_code == 2
    assert "`simnet search space.yaml` searches it" in " ".join(result.stderr.split())


def test_a_folder_that_cannot_be_written_to_is_judged_all_the_same(
    simnet: Simnet, scenario: Write, toy: ToyProvider, monkeypatch: pytest.MonkeyPatch
) -> None:
    simnet("run", scenario(), "--provider", "toy")
    (folder,) = Path("runs").iterdir()

    def full(path: Path, data: bytes) -> None:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC), str(path))

    monkeypatch.setattr(run_file, "write_whole", full)
    result = simnet("judge", str(folder))
    assert result.exit_code == 0, result.output
    assert "judged.json cannot be written: No space left on device" in result.stderr
    assert not (folder / "judged.json").exists()


def test_a_run_whose_verdict_cannot_be_stored_says_it_and_ends_with_3(
    simnet: Simnet, scenario: Write, toy: ToyProvider, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(path: Path, data: bytes) -> None:
        if data.startswith(b'{\n  "format"'):
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC), str(path))
        path.write_bytes(data)

    with monkeypatch.context() as context:
        context.setattr(run_file, "write_whole", full)
        result = simnet("run", scenario(), "--provider", "toy")
    assert result.exit_code == 3, result.output
    assert "run.json cannot be written: No space left on device" in result.stdout
    (folder,) = Path("runs").iterdir()
    assert not (folder / "run.json").exists()
    assert simnet("judge", str(folder)).exit_code == 0


def test_a_journal_alone_is_no_run(simnet: Simnet, scenario: Write, toy: ToyProvider) -> None:
    simnet("run", scenario(), "--provider", "toy")
    (folder,) = Path("runs").iterdir()
    result = simnet("judge", str(folder / "journal.jsonl"))
    assert result.exit_code == 2
    assert f"give the run's folder, such as {folder}" in " ".join(result.stderr.split())


def test_who_reads_no_further_changes_no_exit_code(scenario: Write, toy: ToyProvider, simnet: Simnet) -> None:
    simnet("run", scenario(), "--provider", "toy")
    (folder,) = Path("runs").iterdir()
    judge = subprocess.Popen([sys.executable, "-m", "simnet", "judge", str(folder)], stdout=subprocess.PIPE)
    assert judge.stdout is not None
    judge.stdout.close()
    assert judge.wait() == 0
