"""Two runtimes compared: what differs, whom that breaks, which nodes can run the new one, and what goes into the
proposal that brings it.

Nothing here judges: a diff says what is so, and a rehearsal whether the network goes on.
"""

from simnet.runtime.diff._breakages import Breakage, Weight, Whom
from simnet.runtime.diff._host_needs import HostNeed, not_offered
from simnet.runtime.diff._proposal import Authorization, Proposal
from simnet.runtime.diff._runtime_diff import RuntimeDiff, diff_of
from simnet.runtime.diff._sources import CodeSource, code_source
from simnet.runtime.diff._subjects import Subject

__all__ = [
    "Authorization",
    "Breakage",
    "CodeSource",
    "HostNeed",
    "Proposal",
    "RuntimeDiff",
    "Subject",
    "Weight",
    "Whom",
    "code_source",
    "diff_of",
    "not_offered",
]
