"""Of an asset that crosses chains nothing is made and nothing is lost: a teleport down and up, judged whole and in
parts, and what must be seen: one unit that is minted, a message that fails and takes all with it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from simnet.checks import Conserved, Finding, Status
from simnet.checks.conserved import CHECKING
from simnet.checks.invariants import messages_end_once
from simnet.errors import InputError
from simnet.journal import Ask, Evidence, Record
from simnet.journal.records import ContentsRead, FinalizedHead, ValueRead
from simnet.network.accounts import address
from simnet.providers.simulated.simulated_provider import SimulatedProvider
from simnet.rehearsal import Options, rehearse
from simnet.scenario import Scenario, Step
from simnet.scenario.loader import load_scenario
from tests.checks.journals import evidence as told

_BOTH = {"relay": "native", "1000": "native"}
_FUNDED = {"balances": {"balances": [[address(bytes.fromhex(CHECKING[2:])), 10**18]]}}
_WHOLE = Conserved(asset="relay", on=_BOTH)

Run = Callable[..., Evidence]


def _transfer(chain: str, pallet: str, to: Mapping[str, Any], amount: str, *, parents: int) -> dict[str, Any]:
    to_bob = {"parents": 0, "interior": {"X1": [{"AccountId32": {"network": None, "id": _BOB}}]}}
    assets = [{"id": {"parents": parents, "interior": "Here"}, "fun": {"Fungible": amount}}]
    args = {"dest": {"V4": to}, "beneficiary": {"V4": to_bob}, "assets": {"V4": assets}, "fee_asset_item": 0}
    return {
        "submit": {
            "chain": chain,
            "call": f"{pallet}.transfer_assets",
            "args": {**args, "weight_limit": "Unlimited"},
        }
    }


_BOB = "0x8eaf04151687736326c9fea17e25fc5287613693c912909cb226aa4794f26a48"
_DOWN = _transfer("relay", "XcmPallet", {"parents": 0, "interior": {"X1": [{"Parachain": 1000}]}}, "10 WND", parents=0)
_UP = _transfer("1000", "PolkadotXcm", {"parents": 1, "interior": "Here"}, "2 WND", parents=1)


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> Run:
    def made(steps: list[Any], *checks: Conserved, genesis: Mapping[str, Any] = _FUNDED) -> Evidence:
        hub = {"id": 1000, "runtime": "asset-hub-westend", "genesis": genesis}
        scenario = Scenario(
            name="conserved",
            network={"relay": {"runtime": "westend", "validators": 4}, "parachains": [hub]},
            steps=steps,
            expect=checks or (_WHOLE,),
        )
        folder: Path = tmp_path_factory.mktemp("conserved")
        return rehearse(scenario, SimulatedProvider(), Options(out=folder)).evidence

    return made


@pytest.fixture(scope="module")
def there_and_back(run: Run) -> Evidence:
    steps = [{**_DOWN, "label": "down"}, {"wait": {"for": "40s"}}, {**_UP, "label": "up"}]
    return run([*steps, {"label": "later", "wait": {"for": "60s"}}])


def _seen(check: Conserved, evidence: Evidence) -> Finding:
    return check.judge(evidence)


def test_a_teleport_down_and_up_conserves_the_token(there_and_back: Evidence) -> None:
    finding = _seen(_WHOLE, there_and_back)
    assert finding.status is Status.HELD
    assert "2 message(s) that carried it ended" in finding.seen


def test_what_is_under_way_at_an_end_counts(there_and_back: Evidence) -> None:
    down = _seen(Conserved(asset="relay", on=_BOTH, during="down"), there_and_back)
    assert (down.status, down.figures["circulating"], down.figures["under_way"]) == (Status.HELD, -(10**13), 10**13)
    later = _seen(Conserved(asset="relay", on=_BOTH, during="later"), there_and_back)
    assert (later.status, later.figures["circulating"], later.figures["under_way"]) == (
        Status.HELD,
        2 * 10**12,
        -2 * 10**12,
    )


def test_who_leaves_a_chain_out_misses_what_went_there(there_and_back: Evidence) -> None:
    """With an asset of the hub's in its place nothing tells of the ten that left the relay chain."""
    other = {"relay": "native", "1000": {"Assets": 5}}
    assert _seen(Conserved(asset="relay", on=other), there_and_back).status is Status.INCONCLUSIVE


@pytest.mark.parametrize("sign", [1, -1])
def test_one_unit_that_is_made_or_destroyed_is_seen_and_where(run: Run, sign: int) -> None:
    mint = {"call": "Balances.force_set_balance", "sudo": True}
    steps = [
        _DOWN,
        {"wait": {"for": "60s"}},
        {"submit": {**mint, "args": {"who": "//Dave//stash", "new_free": 10**18 + sign}}},
        {"wait": {"for": "30s"}},
    ]
    finding = _seen(_WHOLE, run(steps))
    assert (finding.status, finding.figures["gained"]) == (Status.FAILED, sign)
    assert f"changed by {'' if sign > 0 else '-'}0.000000000001 WND" in finding.seen
    assert "Balances.BalanceSet" in finding.seen


def test_a_unit_that_is_made_where_another_is_destroyed_is_seen(run: Run) -> None:
    """The sum is right, and neither of both changes has a reason."""
    mint = {"call": "Balances.force_set_balance", "sudo": True}
    steps = [
        {"submit": {**mint, "args": {"who": "//Dave//stash", "new_free": 10**18 + 1}}},
        {"submit": {**mint, "args": {"who": "//Charlie//stash", "new_free": 10**18 - 1}}},
        {"wait": {"for": "30s"}},
    ]
    finding = _seen(_WHOLE, run(steps))
    assert (finding.status, finding.figures["gained"]) == (Status.FAILED, 0)


def test_a_message_that_fails_and_traps_nothing_takes_all_with_it(run: Run) -> None:
    """The hub's checking account has nothing to give out, as on a network that nobody funded it on."""
    finding = _seen(_WHOLE, run([_DOWN, {"wait": {"for": "60s"}}], genesis={}))
    assert finding.status is Status.FAILED
    assert "10 WND is gone" in finding.seen
    assert "carried 10 WND from relay to 1000 and failed there" in finding.seen


def test_a_run_in_which_nothing_moved_proves_nothing(run: Run) -> None:
    finding = _seen(_WHOLE, run([{"wait": {"for": "30s"}}]))
    assert finding.status is Status.INCONCLUSIVE
    assert "nothing of it moved" in finding.seen


def test_what_was_not_asked_for_is_open(run: Run) -> None:
    evidence = run([{"wait": {"for": "10s"}}], Conserved(asset="relay", on={"relay": "native", "1000": {"Assets": 5}}))
    finding = _seen(_WHOLE, evidence)
    assert finding.status is Status.INCONCLUSIVE
    assert "was not asked for before the run" in finding.seen


def test_one_unit_of_a_copy_that_is_made_on_the_way_over_several_hops_is_seen(tmp_path: Path) -> None:
    """The library's transfers over four chains, with a unit of the parachain's copy minted between two of them."""
    scenario = load_scenario(Path("scenarios/assets/relay-to-asset-hub-to-parachain-and-back.yaml"))
    wnd = {"parents": 1, "interior": "Here"}
    mint = {"chain": 2001, "call": "Assets.mint", "args": {"id": wnd, "beneficiary": "//Charlie", "amount": 1}}
    steps = list(scenario.steps)
    at = next(index for index, step in enumerate(steps) if step.label == "redeemed")
    planted = scenario.model_copy(update={"steps": (*steps[:at], Step(submit=mint), *steps[at:])})
    outcome = rehearse(planted, SimulatedProvider(), Options(out=tmp_path))
    (finding,) = [one for one in outcome.verdict.findings if one.check.startswith("conserved")]
    assert (finding.status, finding.figures["gained"]) == (Status.FAILED, 1)
    assert "changed by 0.000000000001 WND in blocks that messages connect (2001 " in finding.seen
    assert "Assets.Issued" in finding.seen


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        ({"asset": "somewhere", "on": _BOTH}, "a parachain's id"),
        ({"asset": "relay", "on": {"relay": "native"}}, "two at least"),
        ({"asset": "relay", "on": {"relay": "native", "1000": "mine"}}, "`native` or"),
        ({"asset": "2000", "on": {"relay": {"Assets": 1}, "1000": {"Assets": 1}}}, "lacks the chain"),
        ({"asset": "relay", "on": _BOTH, "backed_on": {"1000": ["2000"]}}, "not in `on`"),
    ],
)
def test_contradictions_are_refused(wrong: dict[str, Any], said: str) -> None:
    with pytest.raises(InputError, match=said):
        Conserved(**wrong)


# -- blocks that are not final ---------------------------------------------------------------------------------------

_FORKS = Conserved(asset="relay", on=_BOTH, forks=True)


def _with(evidence: Evidence, chain: str, hash_: str, more: int | None) -> Evidence:
    """The journal with so much more issued at one block; with None nothing is told of that block's state."""
    ask = Ask.of(chain, "storage", "Balances.TotalIssuance")
    was = evidence.value(ask, hash_)
    assert was is not None
    records: list[Record] = []
    for record in evidence.records:
        here = record.hash == hash_
        if here and isinstance(record.data, ContentsRead) and more is not None:
            height = next(block.height for block in evidence.blocks[chain].values() if block.hash == hash_)
            value = replace(was.data, value=was.data.value + more)
            records.append(replace(record, height=height, data=value))
        if here and isinstance(record.data, ValueRead) and record.data.name == ask.name:
            continue
        if here and isinstance(record.data, ContentsRead) and more is None:
            continue
        records.append(record)
    return told(records)


def _lost_block(evidence: Evidence) -> str:
    """A relay block of a fork that lost, after t0."""
    final = {block.hash for block in evidence.canonical("relay")}
    tip = evidence.tip("relay")
    assert tip is not None
    assert evidence.t0 is not None
    lost = [
        block
        for block in evidence.blocks["relay"].values()
        if block.hash not in final and block.height < tip.height and block.t > evidence.t0
    ]
    return lost[0].hash


def test_a_unit_that_is_made_on_a_fork_that_lost_counts_where_every_fork_is_asked_for(there_and_back: Evidence) -> None:
    assert _seen(_FORKS, there_and_back).status is Status.HELD
    minted = _with(there_and_back, "relay", _lost_block(there_and_back), 1)
    assert _seen(_WHOLE, minted).status is Status.HELD
    finding = _seen(_FORKS, minted)
    assert (finding.status, finding.certain, finding.figures["gained"]) == (Status.FAILED, True, 0)
    assert "what circulates on relay changed by 0.000000000001 WND in block" in finding.seen


def test_a_fork_whose_state_was_not_read_leaves_every_fork_open(there_and_back: Evidence) -> None:
    dark = _with(there_and_back, "relay", _lost_block(there_and_back), None)
    assert _seen(_WHOLE, dark).status is Status.HELD
    assert _seen(_FORKS, dark).status is Status.INCONCLUSIVE


def _arrival(evidence: Evidence) -> tuple[str, int]:
    """The block of the hub in which the message from the relay chain ended."""
    end = next(
        one
        for one in evidence.all_events("MessageQueue", "Processed")
        if one.chain == "1000" and any(block.hash == one.hash for block in evidence.canonical("1000"))
    )
    return str(end.hash), int(end.height or 0)


def _final_below(evidence: Evidence, height: int) -> Evidence:
    """The journal as if the hub had finalized nothing from that height on."""
    nodes = evidence.nodes("1000")
    return told(
        one
        for one in evidence.records
        if not (isinstance(one.data, FinalizedHead) and one.observer in nodes and (one.height or 0) >= height)
    )


@pytest.mark.parametrize(
    ("more", "status", "said"),
    [
        (0, Status.HELD, ""),
        (1, Status.INCONCLUSIVE, "which is not final and would turn it"),
        (-1, Status.INCONCLUSIVE, "which is not final and would turn it"),
        (None, Status.INCONCLUSIVE, "read"),
    ],
)
def test_a_message_that_ends_in_a_block_that_is_not_final_explains_its_change_and_no_more(
    there_and_back: Evidence, more: int | None, status: Status, said: str
) -> None:
    hash_, height = _arrival(there_and_back)
    finding = _seen(_WHOLE, _with(_final_below(there_and_back, height), "1000", hash_, more))
    assert (finding.status, said in finding.seen) == (status, True), finding.seen


@pytest.mark.parametrize(
    ("name", "seed"), [("relay-to-asset-hub-to-parachain-and-back", 20), ("two-decimals", 9), ("two-decimals", 21)]
)
def test_the_librarys_transfers_hold_where_blocks_of_their_setup_lose(name: str, seed: int, tmp_path: Path) -> None:
    """Seen with these seeds: a block that lost had a pool made, and the next one made it again after the step's end."""
    scenario = load_scenario(Path(f"scenarios/assets/{name}.yaml")).model_copy(update={"seed": seed})
    outcome = rehearse(scenario, SimulatedProvider(), Options(out=tmp_path))
    assert outcome.verdict.status is Status.HELD, [one.seen for one in outcome.verdict.findings]


def test_a_message_over_several_hops_that_ends_twice_is_seen(tmp_path: Path) -> None:
    """It was sent on each of its hops under one id, and to its last chain once."""
    scenario = load_scenario(Path("scenarios/assets/relay-to-asset-hub-to-parachain-and-back.yaml"))
    evidence = rehearse(scenario, SimulatedProvider(), Options(out=tmp_path)).evidence
    (trace,) = (one for one in evidence.messages() if one.label == "over the reserve")
    (terminal,) = trace.terminals
    end = next(record for record in evidence.records if record.seq == terminal.seq)
    later = next(block for block in evidence.canonical("2001") if block.height > terminal.height)
    records: list[Record] = []
    for record in evidence.records:
        if isinstance(record.data, ContentsRead) and record.hash == later.hash:
            records.append(replace(end, t=record.t, height=later.height, hash=later.hash))
        records.append(record)
    assert messages_end_once(evidence).status is Status.HELD
    twice = messages_end_once(told(replace(record, seq=seq) for seq, record in enumerate(records)))
    assert (twice.status, "over the reserve" in twice.seen) == (Status.FAILED, True)
