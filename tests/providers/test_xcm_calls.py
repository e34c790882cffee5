"""Transfers, programs, dry runs and claims on a simulated network of Westend, its Asset Hub and two Penpals."""

from __future__ import annotations

import time
from collections.abc import Iterator
from typing import Any

import pytest

from simnet.checks.dry_runs import foreseen
from simnet.checks.notes import notes_of
from simnet.checks.verdict import judge
from simnet.errors import ExtrinsicError, InputError, MessageError
from simnet.journal import Evidence, Journal, MessageTrace
from simnet.journal.records import DryRunAsked, MessageAsked
from simnet.network.accounts import address
from simnet.network.locations import HERE, located
from simnet.providers.barrier import reach_barrier
from simnet.providers.base import Launch, Plan
from simnet.providers.simulated.simulated_network import SimulatedNetwork
from simnet.providers.simulated.simulated_provider import SimulatedProvider
from simnet.providers.xcm_calls import Manner
from simnet.report.glance import glance
from simnet.scenario import NetworkSpec
from tests.runs import started

CHECKING = address(b"modlpy/xcmch" + bytes(20))
TOKENS = {"UNIT": 12, "WND": 12}
SPEC: dict[str, Any] = {
    "relay": {"runtime": "westend", "validators": 3},
    "parachains": [
        {"id": 1000, "runtime": "asset-hub-westend", "genesis": {"balances": {"balances": [[CHECKING, 10**18]]}}},
        {"id": 2000, "tokens": TOKENS},
        {"id": 2001, "tokens": TOKENS},
    ],
    "channels": "all",
}
WND = located(1)
USDT = located(1, [{"Parachain": 1000}, {"PalletInstance": 50}, {"GeneralIndex": 1984}])
"""Of Asset Hub, which names it as below. Of the two Penpals, 2001 alone takes fees in it."""
TOKEN = {"pallet": "Assets", "id": 1984}
REMARK = {"System": {"remark": {"remark": "0x00"}}}


@pytest.fixture(scope="module")
def network(tmp_path_factory: pytest.TempPathFactory) -> Iterator[SimulatedNetwork]:
    folder = tmp_path_factory.mktemp("xcm")
    journal = Journal(time.monotonic)
    journal.begin(folder / "journal.jsonl", started(run="xcm", seed=7))
    plan = Plan(topology=NetworkSpec.model_validate(SPEC).topology(), seed=7)
    network = SimulatedProvider().launch(plan, Launch(run="xcm", run_dir=folder, journal=journal), deadline=60)
    reach_barrier(network, 400)
    minted = {"id": 1984, "beneficiary": "//Alice", "amount": 10**9}
    created = {"id": 1984, "owner": "//Alice", "is_sufficient": True, "min_balance": 1}
    network.submit("Assets.force_create", created, chain="1000", sudo=True)
    network.submit("Assets.mint", minted, chain="1000")
    for chain, asset in (("2000", WND), ("2001", WND), ("2001", USDT)):
        with_pool(network, chain, asset)
    network.wait(12)  # until every node has that in its best chain: whichever is asked by a dry run foresees it
    yield network
    network.close()


def with_pool(network: SimulatedNetwork, chain: str, asset: dict[str, Any]) -> None:
    """Has a chain take fees in an asset: its pool with the chain's own token, of which 100 are one of the asset."""
    pair = {"asset1": HERE, "asset2": asset}
    amounts = {"amount1_desired": 10**14, "amount2_desired": 10**12, "amount1_min": 1, "amount2_min": 1}
    network.submit(
        calls=[
            ("AssetConversion.create_pool", pair),
            ("Assets.mint", {"id": asset, "beneficiary": "//Alice", "amount": 10**15}),
            ("AssetConversion.add_liquidity", {**pair, **amounts, "mint_to": "//Alice"}),
        ],
        chain=chain,
    )


def ended(network: SimulatedNetwork, label: str) -> MessageTrace:
    """The message of a step, when it has ended on the finalized chains."""

    def found(evidence: Evidence) -> MessageTrace | None:
        traces = (one for one in evidence.messages() if one.label == label)
        return next((one for one in traces if one.terminals or one.refused is not None), None)

    return network.wait_until(found, within=200, what=label)


def asked(network: SimulatedNetwork, label: str) -> list[tuple[str | None, DryRunAsked]]:
    return [(one.chain, one.data) for one in network.evidence.of(DryRunAsked) if one.data.step == label]


def transact(kind: str = "Superuser") -> dict[str, Any]:
    return {"Transact": {"origin_kind": kind, "fallback_max_weight": None, "call": REMARK}}


def test_a_teleport_over_a_reserve_transfer_and_back(network: SimulatedNetwork) -> None:
    """And every chain on the way was asked before, and foresaw it."""
    network.transfer("relay", "1000", "10 WND", signer="//Bob", label="down")
    assert ended(network, "down").failure is None
    seen = glance(network.evidence)
    assert (seen.messages, seen.messages_ended) == (1, 1)
    network.transfer("1000", "2000", "5 WND", method="local_reserve", signer="//Bob", label="issued")
    assert ended(network, "issued").failure is None
    network.transfer("2000", "2001", "4 WND", asset=WND, method="1000", signer="//Bob", label="over")
    over = ended(network, "over")
    assert (over.failure, over.via, len(over.ids)) == (None, ("1000",), 1)
    network.transfer("2001", "1000", "3 WND", asset=WND, method="destination_reserve", signer="//Bob", label="redeemed")
    assert ended(network, "redeemed").failure is None
    network.transfer("1000", "relay", "2 WND", signer="//Bob", label="home")
    assert ended(network, "home").failure is None
    assert [chain for chain, _ in asked(network, "over")] == ["2000", "1000", "2001"]
    network.wait(30)  # until the last sender's block is final as well
    beside = [one for one in foreseen(network.evidence) if one.step in ("down", "issued", "over", "redeemed", "home")]
    assert len(beside) == 11
    assert {one.came for one in beside} == {"success"}
    assert [one.differs for one in beside if one.differs] == []
    assert asked(network, "down")[0][1].fees is not None
    assert asked(network, "down")[1][1].fees is not None


def test_what_a_chain_does_not_decide_is_said_with_the_remedy(network: SimulatedNetwork) -> None:
    with pytest.raises(ExtrinsicError, match=r"InvalidAssetUnknownReserve.*give the `method`, local_reserve where"):
        network.transfer("relay", "2000", "1 WND", label="undecided")
    assert (ended(network, "undecided").failure or "").startswith("was refused by the sender's chain: XcmPallet.Inval")
    ((_, told),) = asked(network, "undecided")
    assert told.outcome == "failure"


def test_an_instruction_that_fails_is_told_and_its_assets_are_claimed_by_root_of_their_origin(
    network: SimulatedNetwork,
) -> None:
    network.transfer("1000", "2000", 10**8, asset=TOKEN, label="unpaid")  # 2000 has no pool for it
    trace = ended(network, "unpaid")
    assert "failed with TooExpensive at instruction 2, BuyExecution" in (trace.failure or "")
    assert [one.data.trapped for one in network.evidence.of(DryRunAsked) if one.data.step == "unpaid"][-1]
    (trap,) = trace.terminals[0].trapped
    (note,) = [one for one in notes_of(network.evidence) if one.about == "trapped"]
    assert f"100000000 of 1000/PalletInstance(50)/GeneralIndex(1984) on 2000 under {trap.hash}" in note.text
    assert note.text.endswith("which 1000 may claim, left by unpaid")
    with pytest.raises(MessageError, match=r"its message failed with TooExpensive"):
        network.claim("2000", "unpaid", beneficiary="//Ferdie", label="too early")
    with_pool(network, "2000", USDT)
    assert [one.hash for one in network.evidence.trapped("2000")[0]] == [trap.hash]  # trapped anew, by the claim
    assert network.claim("2000", trap.hash, beneficiary="//Ferdie", label="claimed").hash == trap.hash
    assert network.evidence.trapped("2000")[0] == []
    assert ended(network, "claimed").failure is None
    with pytest.raises(ExtrinsicError, match=r"^no assets of 'unpaid' are trapped on 2000, nor any other"):
        network.claim("2000", "unpaid", beneficiary="//Ferdie")


@pytest.mark.parametrize("first", ["WND", "the token"])
def test_another_asset_goes_along_and_pays(network: SimulatedNetwork, first: str) -> None:
    """Whichever of the two stands first in the call, which wants them sorted. 2001 has pools for both."""
    label = f"{first} and the other"
    pair: list[tuple[Any, int | str]] = [("native", "1 WND"), (TOKEN, 10**8)]
    (asset, amount), fees = pair if first == "WND" else pair[::-1]
    network.transfer("1000", "2001", amount, asset=asset, fees=fees, method="local_reserve", label=label)
    assert ended(network, label).failure is None
    assert [one.differs for one in foreseen(network.evidence) if one.step == label] == [(), ()]


def test_what_an_account_left_it_claims_itself(network: SimulatedNetwork) -> None:
    program = [{"WithdrawAsset": [{"id": HERE, "fun": {"Fungible": "1 UNIT"}}]}]
    network.xcm("2000", program, signer="//Dave", label="left")
    end = ended(network, "left").terminals[0]
    assert (end.event, end.success, len(end.trapped)) == ("Executed", True, 1)
    with pytest.raises(ExtrinsicError, match=r"may claim it; //Bob is another account"):
        network.claim("2000", beneficiary="//Eve", signer="//Bob")
    assert network.claim("2000", beneficiary="//Eve").hash == end.trapped[0].hash


def test_a_program_that_fails_on_its_own_chain_is_told_by_its_instruction(network: SimulatedNetwork) -> None:
    with pytest.raises(ExtrinsicError, match=r"index 1, error Trap"):
        network.xcm("2000", ["ClearOrigin", {"Trap": 7}], label="trap")
    ((_, told),) = asked(network, "trap")
    assert (told.outcome, told.instruction) == ("failure", {"index": 1})


@pytest.mark.parametrize(("chain", "to"), [("relay", "2000"), ("2000", "2001"), ("2000", "relay")])
def test_a_barrier_that_refuses_is_named_with_what_it_saw(network: SimulatedNetwork, chain: str, to: str) -> None:
    label = f"{chain} to {to}"
    network.xcm(chain, [transact()], to=to, sudo=True, label=label)
    trace = ended(network, label)
    assert (trace.failure or "").startswith(f"was refused by the barrier of {to}, which saw Transact: ended in")
    assert asked(network, label)[-1][1].error == "Barrier"
    assert [one.differs for one in foreseen(network.evidence) if one.step == label] == [(), ()]


def test_a_call_in_a_program_is_written_in_words(network: SimulatedNetwork) -> None:
    unpaid = {"UnpaidExecution": {"weight_limit": "Unlimited", "check_origin": None}}
    network.xcm("relay", [unpaid, transact()], to={"parents": 0, "interior": {"X1": [{"Parachain": 2000}]}}, sudo=True,
                label="remark")  # fmt: skip
    assert ended(network, "remark").failure is None
    with pytest.raises(InputError, match=r"has no call 'remork'; did you mean 'remark'\?"):
        network.xcm("relay", [{"Transact": {"call": {"System": {"remork": {}}}}}], to="2000")


def test_programs_of_older_versions_are_written_in_their_terms(network: SimulatedNetwork) -> None:
    fee = {"id": {"Concrete": HERE}, "fun": {"Fungible": "1 UNIT"}}
    eve = {"parents": 0, "interior": {"X1": {"AccountId32": {"network": None, "id": "//Eve"}}}}
    deposit = {"DepositAsset": {"assets": {"Wild": "All"}, "beneficiary": eve}}
    network.xcm("2000", [{"WithdrawAsset": [fee]}, deposit], version=3, label="V3")
    assert ended(network, "V3").failure is None
    with pytest.raises(InputError, match=r"the runtime knows XCM 3, 4, 5, and not 2"):
        network.xcm("2000", ["ClearOrigin"], version=2)


def test_a_version_that_chains_agreed_on_is_written_and_told(network: SimulatedNetwork) -> None:
    network.transfer("1000", "2001", "5 WND", method="local_reserve", signer="//Bob", label="filled")
    assert ended(network, "filled").failure is None
    force = {"location": {"parents": 1, "interior": {"X1": [{"Parachain": 1000}]}}, "version": 4}
    network.submit("PolkadotXcm.force_xcm_version", force, chain="2001", sudo=True)
    network.wait(12)  # until whichever node is asked has it
    network.transfer("2001", "1000", "0.5 WND", asset=WND, method="destination_reserve", signer="//Bob", label="lower")
    record = next(one for one in network.evidence.of(MessageAsked) if one.data.label == "lower")
    assert (record.data.version, record.data.highest) == (4, 5)
    assert ended(network, "lower").failure is None
    (note,) = [one for one in notes_of(network.evidence) if one.about == "XCM version"]
    assert note.text.startswith("lower 2001>1000 is written in XCM 4, though both chains know 5")


def test_a_dry_run_does_nothing(network: SimulatedNetwork) -> None:
    before = network.evidence.of(MessageAsked)[:]
    paid = {"dest": "//Bob", "value": "1 UNIT"}
    assert network.dry_run("Balances.transfer_keep_alive", paid, chain="2000", label="dry").outcome == "success"
    told = network.dry_run("Balances.transfer_keep_alive", {**paid, "value": 2**100}, chain="2000", expect="failure")
    assert (told.error, told.extrinsic) == ("Arithmetic.Underflow", None)
    with pytest.raises(ExtrinsicError, match=r"would fail: Arithmetic.Underflow; it was to succeed"):
        network.dry_run("Balances.transfer_keep_alive", {**paid, "value": 2**100}, chain="2000", expect="success")
    assert network.dry_run("System.set_heap_pages", {"pages": 9}, chain="2000", signer="root").outcome == "success"
    assert network.dry_run("System.set_heap_pages", {"pages": 9}, chain="2000").error == "BadOrigin"
    assert network.evidence.of(MessageAsked) == before


def test_a_submitted_call_is_asked_about_before_where_that_is_wanted(network: SimulatedNetwork) -> None:
    network.submit("System.remark", {"remark": "0x01"}, chain="2000", dry_run=True, label="remarked")
    ((chain, told),) = asked(network, "remarked")
    assert (chain, told.outcome, told.call) == ("2000", "success", "System.remark")
    found = network.wait_until(
        lambda evidence: [one for one in foreseen(evidence) if one.step == "remarked" and one.came],
        within=90,
        what="what came",
    )
    assert [(one.came, one.differs) for one in found] == [("success", ())]


def test_what_changed_between_the_dry_run_and_the_call_is_told(network: SimulatedNetwork) -> None:
    """Two transfers of all that an account has are signed before either is in a block, and each alone would succeed."""
    network.submit("Balances.transfer_keep_alive", {"dest": "//Zoe", "value": "10 UNIT"}, chain="2000")
    network.wait(12)
    call = ("Balances.transfer_allow_death", {"dest": "//Bob", "value": "6 UNIT"})
    handed = [
        network.messenger.hand_in_composed(
            [call],
            lambda calls: calls.compose(*call),
            chain="2000",
            uri="//Zoe",
            before=network.xcm_calls.asking([call], Manner(label=label)),
        )
        for label in ("first", "second")
    ]
    for one in handed:
        network.wait_until(one.included, within=60, what="both")
    network.wait(40)
    told = {one.step: one for one in foreseen(network.evidence) if one.step in ("first", "second")}
    assert told["first"].differs == ()
    assert told["second"].differs == ("the chain said success, and the call ended in failure: Token.FundsUnavailable",)
    noted = [str(one) for one in notes_of(network.evidence) if one.about == "dry run"]
    assert len(noted) == 1
    assert noted[0].startswith("dry run: second: Balances.transfer_allow_death on 2000: the chain said success")


def test_the_invariants_hold_over_all_of_that(network: SimulatedNetwork) -> None:
    network.settle()
    found = {one.check: one for one in judge(network.evidence, []).findings}
    for name in ("messages end once at most", "no message lost", "queues agree"):
        assert found[name].status.value == "held", found[name]
