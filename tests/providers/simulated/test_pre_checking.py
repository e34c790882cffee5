"""Validators prepare a new validation code and vote on it, so that a parachain can be upgraded."""

from __future__ import annotations

from pathlib import Path

import pytest
from wasmtime import wat2wasm

from simnet.chain.pvf_reader import BlockPlace, PvfReader
from simnet.chain.runtime_types import metadata_at
from simnet.chain.storage import key_of
from simnet.codec import blake2_256
from simnet.faults import Stop
from simnet.journal import Evidence
from simnet.journal.records import ParachainUpgrade, PvfVote
from simnet.network.topology import RELAY, Chain
from simnet.providers.simulated import validation
from simnet.providers.simulated.clock import SECOND
from simnet.providers.simulated.simulated_network import SimulatedNetwork
from simnet.providers.simulated.times import Duration
from tests.providers.simulated.networks import launch, renamed, two_parachains

PENPAL = Chain(id="2000", runtime="penpal")


def upgrade(network: SimulatedNetwork, code: bytes, chain: str = "2000") -> None:
    authorized = {"code_hash": blake2_256(code)}
    network.submit("System.authorize_upgrade_without_checks", authorized, chain=chain, sudo=True)
    network.submit("System.apply_authorized_upgrade", {"code": code}, chain=chain, within=120)


def names(evidence: Evidence, chain: str, pallet: str, word: str) -> list[str]:
    """Names of a pallet's events that have a word in them, each once, in the order in which they came."""
    came = [event for event in evidence.all_events(pallet) if event.chain == chain and word in event.data.name]
    return list(dict.fromkeys(event.data.name for event in came))


def sessions(network: SimulatedNetwork) -> int:
    return len(network.evidence.session_changes())


def begun(network: SimulatedNetwork) -> None:
    """Waits until the relay chain asks for votes."""
    for _ in range(60):
        network.wait(1)
        if names(network.evidence, RELAY, "Paras", "PvfCheck"):
            return
    raise AssertionError("nothing was asked")


def test_a_code_that_all_can_prepare_is_accepted_and_then_known(tmp_path: Path) -> None:
    code = renamed(PENPAL)
    with launch(two_parachains(), tmp_path) as network:
        network.wait(90)
        upgrade(network, code)
        network.wait(120)
        seen = network.evidence
        assert names(seen, RELAY, "Paras", "PvfCheck") == ["PvfCheckStarted", "PvfCheckAccepted"]
        assert names(seen, "2000", "ParachainSystem", "ValidationFunction")[-1] == "ValidationFunctionApplied"
        judged = network.simulation.candidates.values()
        assert blake2_256(code) in {one.code_hash for one in judged if one.included_in}
        upgrade(network, code, "2001")
        network.wait(90)
        seen = network.evidence
        assert names(seen, "2001", "ParachainSystem", "ValidationFunction")[-1] == "ValidationFunctionApplied"
        assert names(seen, RELAY, "Paras", "PvfCheck") == ["PvfCheckStarted", "PvfCheckAccepted"], "it is known"


def test_who_begins_to_read_in_the_middle_of_a_check_sees_the_votes_that_are_left(tmp_path: Path) -> None:
    """As a process does that attaches to a running network, or the second run on a shared one."""
    with launch(two_parachains(), tmp_path) as network:
        network.wait(90)
        code = renamed(PENPAL)
        upgrade(network, code)
        network.wait(90)
        seen, rpc = network.evidence, network.rpc("alice")
        (started,) = {one.hash for one in seen.all_events("Paras", "PvfCheckStarted")}
        chain = seen.canonical(RELAY)
        began = next(n for n, block in enumerate(chain) if block.hash == started)
        later = chain[began + 1 :]
        reader = PvfReader(network.topology)
        found = []
        for block in later:
            metadata = metadata_at(rpc, block.hash)
            events = metadata.decode_events(
                bytes.fromhex(rpc.call("state_getStorage", [key_of(metadata, "System", "Events"), block.hash])[2:])
            )
            found += reader.read(rpc, metadata, BlockPlace(block.height, block.hash, block.parent), events)
        votes = {(place.hash, one) for place, one in found if isinstance(one, PvfVote)}
        hashes = {block.hash for block in later}
        told = {(one.hash, one.data) for one in seen.of(PvfVote) if one.hash in hashes}
        assert {one.code for _, one in votes} == {"0x" + blake2_256(code).hex()}
        assert votes == told
        assert {one.para for _, one in found if isinstance(one, ParachainUpgrade)} == {2000}


def test_a_code_that_validators_cannot_compile_is_rejected_and_the_parachain_goes_on(tmp_path: Path) -> None:
    wide = bytes(wat2wasm('(module (memory 1) (func (export "validate_block") (result v128) (v128.const i64x2 0 0)))'))
    with launch(two_parachains(), tmp_path) as network:
        network.wait(90)
        upgrade(network, wide)
        network.wait(90)
        seen = network.evidence
        assert names(seen, RELAY, "Paras", "PvfCheck") == ["PvfCheckStarted", "PvfCheckRejected"]
        assert names(seen, "2000", "ParachainSystem", "ValidationFunction")[-1] == "ValidationFunctionDiscarded"
        until = network.now()
        network.wait(40)
        included = network.evidence.canonical_events(RELAY, "ParaInclusion", "CandidateIncluded")
        assert any(event.t > until and str(event.data.fields.get("para_id")) == "2000" for _, event in included)


def test_a_code_that_takes_too_long_is_rejected_and_stays_unprepared(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    code = renamed(PENPAL)
    with launch(two_parachains(), tmp_path) as network:
        network.wait(90)
        monkeypatch.setattr(validation, "PREPARING", Duration(61 * SECOND, 0.0))
        upgrade(network, code)
        begun(network)
        network.wait(59)
        assert names(network.evidence, RELAY, "Paras", "PvfCheck") == ["PvfCheckStarted"], "they still compile"
        network.wait(60)
        assert names(network.evidence, RELAY, "Paras", "PvfCheck") == ["PvfCheckStarted", "PvfCheckRejected"]
        sim = network.simulation
        assert not any(sim.validation.host(node.index).prepared(blake2_256(code)) for node in sim.nodes)


def test_votes_are_signed_anew_in_each_session(tmp_path: Path) -> None:
    """Three votes of four accept. Two are cast in one session, and the third by one who comes back in the next."""
    with launch(two_parachains(), tmp_path) as network:
        network.wait(90)
        upgrade(network, renamed(PENPAL))
        begun(network)
        back = network.inject(Stop(targets=("charlie",)))
        network.inject(Stop(targets=("dave",)), "for good")
        before = sessions(network)
        while sessions(network) == before:
            network.wait(6)
        assert names(network.evidence, RELAY, "Paras", "PvfCheck") == ["PvfCheckStarted"]
        network.heal(back)
        network.wait(45)
        assert names(network.evidence, RELAY, "Paras", "PvfCheck") == ["PvfCheckStarted", "PvfCheckAccepted"]


def test_who_starts_again_prepares_again_and_who_goes_on_does_not(tmp_path: Path) -> None:
    with launch(two_parachains(), tmp_path) as network:
        network.wait(90)
        code = renamed(PENPAL)
        upgrade(network, code)
        begun(network)
        network.wait(20)
        sim = network.simulation
        alice, bob, hash_ = sim.by_name["alice"].index, sim.by_name["bob"].index, blake2_256(code)
        host = sim.validation.host(alice)
        assert host.prepared(hash_)
        network.heal(network.inject(Stop(targets=("bob",))))
        assert not sim.validation.host(bob).prepared(hash_)
        network.wait(60)
        assert sim.validation.host(alice) is host
        assert sim.validation.host(bob).prepared(hash_), "the parachain goes on with it"
