"""People and Coretime of Westend: one without Sudo whose blocks come three a relay slot, one with both otherwise."""

from __future__ import annotations

import hashlib

import pytest

from simnet.journal import Evidence
from simnet.journal.records import BlockSeen, OurExtrinsic, RuntimeEvent
from simnet.network.accounts import keys
from simnet.rehearsal import Outcome
from tests.families.families import CORETIME, FOLDER, PEOPLE, RELAY, mistakes, run

NETWORK = {
    "relay": RELAY,
    "parachains": [{"id": 1004, "runtime": PEOPLE, "collators": 2}, {"id": 1005, "runtime": CORETIME}],
}
PAID = {"dest": "//Charlie", "value": 7 * 10**12}


@pytest.fixture(scope="module")
def outcome(tmp_path_factory: pytest.TempPathFactory) -> Outcome:
    steps = [
        {"submit": {"chain": 1004, "as": "//Bob", "call": "Balances.transfer_keep_alive", "args": PAID}},
        {"submit": {"chain": 1005, "call": "System.remark_with_event", "args": {"remark": "here"}}},
        *({"send": {"from": "relay", "to": para, "count": 2}} for para in (1004, 1005)),
        *({"send": {"from": 1005, "to": to}} for to in ("relay", 1004)),
        {"wait": {"state": "delivered", "within": "120s"}},
    ]
    expect = [{"parachain_included": {"para": para, "at_least": 3}} for para in (1004, 1005)]
    expect += [{"messages": {"at_least": 6}}, {"finality_advances": {}}]
    return run(tmp_path_factory.mktemp("system"), NETWORK, steps, expect)


def events(evidence: Evidence, chain: str, name: str) -> list[RuntimeEvent]:
    return [
        one.data
        for one in evidence.of(RuntimeEvent)
        if one.chain == chain and f"{one.data.pallet}.{one.data.name}" == name
    ]


def test_the_runtimes_are_those_whose_digests_are_recorded() -> None:
    listed = dict(line.split()[::-1] for line in (FOLDER / "SHA256SUMS").read_text().splitlines())
    assert listed == {one.name: hashlib.sha256(one.read_bytes()).hexdigest() for one in FOLDER.glob("*.wasm")}


def test_they_run_and_and_messages_end(outcome: Outcome) -> None:
    assert outcome.verdict.exit_code == 0, outcome.verdict


def test_signed_calls_are_dispatched_and_their_events_read(outcome: Outcome) -> None:
    ours = [one for one in outcome.evidence.of(OurExtrinsic) if one.chain in ("1004", "1005")]
    assert {one.chain for one in ours} == {"1004", "1005"}
    assert all(one.data.success for one in ours)
    charlie, bob = ("0x" + keys(uri).sr25519.hex() for uri in ("//Charlie", "//Bob"))
    paid = {"from": bob, "to": charlie, "amount": PAID["value"]}
    assert paid in [dict(one.fields) for one in events(outcome.evidence, "1004", "Balances.Transfer")]
    assert events(outcome.evidence, "1005", "System.Remarked")


def test_people_makes_several_blocks_in_a_candidate(outcome: Outcome) -> None:
    made = {
        para: {one.hash for one in outcome.evidence.of(BlockSeen) if one.chain == para} for para in ("1004", "1005")
    }
    assert len(made["1004"]) > 2 * len(made["1005"])


def test_what_takes_sudo_is_refused_before_the_launch() -> None:
    under = {"chain": 1004, "sudo": True, "call": "System.remark", "args": {"remark": "x"}}
    mail, call = mistakes(NETWORK, {"send": {"from": 1004, "to": "relay"}}, {"submit": under})
    assert (mail[0], call[0]) == (("steps", 0, "send"), ("steps", 1, "submit", "sudo"))
    assert "the runtime has no pallet 'Sudo' with calls" in mail[1]
    assert (
        call[1] == "the runtime of parachain 1004 has no Sudo pallet; its root is had through the relay chain, as: root"
    )
