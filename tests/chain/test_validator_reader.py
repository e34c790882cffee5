"""What a relay chain's state says of validators: of a state written by hand, with the real runtimes' metadata."""

from __future__ import annotations

import lzma
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest

from simnet.chain.metadata import Event, Metadata
from simnet.chain.validator_reader import ValidatorReader
from simnet.codec import blake2_256, compact, u32, u64, vec, vec_bytes
from simnet.journal.records import PointsRead
from simnet.network.accounts import stash
from simnet.scenario.network_spec import NetworkSpec

DATA = Path(__file__).parent / "data"
NAMES = ("alice", "bob", "charlie", "dave", "eve", "ferdie")
TOPOLOGY = NetworkSpec.model_validate({"relay": {"runtime": "westend", "validators": 6}}).topology()
STASHES = {name: stash(f"//{name.title()}").sr25519 for name in NAMES}
STRANGER = bytes(range(32))
CANDIDATE = b"\xca" * 32


def metadata(runtime: str) -> Metadata:
    return Metadata.parse(lzma.decompress((DATA / f"{runtime}.metadata.xz").read_bytes()))


class State:
    """A state that answers the one call that is made; it counts them."""

    def __init__(self, runtime: str) -> None:
        self.metadata = metadata(runtime)
        self.values: dict[str, str] = {}
        self.calls = 0

    def put(self, pallet: str, item: str, keys: Sequence[bytes], value: bytes) -> None:
        self.values["0x" + self.metadata.storage_key(pallet, item, *keys).hex()] = "0x" + value.hex()

    def call(self, method: str, params: Sequence[Any] = (), timeout: float = 0) -> Any:
        assert method == "state_queryStorageAt"
        self.calls += 1
        keys, at = params
        return [{"block": at, "changes": [[key, self.values.get(key)] for key in keys]}]

    def close(self) -> None: ...


def with_validators(*names: str) -> State:
    state = State("westend")
    state.put("Session", "Validators", (), vec(STASHES[name] for name in names))
    return state


def earn(state: State, account: bytes, points: int) -> None:
    state.put("StakingAhClient", "ValidatorPoints", (account,), u32(points))


# -- points ---------------------------------------------------------------------------------------------------------


def test_points_go_by_the_names_of_nodes() -> None:
    state = with_validators("alice", "bob", "charlie")
    earn(state, STASHES["bob"], 40)
    earn(state, STASHES["alice"], 20)
    reader = ValidatorReader(TOPOLOGY)
    assert reader.points(state, state.metadata, "0x01") == PointsRead(
        points={"alice": 20, "bob": 40, "charlie": 0}, disabled=[]
    )


def test_the_disabled_are_indices_of_the_session() -> None:
    state = with_validators("charlie", "alice", "bob")
    severity = u32(10**9)
    state.put("Session", "DisabledValidators", (), vec([u32(0) + severity, u32(2) + severity]))
    found = ValidatorReader(TOPOLOGY).points(state, state.metadata, "0x01")
    assert found is not None
    assert found.disabled == ["charlie", "bob"]


def test_a_reading_costs_one_call_while_the_set_stays() -> None:
    state = with_validators("alice", "bob")
    reader = ValidatorReader(TOPOLOGY)
    reader.points(state, state.metadata, "0x01")
    first = state.calls
    reader.points(state, state.metadata, "0x02")
    assert (first, state.calls) == (2, 3)


def test_who_leaves_the_set_keeps_his_points_and_who_comes_has_some() -> None:
    state = with_validators("alice", "bob")
    earn(state, STASHES["alice"], 20)
    reader = ValidatorReader(TOPOLOGY)
    reader.points(state, state.metadata, "0x01")
    state.put("Session", "Validators", (), vec([STASHES["bob"], STRANGER]))
    earn(state, STRANGER, 60)
    found = reader.points(state, state.metadata, "0x02")
    assert found is not None
    assert found.points == {"alice": 20, "bob": 0, "0x" + STRANGER.hex(): 60}


def test_a_runtime_that_counts_no_points_is_not_asked() -> None:
    state = State("rococo")
    assert ValidatorReader(TOPOLOGY).points(state, state.metadata, "0x01") is None
    assert state.calls == 0


# -- offenders ------------------------------------------------------------------------------------------------------


def offence(kind: bytes, slot: bytes) -> Event:
    fields = {"kind": "0x" + kind.hex(), "slot": "0x" + slot.hex()}
    return Event(phase="apply", extrinsic=2, pallet="Offences", name="Offence", fields=fields)


def report(state: State, kind: bytes, slot: bytes, *accounts: bytes) -> None:
    """Reports against these accounts, as pallet-offences keeps them."""
    exposure = compact(0) + compact(0) + vec([]) if "StakingAhClient" in state.metadata.pallets else b""
    ids = [blake2_256(kind + slot + account) for account in accounts]
    state.put("Offences", "ConcurrentReportsIndex", (kind, vec_bytes(slot)), vec(ids))
    for id_, account in zip(ids, accounts, strict=True):
        state.put("Offences", "Reports", (id_,), account + exposure + vec([]))


@pytest.mark.parametrize("runtime", ["rococo", "westend"])
@pytest.mark.parametrize(
    ("kind", "slot", "name"),
    [
        (b"babe:equivocatio", u64(294537625), "babe-equivocation"),
        (b"grandpa:equivoca", u64(2) + u64(23), "grandpa-equivocation"),
        (b"beefy:equivocati", u64(1) + u32(300) + b"\0", "beefy-equivocation"),
        (b"spamspamspamspam", bytes(16), "by-root"),
        (b"im-online:offlin", u32(7), "im-online:offlin"),
    ],
)
def test_reports_name_the_offender(runtime: str, kind: bytes, slot: bytes, name: str) -> None:
    state = State(runtime)
    report(state, kind, slot, STASHES["dave"])
    report(state, kind, slot + b"\1", STASHES["alice"])
    found = ValidatorReader(TOPOLOGY).offenders(state, state.metadata, "0x01", offence(kind, slot))
    assert found == {"dave": name}


def bits(names: Sequence[str], of: Sequence[str]) -> bytes:
    number = sum(1 << of.index(name) for name in names)
    return compact(len(of)) + number.to_bytes((len(of) + 7) // 8, "little")


def dispute(state: State, against: Sequence[str], backers: Sequence[str]) -> bytes:
    """A dispute of six validators in session 3, whose order there is not that of genesis; its offences' time slot."""
    order = NAMES[::-1]
    session = u32(3)
    rest = [name for name in order if name not in against]
    votes = bits(rest, order) + bits(against, order) + u32(40) + b"\0"
    state.put("ParasDisputes", "Disputes", (session, CANDIDATE), votes)
    backed = vec(u32(index) for index in sorted(order.index(name) for name in backers))
    state.put("ParasDisputes", "BackersOnDisputes", (session, CANDIDATE), backed)
    state.put("ParaSessionInfo", "AccountKeys", (session,), vec(STASHES[name] for name in order))
    return session + CANDIDATE


@pytest.mark.parametrize("runtime", ["rococo", "westend"])
@pytest.mark.parametrize(
    ("against", "losers", "ways"),
    [
        (NAMES[:5], ("ferdie",), {"ferdie": "for-invalid-backed"}),
        (NAMES[:5], ("ferdie", "eve"), {"ferdie": "for-invalid-backed", "eve": "for-invalid-approved"}),
        (NAMES[:1], ("alice",), {"alice": "against-valid"}),
        (NAMES[:4], ("alice",), {"alice": "against-valid"}),  # four of six are no supermajority
    ],
)
def test_how_a_dispute_was_lost(
    runtime: str, against: Sequence[str], losers: Sequence[str], ways: dict[str, str]
) -> None:
    state = State(runtime)
    slot = dispute(state, against, backers=("bob", "ferdie"))
    report(state, b"disputes:slashin", slot, *(STASHES[name] for name in losers))
    event = offence(b"disputes:slashin", slot)
    assert ValidatorReader(TOPOLOGY).offenders(state, state.metadata, "0x01", event) == ways


def test_a_dispute_whose_state_is_gone_is_lost_somehow() -> None:
    state = State("rococo")
    report(state, b"disputes:slashin", u32(3) + CANDIDATE, STASHES["bob"])
    event = offence(b"disputes:slashin", u32(3) + CANDIDATE)
    found = ValidatorReader(TOPOLOGY).offenders(state, state.metadata, "0x01", event)
    assert found == {"bob": "lost-dispute"}


def test_a_twin_is_no_validator_of_its_own() -> None:
    network = {"relay": {"validators": [{"name": "alice"}, {"name": "again", "twin_of": "alice"}]}}
    state = State("rococo")
    report(state, b"babe:equivocatio", u64(1), STASHES["alice"])
    reader = ValidatorReader(NetworkSpec.model_validate(network).topology())
    event = offence(b"babe:equivocatio", u64(1))
    assert reader.offenders(state, state.metadata, "0x01", event) == {"alice": "babe-equivocation"}
