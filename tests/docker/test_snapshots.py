"""Databases kept and put back, twins with one keystore, and what real nodes cannot be told: on light containers."""

from __future__ import annotations

import dataclasses
import os
from collections.abc import Iterator
from pathlib import Path

import docker
import pytest

from simnet.errors import FaultError
from simnet.faults import Byzantine, Restore, Snapshot, Wipe
from simnet.journal.records import NodeDown, NodeUp
from simnet.network.accounts import keys
from simnet.network.session_keys import KEY_TYPES
from simnet.providers.base import Plan
from simnet.providers.docker.attach import attach
from simnet.providers.docker.docker_provider import DockerProvider
from simnet.providers.docker.engine import RUN_LABEL, remove_run
from simnet.providers.docker.sandbox_image import ensure_sandbox_image
from simnet.providers.network import Network
from tests.docker.answering import answering_plan, in_a_process, launch_in

pytestmark = pytest.mark.docker

RUN = f"snapshots-{os.getpid()}"
BYZANTINE = Byzantine(targets=("alice",), acts=("equivocate_blocks",))


def validators(folder: Path) -> Plan:
    """Alice, bob, and a twin of alice that joins late; all only answer."""
    plan = answering_plan(folder, ("alice", "bob", "backup"))
    nodes = tuple(dataclasses.replace(node, role="validator") for node in plan.topology.nodes)
    backup = dataclasses.replace(nodes[2], account=nodes[0].account, twin_of="alice", joins_late=True)
    return dataclasses.replace(plan, topology=dataclasses.replace(plan.topology, nodes=(*nodes[:2], backup)))


@pytest.fixture(scope="module")
def network(engine: docker.DockerClient, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Network]:
    ensure_sandbox_image(engine)
    folder = tmp_path_factory.mktemp("snapshots")
    with DockerProvider().launch(validators(folder), launch_in(folder, RUN), deadline=60) as network:
        yield network
    assert engine.volumes.list(filters={"label": f"{RUN_LABEL}={RUN}"}) == []


def shell(engine: docker.DockerClient, node: str, script: str, run: str = RUN) -> str:
    code, output = engine.containers.get(f"simnet-{run}-{node}").exec_run(["sh", "-c", script])
    assert isinstance(output, bytes)
    assert code == 0, output.decode()
    return output.decode().strip()


def test_a_restored_node_has_the_database_of_its_snapshot(engine: docker.DockerClient, network: Network) -> None:
    shell(engine, "bob", "echo first > /data/mark; mkdir -p /data/db; echo row > /data/db/rows; chmod 700 /data/db")
    shell(engine, "bob", "echo 57 > /data/height")
    kept = network.inject(Snapshot(targets=("bob",))).last
    assert kept is not None
    assert kept.holds
    assert kept.readings[2].block == 57
    assert shell(engine, "bob", "cat /data/mark") == "first"
    shell(
        engine,
        "bob",
        "echo 58 > /data/height; echo second > /data/mark; echo row >> /data/db/rows; touch /data/db/later",
    )
    restored = network.inject(Restore(targets=("bob",))).last
    assert restored is not None
    assert [one.holds for one in restored.readings] == [True, True]
    assert restored.readings[1].seen == "number 1, up to block 57"
    assert shell(engine, "bob", "cat /data/mark; cat /data/db/rows; ls /data/db; stat -c %a /data/db") == (
        "first\nrow\nrows\n700"
    )
    ups = [record for record in network.evidence.of(NodeUp) if record.observer == "bob"]
    assert [(up.incarnation, up.data.reason) for up in ups] == [(0, "launch"), (0, "snapshot"), (1, "restore")]
    ends = [record.data.exit_code for record in network.evidence.of(NodeDown) if record.observer == "bob"]
    assert len(ends) == 2
    assert ends[1] == 137, "a restore kills"


def test_a_snapshot_outlives_a_wipe_and_a_later_one_replaces_it(engine: docker.DockerClient, network: Network) -> None:
    shell(engine, "alice", "echo one > /data/mark")
    network.inject(Snapshot(targets=("alice",)))
    wiped = network.inject(Wipe(targets=("alice",))).last
    assert wiped is not None
    assert [one.holds for one in wiped.readings] == [True, True]
    assert wiped.readings[1].seen == "number 1, up to block 0"
    assert shell(engine, "alice", "ls /data") == "chains", "only the keys are put back after a wipe"
    network.inject(Restore(targets=("alice",)))
    assert shell(engine, "alice", "cat /data/mark") == "one"
    shell(engine, "alice", "echo two > /data/mark")
    network.inject(Snapshot(targets=("alice",)))
    shell(engine, "alice", "rm /data/mark")
    network.inject(Restore(targets=("alice",)))
    assert shell(engine, "alice", "cat /data/mark") == "two"
    assert network.evidence.of(NodeUp)[-1].incarnation == 3


def test_a_snapshot_of_one_process_is_restored_by_another(engine: docker.DockerClient, tmp_path: Path) -> None:
    ensure_sandbox_image(engine)
    run = f"{RUN}-attached"
    assert in_a_process(tmp_path, run, keep=True) == 0
    try:
        with attach(run) as first:
            with pytest.raises(FaultError, match="no snapshot of bob was taken"):
                first.inject(Restore(targets=("bob",)))
            assert first.evidence.downs["bob"] == [], "what cannot be restored is not killed"
            shell(engine, "bob", "echo kept > /data/mark; echo 57 > /data/height", run)
            first.inject(Snapshot(targets=("bob",)))
        with attach(run) as second:
            shell(engine, "bob", "echo lost > /data/mark; echo 58 > /data/height", run)
            restored = second.inject(Restore(targets=("bob",))).last
        assert restored is not None
        assert restored.holds, "the journal says up to which block the copy is"
        assert shell(engine, "bob", "cat /data/mark", run) == "kept"
    finally:
        remove_run(engine, run)


def test_a_twin_has_the_session_keys_of_its_original(engine: docker.DockerClient, network: Network) -> None:
    network.start("backup")
    listing = "cd /data/chains/light/keystore && grep . *"
    kept = shell(engine, "backup", listing)
    assert kept == shell(engine, "alice", listing)
    assert set(kept.splitlines()) == {
        f"{name}:{body.decode()}" for name, body in keys("//alice").keystore(KEY_TYPES["validator"]).items()
    }
    assert kept != shell(engine, "bob", listing)


def test_real_nodes_are_not_byzantine(engine: docker.DockerClient, network: Network, tmp_path: Path) -> None:
    plan = dataclasses.replace(validators(tmp_path), faults=(BYZANTINE, Wipe(targets=("bob",))))
    (refused,) = DockerProvider().plan(plan)
    assert refused.what == "the fault byzantine"
    assert "twin_of" in refused.why
    with pytest.raises(FaultError, match="alice cannot be byzantine"):
        network.inject(BYZANTINE)
    assert [one.name for one in network.injections if one.active] == []
