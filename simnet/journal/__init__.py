"""The one journal of a run: append-only records, and the evidence that checks read from them.

`Record` is the schema, `Journal` writes, `read_journal` reads a stored run, `Evidence` indexes either.
"""

from simnet.journal._evidence import Block, Evidence, Gap, Head, MessageTrace, Window
from simnet.journal._journal import Journal, read_journal
from simnet.journal._messages import DISCARDED, TERMINAL
from simnet.journal._record import FORMAT, NO_SHOW_METRIC, Kind, Record

__all__ = [
    "DISCARDED", "FORMAT", "NO_SHOW_METRIC", "TERMINAL", "Block", "Evidence", "Gap", "Head", "Journal", "Kind",
    "MessageTrace", "Record", "Window", "read_journal",
]  # fmt: skip
