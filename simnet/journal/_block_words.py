"""What of a block is worth telling in its line of a log."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping

from simnet.journal.records import JsonMapping, RuntimeEvent

_DIGITS = 8

EventWords = tuple[str, str]
"""What happened, and to what, which may be empty."""


def short(hash_: str | None) -> str:
    """The beginning of a hash or key, which tells blocks of a run apart."""
    return str(hash_)[: 2 + _DIGITS]


def event_words(event: RuntimeEvent) -> EventWords | None:
    """A runtime event in a few words; None for one that most blocks have, or that says nothing of the network."""
    make = _WORDS.get((event.pallet, event.name))
    return make(event.fields) if make is not None else None


def in_groups(events: Iterable[EventWords]) -> str:
    """``includes 2000 and 2001; backs 2000; session 4 begins``."""
    groups: dict[str, list[str]] = {}
    for what, whom in events:
        groups.setdefault(what, []).append(whom)
    return "; ".join(f"{what} {' and '.join(filter(None, dict.fromkeys(to)))}".strip() for what, to in groups.items())


def _at(fields: JsonMapping, name: str, index: str) -> str:
    """A field by its name, or by its place where an event's fields have none."""
    return str(fields.get(name, fields.get(index, "?")))


def _para(fields: JsonMapping) -> str:
    return _at(fields, "para_id", "0")


def _concluded(fields: JsonMapping) -> EventWords:
    return f"concludes as {_at(fields, 'result', '1').lower()} the dispute over", short(_at(fields, "candidate", "0"))


_WORDS: Mapping[tuple[str, str], Callable[[JsonMapping], EventWords]] = {
    ("ParaInclusion", "CandidateBacked"): lambda fields: ("backs", _para(fields)),
    ("ParaInclusion", "CandidateIncluded"): lambda fields: ("includes", _para(fields)),
    ("ParaInclusion", "CandidateTimedOut"): lambda fields: ("drops what timed out of", _para(fields)),
    ("ParasDisputes", "DisputeInitiated"): lambda fields: ("has a dispute over", short(_at(fields, "candidate", "0"))),
    ("ParasDisputes", "DisputeConcluded"): _concluded,
    ("ParasDisputes", "Revert"): lambda fields: ("reverts to", _at(fields, "to", "0")),
    ("Session", "NewSession"): lambda fields: ("begins session", _at(fields, "session_index", "0")),
    ("Grandpa", "NewAuthorities"): lambda _: ("begins another GRANDPA set", ""),
    ("Offences", "Offence"): lambda _: ("has an offence report", ""),
    ("System", "ExtrinsicFailed"): lambda _: ("has an extrinsic that failed", ""),
    ("System", "CodeUpdated"): lambda _: ("brings another runtime", ""),
    ("ParachainSystem", "ValidationFunctionApplied"): lambda _: ("brings another runtime", ""),
    ("ParachainSystem", "DownwardMessagesReceived"): lambda fields: ("takes from above", _at(fields, "count", "0")),
    ("ParachainSystem", "UpwardMessageSent"): lambda _: ("sends up", ""),
    ("XcmpQueue", "XcmpMessageSent"): lambda _: ("sends out", ""),
}
