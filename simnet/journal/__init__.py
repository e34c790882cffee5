"""The one journal of a run: append-only records, and the evidence that checks read from them.

`Record` is one fact, `records` has what each kind carries, `Journal` writes, `read_journal` reads a stored run,
`Evidence` indexes either, and `ChainEvidence` tells one chain's events as rows; `JournalTail` and `NodeStory` are for
showing one.
"""

from simnet.journal._asks import KEPT_OF_CANDIDATES, LEFT_OUT, SHORTENED, Ask
from simnet.journal._chain_events import ChainEvent, EventFilter, event_kind, fits, one_slip
from simnet.journal._chain_evidence import ChainEvidence, EventsSeen
from simnet.journal._discards import DISCARDED
from simnet.journal._dishonesty import TWIN, Dishonesty, dishonesty
from simnet.journal._endings import instruction_text, name_of, named_error
from simnet.journal._evidence import Block, Evidence, Gap, Head, Window
from simnet.journal._given_messages import TERMINAL
from simnet.journal._journal import Journal, read_evidence, read_journal, read_seal
from simnet.journal._journal_tail import JournalTail, launched_network
from simnet.journal._key_holders import DoubledKey, KeyHolders, sealing_key
from simnet.journal._message_trace import EXECUTED, MISSED, MessageTrace, Trap
from simnet.journal._migrations import ChainUpgrade, chain_upgrades, migrations_run, weight_in_words
from simnet.journal._node_story import NodeStory
from simnet.journal._record import FORMAT, NO_SHOW_METRIC, AnyRecord, Record
from simnet.journal._record_kinds import Kind, Reader
from simnet.journal._relay_time import SLOT, RelayTime
from simnet.journal._seal import JournalSeal, without_seal
from simnet.journal._structs import Struct, as_structs
from simnet.journal._upgrades import REFUSALS, UpgradePhase, in_words, pvf_votes, upgrade_phases, why_slots_were_lost

__all__ = [
    "DISCARDED",
    "EXECUTED",
    "FORMAT",
    "KEPT_OF_CANDIDATES",
    "LEFT_OUT",
    "MISSED",
    "NO_SHOW_METRIC",
    "REFUSALS",
    "SHORTENED",
    "SLOT",
    "TERMINAL",
    "TWIN",
    "AnyRecord",
    "Ask",
    "Block",
    "ChainEvent",
    "ChainEvidence",
    "ChainUpgrade",
    "Dishonesty",
    "DoubledKey",
    "EventFilter",
    "EventsSeen",
    "Evidence",
    "Gap",
    "Head",
    "Journal",
    "JournalSeal",
    "JournalTail",
    "KeyHolders",
    "Kind",
    "MessageTrace",
    "NodeStory",
    "Reader",
    "Record",
    "RelayTime",
    "Struct",
    "Trap",
    "UpgradePhase",
    "Window",
    "as_structs",
    "chain_upgrades",
    "dishonesty",
    "event_kind",
    "fits",
    "in_words",
    "instruction_text",
    "launched_network",
    "migrations_run",
    "name_of",
    "named_error",
    "one_slip",
    "pvf_votes",
    "read_evidence",
    "read_journal",
    "read_seal",
    "sealing_key",
    "upgrade_phases",
    "weight_in_words",
    "why_slots_were_lost",
    "without_seal",
]  # fmt: skip
