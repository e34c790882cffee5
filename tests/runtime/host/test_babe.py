"""BABE's lottery: claims are verifiable, repeatable, and cost no proof when they do not win."""

from __future__ import annotations

import pytest

from simnet.errors import HostError
from simnet.network.accounts import keypair
from simnet.runtime.host import Host
from tests.runtime.host.native_calls import is_claim

ALICE = keypair("//Alice")
RANDOMNESS = bytes(range(32))


def test_a_claim_is_verified_for_its_slot_epoch_randomness_and_owner_alone(host: Host) -> None:
    claim = host.babe_claim(ALICE.private_key, RANDOMNESS, 7, 2)

    def valid(key: bytes = ALICE.public_key, randomness: bytes = RANDOMNESS, slot: int = 7, epoch: int = 2) -> bool:
        return is_claim(host, key, claim, randomness, slot, epoch)

    assert valid()
    assert not valid(key=keypair("//Bob").public_key)
    assert not valid(randomness=bytes(32))
    assert not valid(slot=8)
    assert not valid(epoch=3)


def test_scores_are_those_of_the_claims(host: Host) -> None:
    secrets = [keypair(f"//{i}").private_key for i in range(8)]
    scores = host.babe_scores(secrets, RANDOMNESS, 1 << 40, 3)
    assert scores == [host.babe_claim(secret, RANDOMNESS, 1 << 40, 3).score for secret in secrets]
    assert len(set(scores)) == len(scores)
    assert host.babe_scores([], RANDOMNESS, 1, 1) == []


def test_a_claim_is_the_same_in_every_host_of_a_seed(host: Host) -> None:
    again = Host().babe_claim(ALICE.private_key, RANDOMNESS, 7, 2)
    assert host.babe_claim(ALICE.private_key, RANDOMNESS, 7, 2) == again


def test_the_score_does_not_depend_on_the_seed_but_the_proof_does() -> None:
    one = Host(bytes([1] * 32)).babe_claim(ALICE.private_key, RANDOMNESS, 7, 2)
    two = Host(bytes([2] * 32)).babe_claim(ALICE.private_key, RANDOMNESS, 7, 2)
    assert (one.score, one.pre_output) == (two.score, two.pre_output)
    assert one.proof != two.proof


def test_the_lottery_is_won_as_often_as_its_threshold_says(host: Host) -> None:
    """With a threshold of a quarter, 400 slots give 100 wins or so: 60 and 140 are more than four deviations away."""
    wins = sum(host.babe_scores([ALICE.private_key], RANDOMNESS, slot, 0)[0] < 1 << 126 for slot in range(400))
    assert 60 < wins < 140


def test_secrets_of_another_length_are_refused(host: Host) -> None:
    with pytest.raises(HostError, match="96 bytes; it must have 128"):
        host.babe_scores([ALICE.private_key, bytes(32)], RANDOMNESS, 1, 1)
