"""What is under way of an asset, where a message ends under another id than its own."""

from __future__ import annotations

from typing import Any

import pytest

from simnet.checks.ledgers import AssetLedger, Flight, Step, oddities, selection
from simnet.checks.xcm_assets import Carried, Leg
from simnet.journal import Block, Record
from simnet.journal.records import RuntimeEvent


def _block(chain: str, height: int) -> Block:
    return Block(chain=chain, height=height, hash=f"0x{height:02}", parent="0x", t=float(height), observer="a")


def _event(name: str, chain: str, height: int, **fields: Any) -> Record[RuntimeEvent]:
    data = RuntimeEvent(pallet="Any", name=name, fields=fields, extrinsic=None)
    place = {"observer": "a", "incarnation": 0, "chain": chain, "height": height, "hash": f"0x{height:02}"}
    return Record(seq=height, t=float(height), data=data, **place)  # type: ignore[arg-type]


SENT = _event(
    "Sent",
    "relay",
    5,
    destination={"parents": 0, "interior": {"X1": [{"Parachain": 1000}]}},
    message=[],
    message_id="0xaa",
)
CARRIED = Carried("0xaa", "relay", "1000", 10, 0, SENT)


def _ledgers(*ends: Record[RuntimeEvent]) -> dict[str, AssetLedger]:
    relay = AssetLedger("relay", (Step(_block("relay", 5), -10, (SENT,)),), _block("relay", 4))
    hub = AssetLedger("1000", tuple(Step(_block("1000", 9), 0, (end,)) for end in ends), _block("1000", 4))
    return {"relay": relay, "1000": hub}


def _flight(messages: dict[Leg, Carried], *ends: Record[RuntimeEvent]) -> Flight:
    return Flight.of(_ledgers(*ends), messages, lambda carried: carried.moved)


def _refused(id_: str) -> Record[RuntimeEvent]:
    return _event("ProcessingFailed", "1000", 9, id=id_, origin="Parent", error="Unsupported")


def test_a_message_that_a_barrier_refused_is_not_under_way() -> None:
    """It ends under the hash of its bytes, by which a chain told it when it was sent."""
    messages: dict[Leg, Carried] = {CARRIED.leg: CARRIED, ("0xbb", "1000"): CARRIED}
    flight = _flight(messages, _refused("0xbb"))
    assert (flight.amount, flight.ended, flight.unknown) == (0, 1, "")
    (told,) = oddities(_ledgers(_refused("0xbb")), messages, lambda carried: carried.moved, str)
    assert "carried 10 from relay to 1000 and failed there" in told


def test_where_an_end_may_be_that_of_a_message_under_way_nothing_is_told() -> None:
    flight = _flight({CARRIED.leg: CARRIED}, _refused("0xcc"))
    assert "under an id that no sender told" in flight.unknown


def test_a_message_that_did_not_end_is_under_way() -> None:
    flight = _flight({CARRIED.leg: CARRIED})
    assert (flight.amount, flight.ended, flight.unknown) == (10, 0, "")


@pytest.mark.parametrize(
    ("causes", "change", "chosen"),
    [
        ([], 0, ()),
        ([("fee", -3), ("fee", -4)], 0, ()),
        ([("fee", -3), ("fee", -4)], -7, (0, 1)),
        ([("fee", -3), ("fee", -4)], -3, None),  # a chain burns all of one kind, or none
        ([("fee", -3), ("dust", -1)], -1, (1,)),
        ([("fee", -3)], -2, None),
    ],
)
def test_causes_explain_a_change_exactly_or_not_at_all(
    causes: list[tuple[str, int]], change: int, chosen: tuple[int, ...] | None
) -> None:
    assert selection(causes, change) == chosen
