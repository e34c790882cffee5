"""Which blocks are judged by themselves, and which together with those that messages connect them with."""

from __future__ import annotations

from typing import Any

from simnet.checks.block_sums import BlockSums, Reasons, Took
from simnet.checks.ledgers import AssetLedger, Step
from simnet.checks.xcm_assets import Carried, Leg
from simnet.journal import Block, Record
from simnet.journal.records import RuntimeEvent


def _block(chain: str, height: int) -> Block:
    return Block(chain=chain, height=height, hash=f"{chain}-{height}", parent="0x", t=float(height), observer="a")


def _event(name: str, block: Block, **fields: Any) -> Record[RuntimeEvent]:
    data = RuntimeEvent(pallet="Any", name=name, fields=fields, extrinsic=None)
    place = {"observer": "a", "incarnation": 0, "chain": block.chain, "height": block.height, "hash": block.hash}
    return Record(seq=block.height, t=block.t, data=data, **place)  # type: ignore[arg-type]


def _sent(block: Block, to: int, id_: str) -> Record[RuntimeEvent]:
    destination = {"parents": 0 if block.chain == "relay" else 1, "interior": {"X1": [{"Parachain": to}]}}
    return _event("Sent", block, destination=destination, message=[{"ClearOrigin": None}], message_id=id_)


def _ended(block: Block, id_: str) -> Record[RuntimeEvent]:
    return _event("Processed", block, id=id_, origin="Parent", success=True)


def _burnt(step: Step) -> list[tuple[str, int]]:
    fees = (event.data.fields.get("actual_fee") for event in step.events)
    return [("fee", -fee) for fee in fees if fee is not None]


class Told:
    """Blocks by hand: what left with which amount, what ended, by how much each changed."""

    def __init__(self) -> None:
        self.steps: dict[str, list[Step]] = {}
        self.messages: dict[Leg, Carried] = {}

    def block(self, chain: str, height: int, change: int, *, sent: Any = (), ended: Any = (), burnt: int = 0) -> Step:
        """``sent``: recipient, id and the amount that its program names, None where nothing tells."""
        block = _block(chain, height)
        events = []
        for to, id_, moved in sent:
            record = _sent(block, to, id_)
            carried = Carried(id_, chain, str(to), moved, None if moved is None else 0, record)
            self.messages[carried.leg] = carried
            events.append(record)
        events += [_ended(block, id_) for id_ in ended]
        if burnt:
            events.append(_event("TransactionFeePaid", block, actual_fee=burnt))
        step = Step(block, change, tuple(events))
        self.steps.setdefault(chain, []).append(step)
        return step

    def sums(self) -> BlockSums:
        by_hash = {step.block.hash: step for steps in self.steps.values() for step in steps}
        return BlockSums(self.messages, lambda one: by_hash.get(one.record.hash or ""), _burnt)

    def reasons(self) -> Reasons:
        ledgers = {chain: AssetLedger(chain, tuple(steps), _block(chain, 0)) for chain, steps in self.steps.items()}
        return self.sums().together(ledgers, str)

    def together(self) -> list[str]:
        found = self.reasons()
        assert found.doubtful == []
        return found.wrong


def test_what_a_block_alone_shows_is_sure() -> None:
    told = Told()
    told.block("relay", 1, -10, sent=[(1000, "a", 10)])
    arrives = told.block("1000", 2, 10, ended=["a"])
    sums = told.sums()
    assert sums.took(told.messages["a", "1000"]) == Took(10, sure=True)
    assert sums.due(arrives) == 10
    assert sums.unexplained(arrives, str) is None
    assert told.together() == []


def test_one_of_two_equal_amounts_is_not_sure_and_both_are_judged_together() -> None:
    told = Told()
    told.block("relay", 1, -4, sent=[(1000, "a", 4), (2000, "b", 4)])
    one, other = told.block("1000", 2, 0, ended=["a"]), told.block("2000", 3, 4, ended=["b"])
    sums = told.sums()
    assert not sums.took(told.messages["a", "1000"]).sure
    assert [sums.unexplained(step, str) for step in (one, other)] == [None, None]
    assert told.together() == []
    told.steps["2000"][0] = Step(other.block, 5, other.events)
    (why,) = told.together()
    assert "what circulates changed by 1 in blocks that messages connect" in why


def test_what_a_message_carries_whose_program_nobody_told_cancels_out() -> None:
    told = Told()
    told.block("relay", 1, -7, sent=[(1000, "a", None)], burnt=2)
    told.block("1000", 2, 5, ended=["a"])
    assert told.together() == [], "five went over and two were burnt"
    told.steps["1000"][0] = Step(told.steps["1000"][0].block, 4, told.steps["1000"][0].events)
    (why,) = told.together()
    assert "changed by -3 in blocks that messages connect (relay 1, 1000 2)" in why


def test_two_connected_blocks_do_not_make_up_for_two_others() -> None:
    told = Told()
    told.block("relay", 1, -5, sent=[(1000, "a", None)])
    told.block("1000", 2, 0, ended=["a"])
    told.block("relay", 3, 5, sent=[(1000, "b", None)])
    told.block("1000", 4, 0, ended=["b"])
    assert len(told.together()) == 2


def test_a_message_that_went_elsewhere_and_tells_nothing_leaves_a_change_open() -> None:
    told = Told()
    told.block("relay", 1, 0, sent=[(1000, "a", None)])
    assert told.together() == [], "where nothing changed it carried nothing"
    told.steps["relay"][0] = Step(told.steps["relay"][0].block, -5, told.steps["relay"][0].events)
    found = told.reasons()
    assert (found.wrong, len(found.doubtful)) == ([], 1)
    assert "nothing tells what the message a to 1000 carries" in found.doubtful[0]


def test_one_that_came_from_before_counts_by_what_it_says() -> None:
    told = Told()
    told.block("1000", 2, 5, ended=["a"])
    record = _sent(_block("relay", 1), 1000, "a")
    told.messages["a", "1000"] = Carried("a", "relay", "1000", 5, 0, record)
    assert told.together() == []
    told.steps["1000"][0] = Step(told.steps["1000"][0].block, 6, told.steps["1000"][0].events)
    assert len(told.together()) == 1


def test_a_chain_of_thousands_of_messages_each_from_where_another_ended_is_followed() -> None:
    told = Told()
    told.block("relay", 1, -5, sent=[(1000, "0", 5)])
    chains = ("1000", "2000")
    for height in range(2, 2000):
        here, there = chains[height % 2], chains[(height + 1) % 2]
        told.block(here, height, 0, ended=[str(height - 2)], sent=[(int(there), str(height - 1), 5)])
    assert told.together() == []
    assert told.sums().took(told.messages["1998", "1000"]).sure


def test_money_of_a_chains_own_beside_what_backs_its_copies_leaves_it_open() -> None:
    told = Told()
    told.block("2000", 1, -4, sent=[(1001, "x", 4), (1002, "y", 4), (1000, "a", 0)])
    paid = told.block("1000", 2, 3, ended=["a"], sent=[(2000, "b", None)])
    told.block("2000", 3, 0, ended=["b"])
    carried = told.messages["a", "1000"]
    told.messages["a", "1000"] = Carried("a", "2000", "1000", 0, 3, carried.record)
    told.steps["1000"][0] = Step(paid.block, 3, paid.events, backing=-3)
    found = told.reasons()
    assert "money of their own" in " ".join(found.doubtful)
    assert found.wrong == []


def test_over_a_hop_that_tells_nothing_its_block_and_the_next_are_judged_together() -> None:
    told = Told()
    told.block("2000", 1, -4, sent=[(1000, "a", 4)])
    told.block("1000", 2, 0, ended=["a"], sent=[(2001, "b", None)])
    last = told.block("2001", 3, 4, ended=["b"])
    assert told.together() == []
    told.steps["2001"][0] = Step(last.block, 5, last.events)
    (why,) = told.together()
    assert "changed by 1 in blocks that messages connect (1000 2, 2001 3)" in why
