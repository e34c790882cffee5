"""The bundled chains with one another: blocks, forks, inclusion, proofs, wrong candidates."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from simnet.faults import Byzantine
from simnet.providers.simulated.consensus.collation import Collation, Collator
from simnet.providers.simulated.consensus.slots import claims, secondary_author
from simnet.providers.simulated.consensus.turns import Turn
from simnet.providers.simulated.relay_state import epoch_for
from simnet.runtime.host import Host
from tests.providers.simulated.networks import FOUR, launch, with_parachain


@pytest.mark.parametrize(
    ("relay", "runtime", "para"),
    [("rococo", "penpal", 2000), ("westend", "penpal", 2000), ("westend", "asset-hub-westend", 1000)],
)
def test_every_bundled_pair_of_chains_includes_candidates(relay: str, runtime: str, para: int, tmp_path: Path) -> None:
    with launch(with_parachain(runtime, relay, para), tmp_path) as network:
        network.wait(260)
        evidence = network.evidence
        included = evidence.all_events("ParaInclusion", "CandidateIncluded")
        assert len(included) >= 12
        assert evidence.finalized[f"collator-{para}"][-1].height >= 8
        assert not network.simulation.validator.refused
        assert not list((tmp_path / "logs").glob("*")), "no author lost its slot"


def test_the_relay_chain_forks_as_often_as_babe_does(tmp_path: Path) -> None:
    """docs/protocol.md, Authoring, four validators: each is primary in 6.9 % of the slots, and the secondary author
    builds beside a primary one in 18 % of all slots."""
    with launch(FOUR, tmp_path) as network:
        network.wait(6000)
        blocks = [block for block in network.evidence.blocks["relay"].values() if block.height > 0]
        slots = {block.slot for block in blocks}
        primary = sum(block.claim == "primary" for block in blocks) / len(slots) / 4
        forked = 1 - len(slots) / len(blocks)
        assert len(slots) == pytest.approx(1000, abs=2), "every slot has a secondary author"
        assert 0.055 <= primary <= 0.085
        assert 0.14 <= forked <= 0.25
        assert network.evidence.best["alice"][-1].height >= 0.98 * len(slots)


def test_claims_are_what_the_epoch_gives(tmp_path: Path) -> None:
    with launch(FOUR, tmp_path) as network:
        simulation = network.simulation
        genesis = simulation.ledgers["relay"].genesis
        epoch = epoch_for(genesis, 1000)
        assert epoch.start_slot == 1000
        assert epoch.primary_threshold / 2**128 == pytest.approx(1 - 0.75**0.25, rel=1e-9)
        for slot in range(1000, 1030):
            found = list(claims(simulation.runtimes, epoch, slot, simulation.keys.secret))
            primaries = {claim.authority for claim in found if claim.primary}
            seconds = {claim.authority for claim in found if not claim.primary}
            assert seconds == {secondary_author(epoch, slot)} - primaries


@pytest.mark.parametrize("wrong", ["proof", "head"])
def test_a_wrong_candidate_is_never_backed(wrong: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    honest = Collator.collation

    def collation(self: Collator, turn: Turn) -> Collation:
        collation = honest(self, turn)
        if wrong == "proof":
            return replace(collation, pov=collation.pov[:-40] + bytes(40))
        candidate = collation.candidate
        candidate.commitments = candidate.commitments[:-1] + b"\xff"
        return collation

    monkeypatch.setattr(Collator, "collation", collation)
    with launch(with_parachain(), tmp_path) as network:
        network.wait(180)
        assert network.simulation.validator.judged > 5
        assert len(network.simulation.validator.refused) >= 5
        assert not network.evidence.all_events("ParaInclusion", "CandidateBacked")


def test_samples_are_validated_where_that_suffices_and_what_is_doubtful_always(tmp_path: Path) -> None:
    with launch(with_parachain(), tmp_path) as network:
        validator = network.simulation.validator
        validator.every = 8
        network.wait(260)
        assert validator.offered >= 20
        assert 3 <= validator.judged <= 1 + validator.offered / 8 + 1
        assert not validator.refused
        judged = validator.judged
        with network.inject(Byzantine(targets=("validators",), acts=("back_invalid",))):
            network.wait(60)
        assert validator.judged - judged >= 5, "each of what the backers made up"


def test_signatures_repeat_and_hold() -> None:
    seed = bytes(range(32))
    one, two = Host(seed), Host(seed)
    secret = b"\x11" * 32
    assert one.sign_sr25519(secret, b"message") == two.sign_sr25519(secret, b"message")
    assert one.sign_sr25519(secret, b"message") != one.sign_sr25519(secret, b"massage")


def test_a_parachain_whose_core_has_no_validators_waits_and_holds_up_nobody(tmp_path: Path) -> None:
    """Six cores for four validators: two groups are empty, and rotation gives each core one in turn."""
    paras = [{"id": 2000 + index, "runtime": "penpal", "collators": 1} for index in range(6)]
    with launch({**FOUR, "parachains": paras}, tmp_path) as network:
        network.wait(260)
        included = network.evidence.all_events("ParaInclusion", "CandidateIncluded")
        assert 2 <= len({record.data.fields["para_id"] for record in included}) <= 6
        assert network.evidence.finalized["alice"][-1].height >= 38
        assert not list((tmp_path / "logs").glob("*"))
