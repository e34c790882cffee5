"""Real nodes: a relay chain with two parachains takes minutes to start, so few are and scenarios share one."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
import xml.etree.ElementTree as ET
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import docker
import pytest

from simnet.checks import Status
from simnet.faults import Partition
from simnet.journal import Evidence, Kind, in_words, read_evidence, read_journal, upgrade_phases
from simnet.journal.records import Intervention, KeysStored, NodeReady, UpgradeAsked
from simnet.network.topology import Chain
from simnet.providers.docker.attach import attach
from simnet.providers.docker.engine import by_node, containers_of, leftovers
from simnet.rehearsal import judge_folder
from tests.docker.inventory import inventory, left_since
from tests.providers.simulated.networks import renamed

pytestmark = [
    pytest.mark.docker,
    pytest.mark.network,
    pytest.mark.timeout(2400),
    pytest.mark.usefixtures("node_images", "older_images"),
]

ROOT = Path(__file__).parents[2]
SCENARIOS = ROOT / "scenarios"
UPGRADES = Path(__file__).with_name("upgrades.yaml")
SHARED = (
    "quickstart",
    "collator-down-mail",
    "slow-lossy-region",
)
"""Scenarios of the library that CI runs one after another on one network, which the first one launches, and after them
one of upgrades.

``validators-two-down`` is none of them: when half of the real validators come back together, checks that they begin too
early may leave finality standing (docs/protocol.md, Nodes that start and return), and in one run it stood for more than
170 s.
"""


def simnet(*arguments: str | Path, expect: int = 0) -> str:
    """What the command prints; a failed run is shown whole."""
    command = [sys.executable, "-m", "simnet", *map(str, arguments)]
    done = subprocess.run(command, capture_output=True, text=True, check=False, cwd=ROOT)
    assert done.returncode == expect, f"$ {' '.join(command)}\n{done.stdout}\n{done.stderr}"
    return done.stdout + done.stderr


def runs_left(engine: docker.DockerClient, name: str) -> list[str]:
    return [left.run for left in leftovers(engine) if left.run.startswith(name)]


@dataclass(frozen=True)
class Before:
    """Where runs are to be, and what the engine had before them."""

    folder: Path
    things: set[str]


@pytest.fixture(scope="module")
def before_shared(engine: docker.DockerClient, tmp_path_factory: pytest.TempPathFactory) -> Before:
    return Before(tmp_path_factory.mktemp("shared"), inventory(engine))


@pytest.fixture(scope="module")
def shared(node_images: None, older_images: None, before_shared: Before) -> Path:
    """The folder of these scenarios' runs, all of which passed."""
    out = before_shared.folder
    files = [*(SCENARIOS / f"{name}.yaml" for name in SHARED), upgrades(before_shared.folder.with_name("codes"))]
    options = [
        "--simnet-provider=docker",
        "--simnet-share",
        "--simnet-seed=1",
        f"--simnet-out={out}",
        "--timeout=0",
        "-p",
        "no:cacheprovider",
    ]
    command = [sys.executable, "-m", "pytest", "-q", *options, *map(str, files)]
    done = subprocess.run(command, capture_output=True, text=True, check=False, cwd=ROOT)
    print(done.stdout)
    assert done.returncode == 0, done.stdout + done.stderr
    assert f"{len(files)} passed" in done.stdout
    return out


def upgrades(folder: Path) -> Path:
    """The scenario of upgrades beside the codes that it brings in. It goes last: it leaves a network that no other
    may have."""
    folder.mkdir()
    for name in ("penpal", "rococo"):
        (folder / f"next-{name}.wasm").write_bytes(renamed(Chain(id=name, runtime=name)))
    file = folder / UPGRADES.name
    network = SCENARIOS / "networks" / "two-regions.yaml"
    file.write_text(re.sub(r"^network: .*$", f"network: {network}", UPGRADES.read_text(), flags=re.MULTILINE))
    return file


def launched(shared: Path) -> list[str]:
    """The runs that launched a network."""
    return [
        folder.name
        for folder in shared.iterdir()
        if any(record.kind is Kind.PHASE and record.data.name == "sandboxes" for record in read_journal(folder))
    ]


def test_the_library_holds_on_one_network(shared: Path) -> None:
    library = [run for run in launched(shared) if not run.startswith(UPGRADES.stem)]
    assert len(library) == 1, "the scenarios were to share one network"


def test_both_chains_were_upgraded_while_two_releases_ran_beside_each_other(shared: Path) -> None:
    (folder,) = shared.glob("upgrades-*")
    evidence = read_evidence(folder)
    for chain in ("2000", "relay"):
        told = in_words(upgrade_phases(evidence, chain, evidence.of(UpgradeAsked)[chain == "relay"].data.code))
        assert "authorized" in told
        assert "applied" in told
    said = [one.data.version for one in evidence.of(NodeReady) if one.observer == "dave"]
    assert [(version or "").partition("-")[0] for version in said] == ["1.25.1", "1.24.0", "1.25.1"]


def test_a_run_leaves_nothing_on_the_engine_labelled_or_not(
    engine: docker.DockerClient, before_shared: Before, shared: Path
) -> None:
    assert launched(shared)
    assert set().union(*(left_since(engine, before_shared.things, run) for run in launched(shared))) == set()


def test_the_quickstart_is_judged_again_alike(shared: Path) -> None:
    (folder,) = shared.glob("quickstart-*")
    again = judge_folder(folder)
    assert again.verdict.status is Status.HELD
    cases = ET.parse(folder / "junit.xml").getroot().iter("testcase")
    assert len(list(cases)) == len(again.verdict.findings)
    assert (folder / "report.html").stat().st_size > 50_000
    evidence = again.evidence
    assert len(evidence.messages()) == 30
    assert {trace.channel for trace in evidence.messages()} == {
        "2000>2001", "2001>2000", "relay>2000", "relay>2001", "2000>relay", "2001>relay"
    }  # fmt: skip
    assert {path.stem for path in (folder / "metrics").iterdir()} == set(evidence.nodes())
    assert all((folder / "logs" / f"{node}.log").stat().st_size for node in evidence.nodes())


def test_a_token_goes_to_asset_hub_and_back_and_not_a_unit_is_lost(
    engine: docker.DockerClient, shared: Path, tmp_path: Path
) -> None:
    """After the shared network, which two cores cannot carry beside it."""
    printed = simnet("run", SCENARIOS / "assets" / "teleport-and-back.yaml", "--provider", "docker", "--out", tmp_path)
    assert "held          conserved" in printed
    assert runs_left(engine, "teleport-and-back") == []


def test_what_a_chains_own_team_asks_is_told_by_real_nodes(shared: Path) -> None:
    (folder,) = shared.glob("upgrades-*")
    evidence = read_evidence(folder)
    (written,) = evidence.of(Intervention)
    assert written.chain == "2001"
    assert {one.name for one in evidence.asked["2001"]} == {
        "System.ExtrinsicSuccess", "System.Account", "Sudo.Key", "AccountNonceApi.account_nonce"
    }  # fmt: skip


@dataclass(frozen=True)
class Standing:
    """A network that stays up: its run's folder, and what the engine had before."""

    folder: Path
    before: set[str]

    @property
    def run(self) -> str:
        return self.folder.name


@pytest.fixture(scope="module")
def standing(
    engine: docker.DockerClient, node_images: None, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Standing]:
    out, before = tmp_path_factory.mktemp("standing"), inventory(engine)
    try:
        printed = simnet("up", SCENARIOS / "networks" / "two-regions.yaml", "--provider", "docker", "--out", out)
        (folder,) = out.iterdir()
        assert folder.name in printed
        yield Standing(folder, before)
    finally:
        for left in leftovers(engine):
            if (out / left.run).exists():
                simnet("down", left.run)


def test_real_nodes_run_without_privileges(engine: docker.DockerClient, standing: Standing) -> None:
    nodes = by_node(containers_of(engine, standing.run), "node")
    asked = {name: one.attrs["HostConfig"] for name, one in nodes.items()}
    assert len(asked) == 6
    for name, options in asked.items():
        assert options["CapDrop"] == ["ALL"], name
        assert not options["CapAdd"], name
        assert options["SecurityOpt"] == ["no-new-privileges"], name
        assert options["ReadonlyRootfs"], name
        assert options["PidsLimit"] == 4096, name


def test_validators_can_still_put_their_workers_under_seccomp(standing: Standing) -> None:
    """What they could not do they say at their start (polkadot-node-core-pvf 36.0.0, security.rs)."""
    log = (standing.folder / "logs" / "alice.log").read_text()
    assert "prepare-worker" in log
    assert "Cannot enable seccomp" not in log


def test_a_network_that_stays_up_takes_faults_from_other_processes(standing: Standing) -> None:
    folder, run = standing.folder, standing.run
    simnet("fault", run, "partition", "groups=[[region:eu],[region:us]]", "--as", "cut")
    assert "cut" in simnet("status", run)
    simnet("fault", run, "kill", "targets=dave", "--as", "down")
    simnet("fault", run, "--heal", "cut")
    simnet("fault", run, "--heal", "down")
    assert simnet("logs", run, "alice", "--tail", "5").strip()
    with attach(run) as network:
        network.rotate_keys("alice")
        network.rotate_keys("collator-2000", within=120)
    evidence = Evidence()
    for record in read_journal(folder):
        evidence.add(record)
    assert [(one.observer, one.data.how) for one in evidence.of(KeysStored)] == [
        ("alice", "made"),
        ("collator-2000", "made"),
    ]
    cut = evidence.window("cut")
    assert cut is not None
    assert cut.holds
    assert cut.fault["kind"] == Partition.kind
    assert cut.heal_end is not None


def test_down_leaves_the_engine_as_it_was_before_the_network(engine: docker.DockerClient, standing: Standing) -> None:
    simnet("down", standing.run)
    assert left_since(engine, standing.before, standing.run) == set()


KILLED = """
import os, signal, sys, time
from pathlib import Path
from simnet.journal import Journal
from simnet.journal.records import PhaseTimed
from simnet.providers.base import Launch, Plan
from simnet.providers.docker.docker_provider import DockerProvider
from simnet.scenario.loader import load_network
from tests.runs import started

class Deadly(Journal):
    def append(self, data, **place):
        record = super().append(data, **place)
        if isinstance(data, PhaseTimed) and data.name == "nodes":
            os.kill(os.getpid(), signal.SIGKILL)
        return record

folder = Path(sys.argv[1])
journal = Deadly(time.monotonic)
journal.begin(folder / "journal.jsonl", started(run=sys.argv[2], scenario="killed", provider="docker"))
plan = Plan(topology=load_network(Path(sys.argv[3])).topology())
DockerProvider().launch(plan, Launch(run=sys.argv[2], run_dir=folder, journal=journal), 300)
"""


def test_down_removes_real_nodes_that_a_killed_harness_left(engine: docker.DockerClient, tmp_path: Path) -> None:
    run = f"killed-{os.getpid()}"
    network, before = SCENARIOS / "networks" / "two-regions.yaml", inventory(engine)
    done = subprocess.run([sys.executable, "-c", KILLED, str(tmp_path), run, str(network)], check=False, cwd=ROOT)
    assert done.returncode == -signal.SIGKILL
    assert runs_left(engine, run) == [run]
    simnet("down", run)
    assert left_since(engine, before, run) == set()
