"""What chains said before of calls and messages, with what then came of them on the finalized chains."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from simnet.journal import Block, Evidence, Record, named_error
from simnet.journal.records import DryRunAsked, OurExtrinsic, RuntimeEvent
from simnet.network.locations import location_text

SUCCESS, FAILURE = "success", "failure"

_BARRIER = "Barrier"
"""What a dry run says of a message that a barrier refuses (staging-xcm ``Error::Barrier``)."""


_MOST_HOPS = 8
"""As far as dry runs follow messages."""


@dataclass(frozen=True)
class Foreseen:
    """A dry run, and what came. ``differs`` says in which respects that is something else; empty where in none."""

    record: Record[DryRunAsked]
    said: str
    came: str | None
    """None where nothing was to come, or nothing is final yet."""
    differs: tuple[str, ...] = ()

    @property
    def step(self) -> str:
        """The step that asked, by its label, or by its number from 1."""
        step = self.record.data.step
        return step if isinstance(step, str) else f"step {step + 1}"

    @property
    def what(self) -> str:
        """What was asked about, and on which chain."""
        data = self.record.data
        of = "" if data.sender is None else f" from {data.sender}"
        return f"{data.call}{of} on {self.record.chain}"

    def __str__(self) -> str:
        return f"{self.step}: {self.what}: {'; '.join(self.differs)}"


def foreseen(evidence: Evidence) -> list[Foreseen]:
    """Every dry run of the run, with what came of it."""
    found: list[Foreseen] = []
    hops: dict[str, _Hops] = {}
    for record in evidence.of(DryRunAsked):
        data = record.data
        if data.extrinsic is None or data.outcome == "not asked":
            found.append(Foreseen(record, _said(data), None))
            continue
        if data.extrinsic not in hops:
            hops[data.extrinsic] = _Hops(evidence, data.extrinsic)
        found.append(hops[data.extrinsic].beside(record))
    return found


def told_differences(evidence: Evidence) -> list[str]:
    """Where something else came than chains said before, in words."""
    return [str(one) for one in foreseen(evidence) if one.differs]


@dataclass(frozen=True)
class _End:
    """How a message ended on a chain to which one came from another."""

    sender: str
    chain: str | None
    success: bool
    error: str | None
    trapped: frozenset[str]


class _Hops:
    """What came of one extrinsic and of its messages, each of which one dry run takes."""

    def __init__(self, evidence: Evidence, extrinsic: str) -> None:
        self._log = evidence.message_log
        self._final = evidence.final_blocks()
        self._extrinsics = [
            (one, block)
            for one in self._log.extrinsics.get(extrinsic, ())
            if (block := self._final(one.chain or "", one.hash or "")) is not None
        ]
        self._charged = _charged(evidence, self._extrinsics)
        sent = [one for taken, _ in self._extrinsics for one in self._log.given.effects(taken).sent]
        self._ends = [end for one in sent for end in self._walk(one, 0)]

    def beside(self, record: Record[DryRunAsked]) -> Foreseen:
        """What came of what a dry run is about."""
        if record.data.sender is None:
            return self._call(record)
        for end in self._ends:
            if (end.sender, end.chain) == (record.data.sender, record.chain):
                self._ends.remove(end)
                return _message(record, end)
        return Foreseen(record, _said(record.data), None)

    def _call(self, record: Record[DryRunAsked]) -> Foreseen:
        data, said = record.data, _said(record.data)
        if not self._extrinsics:
            return Foreseen(record, said, None)
        taken, _ = self._extrinsics[0]
        came = SUCCESS if taken.data.error is None else f"{FAILURE}: {taken.data.error}"
        if (data.outcome == SUCCESS) != taken.data.success or data.error != taken.data.error:
            return Foreseen(record, said, came, (f"the chain said {said}, and the call ended in {came}",))
        return Foreseen(record, said, came, tuple(self._beyond_the_outcome(data, taken)) if taken.data.success else ())

    def _beyond_the_outcome(self, data: DryRunAsked, taken: Record[OurExtrinsic]) -> Iterator[str]:
        """In what else a call that succeeded, as it was to, differs: messages, fees, trapped assets."""
        effects, chain = self._log.given.effects(taken), taken.chain or ""
        went = [location_text(one.data.fields["destination"], chain) for one in effects.sent]
        said = [one["to"] for one in data.forwarded or ()]
        if data.forwarded is not None and sorted(went) != sorted(said):
            yield f"messages were to go to {_listed(said) or 'nobody'}, and went to {_listed(went) or 'nobody'}"
        paid, fees = self._charged, data.fees or {}
        if paid.delivery != fees.get("delivery", []):
            yield f"sending was to cost {_amounts(fees.get('delivery', []))}, and cost {_amounts(paid.delivery)}"
        most = fees.get("transaction")
        if paid.transaction is not None and most is not None and paid.transaction > most:
            yield f"the extrinsic was to cost {most}, and cost {paid.transaction}"
        yield from _trapped(data, frozenset(one.data.fields["hash"] for one in effects.trapped))

    def _walk(self, sent: Record[RuntimeEvent], hop: int) -> Iterator[_End]:
        """The ends of a message and of those that it had sent on."""
        given, id_ = self._log.given, sent.data.fields["message_id"]
        target, found = given.ends(sent, self._final)
        for record, _ in found:
            effects = given.effects_of(record)
            failed = self._log.failed.get((id_, record.hash))
            fields = record.data.fields
            success = record.data.name == "Processed" and bool(fields.get("success"))
            errors = (one for one in (failed.data.fields if failed else {}, fields) if one.get("error") is not None)
            error = next((named_error(one["error"]) for one in errors), None)
            if not success and failed is None and fields["id"] != id_:
                error = _BARRIER
            trapped = frozenset(one.data.fields["hash"] for one in effects.trapped)
            yield _End(sent.chain or "", target, success, error, trapped)
            for one in effects.sent if hop < _MOST_HOPS else ():
                yield from self._walk(one, hop + 1)


@dataclass(frozen=True)
class _Charged:
    """What events say was paid: for sending, and for the extrinsic, None where no record has that."""

    delivery: list[dict[str, Any]]
    transaction: int | None


def _charged(evidence: Evidence, extrinsics: Sequence[tuple[Record[OurExtrinsic], Block]]) -> _Charged:
    delivery: list[dict[str, Any]] = []
    transaction = None
    for taken, block in extrinsics[:1]:
        for one in evidence.events.get((block.chain, block.hash), ()):
            if one.data.extrinsic != taken.data.index:
                continue
            fields = one.data.fields
            if one.data.name == "FeesPaid" and "fees" in fields:
                delivery += [{"id": fee["id"], "amount": fee["fun"].get("Fungible")} for fee in fields["fees"]]
            elif one.data.name == "TransactionFeePaid":
                transaction = int(fields["actual_fee"])
    return _Charged(delivery, transaction)


def _message(record: Record[DryRunAsked], end: _End) -> Foreseen:
    data, said = record.data, _said(record.data)
    came = SUCCESS if end.success else f"{FAILURE}: {end.error or 'no error is told'}"
    expected = data.outcome == SUCCESS
    if expected != end.success or (not expected and end.error is not None and data.error != end.error):
        return Foreseen(record, said, came, (f"{record.chain} said {said}, and the message ended in {came}",))
    return Foreseen(record, said, came, tuple(_trapped(data, end.trapped)))


def _trapped(data: DryRunAsked, came: frozenset[str]) -> Iterator[str]:
    said = frozenset(one["hash"] for one in data.trapped or ())
    if said != came:
        one, two = (_listed(sorted(hashes)) or "no hash" for hashes in (said, came))
        yield f"assets were to be trapped under {one}, and were under {two}"


def _said(data: DryRunAsked) -> str:
    """What a dry run said, in words."""
    if data.outcome == "not asked":
        return f"not asked: {data.why}"
    if data.outcome == SUCCESS:
        return SUCCESS
    at = "" if data.instruction is None else _at(data.instruction)
    return f"{FAILURE}: {data.error}{at}"


def _at(instruction: Mapping[str, Any]) -> str:
    name = instruction.get("name")
    return f" at instruction {instruction['index']}{f', {name}' if name else ''}"


def _listed(texts: Sequence[str]) -> str:
    return ", ".join(texts)


def _amounts(fees: Sequence[Mapping[str, Any]]) -> str:
    return ", ".join(str(one["amount"]) for one in fees) or "nothing"
