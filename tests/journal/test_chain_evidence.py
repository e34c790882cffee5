"""Events of one chain by the journal alone: which are meant, which blocks nobody read, what is refused."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from simnet.errors import InputError, UnknownFieldError
from simnet.journal import Evidence, Journal, Struct
from simnet.journal.records import BlockSeen, ContentsRead, FinalizedHead, NetworkLaunched, RuntimeEvent
from simnet.network.accounts import keys
from simnet.network.topology import Chain
from tests.chain.names_of import misspelled

ALICE, BOB = ("0x" + keys(uri).sr25519.hex() for uri in ("//Alice", "//Bob"))
PAID = {"who": ALICE, "amount": 5, "result": {"Err": {"Module": {"index": 3, "error": "0x01000000"}}}, "tags": [1, 2]}
TRANSFER = RuntimeEvent(pallet="Balances", name="Transfer", fields={"from": ALICE, "to": BOB, "amount": 5}, extrinsic=2)


class Run:
    """A journal of one parachain, a block each second, which a test writes."""

    def __init__(self) -> None:
        self.t = 0.0
        self.journal = Journal(lambda: self.t)
        self.journal.append(
            NetworkLaunched(
                relay=Chain(id="relay"), parachains=(Chain(id="2000"),), nodes=(), channels=(), images={}, runtimes={}
            )
        )

    @property
    def evidence(self) -> Evidence:
        return self.journal.evidence

    def block(self, height: int, *events: RuntimeEvent, parent: str = "", fork: str = "", read: int | None = 0) -> None:
        """``read``: how many events are left out; None where nobody read the block."""
        self.t = float(height)
        place: dict[str, Any] = {"observer": "dave", "chain": "2000", "height": height, "hash": f"0x{height}{fork}"}
        self.journal.append(BlockSeen(parent=parent or f"0x{height - 1}"), **place)
        if read is not None:
            for event in events:
                self.journal.append(event, **place)
            self.journal.append(ContentsRead(events=len(events) + read), **place)

    def final(self, height: int) -> None:
        self.journal.append(FinalizedHead(), observer="dave", chain="2000", height=height, hash=f"0x{height}")


@pytest.fixture
def run() -> Run:
    return Run()


def event(fields: dict[str, Any], kind: str = "Shop.Paid") -> RuntimeEvent:
    pallet, _, name = kind.partition(".")
    return RuntimeEvent(pallet=pallet, name=name, fields=fields, extrinsic=None)


def test_events_of_finalized_blocks_are_rows_with_their_place(run: Run) -> None:
    run.block(1)
    run.block(2, event(PAID), TRANSFER)
    run.block(3, TRANSFER)
    run.final(2)
    (row,) = run.evidence.chain("2000").events("Balances.Transfer")
    assert (row.chain, row.height, row.hash, row.t, row.extrinsic) == ("2000", 2, "0x2", 2.0, 2)
    assert (row.kind, row.fields.amount, row.fields["to"]) == ("Balances.Transfer", 5, BOB)
    assert isinstance(row.fields, Struct)


def test_events_of_forks_are_those_of_any_block(run: Run) -> None:
    run.block(1)
    run.block(2, fork="lost", parent="0x1")
    run.block(2, TRANSFER, fork="other", parent="0x1")
    run.block(2)
    run.final(2)
    chain = run.evidence.chain("2000")
    assert not chain.events("Balances.Transfer")
    (row,) = chain.events("Balances.Transfer", forks=True)
    assert row.hash == "0x2other"


def test_a_time_is_that_at_which_a_block_was_first_shown(run: Run) -> None:
    for height in range(1, 6):
        run.block(height, TRANSFER)
    run.final(5)
    found = run.evidence.chain("2000").events("Balances.Transfer", since=2, until=4)
    assert [row.height for row in found] == [2, 3, 4]
    assert [block.height for block in found.blocks] == [2, 3, 4]
    assert found.lacking == ""


def test_blocks_that_nobody_read_are_told(run: Run) -> None:
    run.block(1)
    run.block(2, TRANSFER, read=None)
    run.block(3, TRANSFER)
    run.final(3)
    found = run.evidence.chain("2000").events("Balances.Transfer")
    assert [block.height for block in found.unread] == [2]
    assert found.lacking == "the events of 1 of 3 blocks were not read (2000 2)"
    assert run.evidence.chain("2000").events("Balances.Transfer", since=3).lacking == ""


def test_a_hole_in_the_chain_is_told(run: Run) -> None:
    run.block(1)
    run.block(3, TRANSFER, parent="0x2")
    run.final(3)
    found = run.evidence.chain("2000").events("Balances.Transfer")
    assert len(found) == 1
    assert found.lacking == "the parent of 2000 block 3 was not seen"


def test_a_time_without_a_block_proves_nothing(run: Run) -> None:
    run.block(1)
    assert "no finalized block of 2000" in run.evidence.chain("2000").events("Balances.Transfer").lacking


@pytest.mark.parametrize(
    "where",
    [
        {"who": "//Alice"},
        {"who": ALICE},
        {"who": ALICE.upper().replace("0X", "0x")},
        {"who": keys("//Alice").address},
        {"who": bytes.fromhex(ALICE[2:])},
        {"amount": 5, "who": "//Alice"},
        {"amount": lambda amount: amount > 4},
        {"result.Err": {"Module": {"index": 3, "error": "0x01000000"}}},
        {"result.Err.Module.index": 3},
        {"tags.1": 2},
        {"tags": (1, 2)},
        lambda row: row.fields.amount == 5,
        None,
    ],
)
def test_an_event_is_found_by_what_its_fields_are_in_any_form(run: Run, where: Any) -> None:
    run.block(1, event(PAID))
    run.final(1)
    assert len(run.evidence.chain("2000").events("Shop.Paid", where=where)) == 1


@pytest.mark.parametrize(
    "where",
    [
        {"who": "//Bob"},
        {"who": keys("//Bob").address},
        {"amount": 6},
        {"result": "Ok"},
        {"result.Ok": 3},
        {"result.Err.Token": "Frozen"},
        {"tags": [1]},
        {"tags.5": 2},
        {"tags": None},
        {"amount": lambda amount: amount < 4},
        lambda row: row.fields.who == BOB,
    ],
)
def test_an_event_whose_fields_are_others_is_not_found(run: Run, where: Any) -> None:
    run.block(1, event(PAID))
    run.final(1)
    assert not run.evidence.chain("2000").events("Shop.Paid", where=where)


@pytest.mark.parametrize(
    ("where", "told"),
    [
        ({"whom": "//Alice"}, r"Shop\.Paid has no field 'whom'; did you mean 'who'\?"),
        ({"amount.free": 1}, r"Shop\.Paid > amount has no field 'free'; it is 5"),
        (
            {"result.Err.Module.inde": 1},
            r"Shop\.Paid > result > Err > Module has no field 'inde'; did you mean 'index'",
        ),
    ],
)
def test_an_unknown_field_is_told_and_not_missed(run: Run, where: Any, told: str) -> None:
    run.block(1, event(PAID))
    run.final(1)
    with pytest.raises(UnknownFieldError, match=told):
        run.evidence.chain("2000").events("Shop.Paid", where=where)


@pytest.mark.parametrize(
    "where",
    [
        {"who": "alice"},
        {"who": 5},
        {"amount": "5"},
        {"amount": True},
        {"amount": [5]},
        {"tags": 1},
        {"result": {"Err": {"Module": {"index": "3", "error": "0x01000000"}}}},
        {"result": {"Err": {"Module": {"index": 3}}}},
    ],
)
def test_a_value_that_can_never_be_is_told_and_not_missed(run: Run, where: Any) -> None:
    run.block(1, event(PAID))
    run.final(1)
    with pytest.raises(InputError, match=r"Shop\.Paid > .* is compared with"):
        run.evidence.chain("2000").events("Shop.Paid", where=where)


def test_a_kind_that_the_journal_leaves_out_is_refused_where_it_may_have_been(run: Run) -> None:
    """What it leaves out is counted, so that a block without a gap tells that there was none."""
    run.block(1, TRANSFER)
    run.block(2, TRANSFER, read=1)
    run.final(2)
    chain = run.evidence.chain("2000")
    with pytest.raises(InputError, match=r"leaves System\.ExtrinsicSuccess out, as of 1 of 2 blocks of 2000"):
        chain.events("System.ExtrinsicSuccess")
    found = chain.events("System.ExtrinsicSuccess", until=1)
    assert (len(found), found.lacking) == (0, "")


def test_a_kind_that_was_recorded_after_all_is_given(run: Run) -> None:
    run.block(1, event({}, "System.ExtrinsicSuccess"))
    run.final(1)
    assert len(run.evidence.chain("2000").events("System.ExtrinsicSuccess")) == 1


def test_of_a_candidate_only_what_the_journal_keeps_is_known(run: Run) -> None:
    run.block(1, event({"para_id": 2000, "relay_parent": "0x00", "para_head": "0x01"}, "ParaInclusion.CandidateBacked"))
    run.final(1)
    chain = run.evidence.chain("2000")
    (row,) = chain.events("ParaInclusion.CandidateBacked", where={"para_id": 2000})
    assert row.slim
    with pytest.raises(UnknownFieldError, match="descriptor"):
        chain.events("ParaInclusion.CandidateBacked", where={"descriptor.para_id": 2000})


@pytest.mark.parametrize("kind", ["Transfer", "Balances.", ".Transfer", "Balances.Transfer.amount"])
def test_what_names_no_kind_is_refused(run: Run, kind: str) -> None:
    with pytest.raises(InputError, match=r"write Pallet\.Event"):
        run.evidence.chain("2000").events(kind)


def test_an_unknown_chain_is_told_with_those_that_there_are(run: Run) -> None:
    with pytest.raises(InputError, match=r"no chain has the id '200'; did you mean '2000'\?"):
        run.evidence.chain("200")


@given(data=st.data())
def test_a_misspelled_kind_is_not_taken_for_one_that_never_happened(data: st.DataObject) -> None:
    run = Run()
    run.block(1, TRANSFER, event(PAID))
    run.final(1)
    parts = ["Balances", "Transfer"]
    level = data.draw(st.integers(0, 1))
    right, parts[level] = parts[level], data.draw(misspelled(parts[level]).filter(bool))
    found = run.evidence.chain("2000").events(".".join(parts))
    if parts[level] != right:
        assert found.lacking == f"2000 never showed {'.'.join(parts)!r}; did you mean 'Balances.Transfer'?"


def test_a_misspelled_kind_that_the_journal_leaves_out_is_told_as_well(run: Run) -> None:
    run.block(1, read=1)
    run.final(1)
    assert "'System.ExtrinsicSuccess'" in run.evidence.chain("2000").events("System.ExtrinsicSucces").lacking


def test_another_kind_that_never_happened_is_none_misspelled(run: Run) -> None:
    run.block(1, event(PAID, "Balances.Unreserved"))
    run.final(1)
    assert run.evidence.chain("2000").events("Balances.Reserved").lacking == ""


def test_kinds_are_those_that_the_journal_shows(run: Run) -> None:
    run.block(1, TRANSFER, event(PAID))
    assert run.evidence.chain("2000").kinds() == ("Balances.Transfer", "Shop.Paid")
    assert run.evidence.chain("relay").kinds() == ()
