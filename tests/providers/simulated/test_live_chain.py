"""A user's own chain in Python: queries, APIs, events, calls and waiting on a running network.

All tests share one network and go on from where the last one left it; those that call take accounts of their own.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from simnet.chain.metadata import NotInRuntimeError
from simnet.errors import DeadlineError, ExtrinsicError, InputError, RpcError, UnknownFieldError
from simnet.faults import Stop
from simnet.journal import Journal, Struct, read_evidence
from simnet.journal.records import OurExtrinsic
from simnet.network.accounts import keys
from simnet.providers import Launch, LiveChain, Network, Plan
from simnet.providers.simulated.simulated_network import SimulatedNetwork
from simnet.scenario import NetworkSpec
from simnet.testing import ToyProvider
from tests.providers.simulated.networks import launch, with_parachain

UNIT = 10**12


@pytest.fixture(scope="module")
def network(tmp_path_factory: pytest.TempPathFactory) -> Iterator[SimulatedNetwork]:
    with launch(with_parachain(), tmp_path_factory.mktemp("run")) as network:
        network.chain("2000").wait_for(lambda chain: chain.at().height >= 2, within=180)
        yield network


@pytest.fixture
def para(network: SimulatedNetwork) -> LiveChain:
    return network.chain("2000")


@pytest.fixture
def relay(network: SimulatedNetwork) -> LiveChain:
    return network.chain("relay")


def pay(chain: LiveChain, to: str, amount: int = UNIT, **how: Any) -> Any:
    return chain.call("Balances.transfer_keep_alive", {"dest": to, "value": amount}, **how)


class TestStorage:
    def test_a_value_is_decoded_and_its_structs_have_attributes(self, para: LiveChain) -> None:
        account = para.query("System.Account", "//Charlie")
        assert isinstance(account, Struct)
        assert account.data.free == account["data"]["free"] > 0

    def test_nothing_stored_is_the_default_or_none(self, para: LiveChain) -> None:
        assert para.query("System.Account", "//Nobody").data.free == 0
        assert para.query("Assets.Asset", {"parents": 2, "interior": "Here"}) is None

    def test_every_entry_of_a_map_has_its_key_and_value(self, para: LiveChain) -> None:
        at = para.at()
        entries = {entry.key: entry.value for entry in at.entries("System.Account")}
        alice = "0x" + keys("//Alice").sr25519.hex()
        assert entries[alice] == at.query("System.Account", alice)
        assert len(entries) > 5

    def test_entries_of_a_double_map_are_those_that_begin_with_the_first_key(self, relay: LiveChain) -> None:
        items = relay.entries("Session.KeyOwner")
        assert {entry.key[0] for entry in items} >= {"0x62616265", "0x6772616e"}
        kept = relay.entries("XcmPallet.SupportedVersion")
        one = relay.entries("XcmPallet.SupportedVersion", 5)
        assert [entry.keys for entry in one] == [entry.keys for entry in kept if entry.keys[0] == 5]

    def test_a_state_stays_the_one_of_its_block(self, para: LiveChain) -> None:
        before = para.at()
        paid = pay(para, "//Dave//1", as_="//Dave")
        assert before.query("System.Account", "//Dave//1").data.free == 0
        assert para.query("System.Account", "//Dave//1").data.free == UNIT
        assert para.query("System.Account", "//Dave//1", at=before.height).data.free == 0
        assert para.query("System.Account", "//Dave//1", at=paid.block.hash).data.free == UNIT

    def test_the_best_block_is_beyond_the_final_one(self, para: LiveChain) -> None:
        assert para.query("System.Number", at="best") == para.at("best").height > para.at("final").height
        assert para.query("System.Number") == para.at().height

    def test_a_constant(self, para: LiveChain, relay: LiveChain) -> None:
        assert para.constant("Balances.ExistentialDeposit") > 0
        assert relay.constant("System.BlockWeights").max_block.ref_time > 0

    @pytest.mark.parametrize("at", ["finl", 10**6, -1, True, "0x00", 1.5])
    def test_what_names_no_block_is_told(self, para: LiveChain, at: Any) -> None:
        with pytest.raises(InputError, match=r"names no block|has no finalized block"):
            para.query("System.Number", at=at)

    def test_a_block_that_nobody_has_is_told(self, para: LiveChain) -> None:
        with pytest.raises(RpcError, match="collator-2000 has no such block"):
            para.query("System.Number", at="0x" + "00" * 32)

    @pytest.mark.parametrize(
        ("ask", "told"),
        [
            (lambda chain: chain.query("Sistem.Account", "//Bob"), r"no pallet Sistem; did you mean 'System'\?"),
            (lambda chain: chain.query("System.Acount", "//Bob"), r"no storage item System\.Acount; did you mean"),
            (lambda chain: chain.entries("System.Acount"), r"did you mean 'Account'\?"),
            (lambda chain: chain.constant("Balances.Existential"), r"did you mean 'ExistentialDeposit'\?"),
            (lambda chain: chain.api("AuraApi.slot_durtion"), r"no function 'slot_durtion'; did you mean 'slot_dur"),
            (lambda chain: chain.api("AuroApi", "slot_duration"), r"no API 'AuroApi'; did you mean 'AuraApi'\?"),
            (lambda chain: chain.events("Balances.Transfr"), r"no event 'Transfr'; did you mean 'Transfer'\?"),
            (lambda chain: chain.events("Balaces.Transfer"), r"no pallet 'Balaces' with events; did you mean"),
        ],
    )
    def test_a_name_that_the_runtime_does_not_have_is_told(self, para: LiveChain, ask: Any, told: str) -> None:
        with pytest.raises(NotInRuntimeError, match=told):
            ask(para)

    @pytest.mark.parametrize(
        ("ask", "told"),
        [
            (lambda chain: chain.query("System.Account"), "takes 1 key"),
            (lambda chain: chain.query("System.Account", "bobb"), "key 1 of System.Account.*did you mean .bob."),
            (lambda chain: chain.query("System.Account", "//Bob").data.fre, "did you mean 'free'"),
            (lambda chain: chain.entries("System.Number"), "is no map"),
            (lambda chain: chain.api("AuraApi.slot_duration", 1), "takes 0 arguments"),
            (lambda chain: chain.call("Balances.transfer_keep_aliv"), "did you mean 'transfer_keep_alive'"),
            (lambda chain: chain.call("Balances.transfer_keep_alive", {"dst": 1}), "no argument 'dst'; did you mean"),
            (
                lambda chain: chain.events("Balances.Transfer", where={"form": 1}),
                "no field 'form'; did you mean 'from'",
            ),
            (lambda chain: chain.events("Balances.Transfer", where={"amount": "x"}), "Transfer > amount"),
        ],
    )
    def test_keys_arguments_and_fields_that_do_not_fit_are_told(self, para: LiveChain, ask: Any, told: str) -> None:
        with pytest.raises(InputError, match=told):
            ask(para)

    def test_an_unknown_chain_is_told(self, network: SimulatedNetwork) -> None:
        with pytest.raises(InputError, match="no chain has the id '200'"):
            network.chain("200")


class TestApis:
    def test_an_answer_is_decoded(self, relay: LiveChain) -> None:
        validators = relay.api("ParachainHost", "validators")
        assert "0x" + keys("//Alice").sr25519.hex() in validators
        assert relay.api("Core.version").spec_name == "rococo"

    def test_an_answer_is_that_of_the_block(self, relay: LiveChain) -> None:
        assert relay.api("ParachainHost.session_index_for_child", at=1) == 0

    def test_a_call_is_weighed_and_paid_for_as_it_will_be(self, para: LiveChain) -> None:
        call = {"Balances": {"transfer_keep_alive": {"dest": "//Eve", "value": 1}}}
        assert para.api("TransactionPaymentCallApi.query_call_info", call, 100).partial_fee > 0

    def test_what_the_runtime_said_when_it_trapped_is_told(self, relay: LiveChain) -> None:
        with pytest.raises(RpcError, match="Block number must be strictly increasing"):
            relay.api("Core.execute_block", {"header": _header(), "extrinsics": []})


class TestCalls:
    def test_a_call_tells_its_block_its_fee_and_all_its_events(self, para: LiveChain) -> None:
        before = para.query("System.Account", "//Eve").data.free
        paid = pay(para, "//Eve//1", as_="//Eve")
        assert paid.error is None
        assert paid.block.hash == para.at(paid.block.height).hash
        assert paid.fee
        assert para.query("System.Account", "//Eve").data.free == before - UNIT - paid.fee
        assert paid.event("Balances.Transfer").fields.amount == UNIT
        assert paid.event("System.ExtrinsicSuccess").extrinsic == paid.index
        with pytest.raises(
            InputError, match=r"deposited 0 events Balances\.Transfr; did you mean 'Balances\.Transfer'"
        ):
            paid.event("Balances.Transfr")

    def test_a_call_that_fails_is_an_error_or_what_was_expected(self, para: LiveChain) -> None:
        with pytest.raises(ExtrinsicError, match="which was to succeed"):
            pay(para, "//Eve", 10**30, as_="//Ferdie")
        failed = pay(para, "//Eve", 10**30, as_="//Ferdie", expect="failure")
        assert failed.error is not None
        assert failed.event("System.ExtrinsicFailed").fields.dispatch_error
        assert failed.fee
        with pytest.raises(ExtrinsicError, match="was to fail"):
            pay(para, "//Eve", as_="//Ferdie", expect="failure")
        assert pay(para, "//Eve", 10**30, as_="//Ferdie", expect="either").error == failed.error

    def test_a_call_of_root(self, para: LiveChain) -> None:
        done = para.call("Balances.force_set_balance", {"who": "//Rich", "new_free": 5 * UNIT}, sudo=True)
        assert done.event("Sudo.Sudid").fields.sudo_result == {"Ok": None}
        assert para.query("System.Account", "//Rich").data.free == 5 * UNIT

    def test_a_call_is_waited_for_in_any_block_where_that_is_enough(self, para: LiveChain) -> None:
        done = pay(para, "//Eve", as_="//Bob", until="block")
        assert done.block.height > para.at().height
        assert done.error is None

    def test_a_call_is_in_the_journal_as_those_of_steps_are(self, network: SimulatedNetwork, para: LiveChain) -> None:
        done = pay(para, "//Eve", as_="//Bob")
        assert [r.data.index for r in network.evidence.of(OurExtrinsic) if r.data.extrinsic == done.extrinsic] == [
            done.index
        ]


class TestEvents:
    def test_events_of_finalized_blocks_are_found_by_their_fields(
        self, network: SimulatedNetwork, para: LiveChain
    ) -> None:
        since = network.now()
        paid = [pay(para, "//Charlie//1", amount * UNIT, as_="//Charlie") for amount in (1, 2, 3)]
        where = {"to": "//Charlie//1", "amount": lambda amount: amount > UNIT}
        found = para.events("Balances.Transfer", where=where, since=since)
        assert [row.fields.amount for row in found] == [2 * UNIT, 3 * UNIT]
        assert [(row.height, row.hash, row.extrinsic) for row in found] == [
            (one.block.height, one.block.hash, one.index) for one in paid[1:]
        ]
        assert found.lacking == ""

    def test_the_journal_alone_tells_the_same(self, network: SimulatedNetwork, para: LiveChain) -> None:
        pay(para, "//Charlie//2", as_="//Charlie")
        where = {"to": "//Charlie//2"}
        seen = network.evidence.chain("2000").events("Balances.Transfer", where=where)
        assert len(seen) == 1
        assert tuple(seen) == tuple(para.events("Balances.Transfer", where=where))
        assert seen.lacking == ""

    def test_a_kind_that_the_journal_leaves_out_is_read_from_the_chain(
        self, network: SimulatedNetwork, para: LiveChain
    ) -> None:
        since = network.now()
        paid = pay(para, "//Charlie//3", as_="//Charlie")
        fees = para.events("TransactionPayment.TransactionFeePaid", where={"who": "//Charlie"}, since=since)
        assert [row.fields.actual_fee for row in fees] == [paid.fee]
        assert fees[0].t == paid.block.t
        done = para.events("System.ExtrinsicSuccess", since=since)
        assert {row.height for row in done} == {block.height for block in done.blocks}
        with pytest.raises(InputError, match=r"leaves System\.ExtrinsicSuccess out"):
            network.evidence.chain("2000").events("System.ExtrinsicSuccess")

    def test_of_candidates_all_fields_are_read_from_the_chain(
        self, network: SimulatedNetwork, relay: LiveChain
    ) -> None:
        where = {"0.descriptor.para_id": 2000}
        included = relay.events("ParaInclusion.CandidateIncluded", where=where)
        heads = [row.fields["0"].descriptor.para_head for row in included]
        slim = network.evidence.chain("relay").events("ParaInclusion.CandidateIncluded")
        assert heads == [row.fields.para_head for row in slim] != []

    def test_events_of_any_fork_are_more(self, network: SimulatedNetwork, relay: LiveChain) -> None:
        final = relay.events("ParaInclusion.CandidateBacked")
        known = {row.hash for row in relay.events("ParaInclusion.CandidateBacked", forks=True)}
        assert known > {row.hash for row in final}

    def test_blocks_that_the_journal_has_not_read_are_read_from_the_chain(
        self, network: SimulatedNetwork, para: LiveChain
    ) -> None:
        paid = pay(para, "//Charlie//4", as_="//Charlie")
        network.evidence.read.discard(paid.block.hash)
        assert len(para.events("Balances.Transfer", where={"to": "//Charlie//4"})) == 1
        assert "not read" in network.evidence.chain("2000").events("Balances.Transfer").lacking
        network.evidence.read.add(paid.block.hash)


class TestWaiting:
    def test_what_the_predicate_gives_is_given(self, network: SimulatedNetwork, para: LiveChain) -> None:
        height, since = para.at().height, network.now()
        asked: list[int] = []

        def grown(chain: LiveChain) -> int | None:
            asked.append(chain.at().height)
            return asked[-1] if asked[-1] >= height + 3 else None

        assert para.wait_for(grown, within="2min") == height + 3
        shown = [block for block in network.evidence.blocks["2000"].values() if block.t >= since]
        final = [head for head in network.evidence.finalized["collator-2000"] if head.t >= since]
        assert len(asked) <= 1 + len(shown) + len(final), "once for each block that is shown or finalized"

    def test_a_deadline_tells_what_was_seen_last(self, para: LiveChain) -> None:
        with pytest.raises(DeadlineError) as told:
            para.wait_for(
                lambda chain: chain.query("System.Account", "//Dave//7").data.free > 0, within="30s", what="money"
            )
        assert str(told.value).startswith(
            "waited 30 s for money on 2000; last seen: System.Account(//Dave//7) in block"
        )
        assert "'free': 0" in str(told.value)

    def test_a_mistake_in_the_predicate_is_told_at_once(self, network: SimulatedNetwork, para: LiveChain) -> None:
        before = network.now()
        with pytest.raises(UnknownFieldError):
            para.wait_for(lambda chain: chain.query("System.Account", "//Bob").fre, within="30s")
        assert network.now() == before

    def test_what_is_no_predicate_and_no_time_is_told(self, para: LiveChain) -> None:
        with pytest.raises(
            InputError, match=r"^wait_for takes what asks the chain, such as lambda chain: \.\.\., not True"
        ):
            para.wait_for(True, within="30s")  # type: ignore[arg-type]
        with pytest.raises(InputError, match=r"^since is a time in seconds since the run began, .* not 'calm'"):
            para.events("System.Remarked", since="calm")  # type: ignore[arg-type]

    def test_nodes_that_are_down_are_waited_for(self, network: SimulatedNetwork, para: LiveChain) -> None:
        height = para.at().height
        with network.inject(Stop(targets=("collator-2000",)), "down"):
            with pytest.raises(RpcError, match="no node of 2000 answers: none runs"):
                para.query("System.Number")
            with pytest.raises(DeadlineError, match="last seen: no node of 2000 answers"):
                para.wait_for(lambda chain: chain.query("System.Number") > height, within=20)
        assert para.wait_for(lambda chain: chain.query("System.Number") > height, within=180)


def test_a_stored_journal_tells_the_same_events(tmp_path: Path) -> None:
    with launch(with_parachain(), tmp_path) as network:
        pay(network.chain("2000"), "//Bob")
        live = network.chain("2000").events("Balances.Transfer", where={"to": "//Bob"})
        network.journal.end(outcome="finished")
    stored = read_evidence(tmp_path).chain("2000").events("Balances.Transfer", where={"to": "//Bob"})
    assert len(live) == 1
    assert (stored.rows, stored.lacking) == (live.rows, "")


def test_reading_leaves_the_network_as_it_is(tmp_path: Path) -> None:
    """The journal of a run in which everything was asked is that of one in which nothing was."""
    told = []
    for name in ("asked", "unasked"):
        (tmp_path / name).mkdir()
        with launch(with_parachain(), tmp_path / name) as network:
            for _ in range(15):
                network.wait(6)
                if name == "asked":
                    read_all(network)
            told.append([record.to_json() for record in network.evidence.records])
    assert told[0] == told[1]
    assert len(told[0]) > 100


def read_all(network: SimulatedNetwork) -> None:
    for chain in (network.chain("relay"), network.chain("2000")):
        assert chain.query("System.Number", at="best") >= chain.query("System.Number")
        assert chain.entries("System.Account")
        assert chain.constant("System.BlockHashCount")
        assert chain.api("Core.version").spec_version
        chain.events("System.ExtrinsicSuccess")


def test_a_toy_says_that_it_is_one() -> None:
    """Nothing of a chain is to be had of it; its events are."""
    with toy() as network, pytest.raises(RpcError, match="is a toy, which does not answer chain_getFinalizedHead"):
        network.chain("relay").query("System.Number")
    assert network.evidence.chain("relay").events("ParaInclusion.CandidateIncluded")


def toy() -> Network:
    spec = NetworkSpec(relay={"validators": 4}, parachains=[{"id": 2000}])
    journal = Journal(lambda: 0.0)
    launched = ToyProvider().launch(
        Plan(topology=spec.topology()), Launch(run="toy", run_dir=Path("unused"), journal=journal), 60.0
    )
    launched.wait(120)
    return launched


def _header() -> dict[str, Any]:
    root = "0x" + "00" * 32
    return {
        "parent_hash": root, "number": 1, "state_root": root, "extrinsics_root": root, "digest": {"logs": []},
    }  # fmt: skip
