"""Planted bugs: defects that a simulated network can be given, to see whether a search finds them.

None is on unless asked for, ``SimulatedProvider(defects=...)``, and a run's journal names those that it had.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable
from typing import Literal, cast, get_args

from simnet.codec import read_compact, storage_prefix
from simnet.errors import InputError
from simnet.network.topology import nearest
from simnet.providers.simulated.consensus.ballots import AuthoritySet
from simnet.providers.simulated.consensus.grandpa import Grandpa
from simnet.providers.simulated.consensus.set_changes import first_bound
from simnet.providers.simulated.consensus.voters import Voter
from simnet.providers.simulated.ledger import ExecutedBlock
from simnet.runtime.host import Execution

Defect = Literal["lost-hrmp-page", "no-catch-up", "forgetful-voter"]
"""``lost-hrmp-page``: a relay-chain runtime that clears stale pages of HRMP when a session has changed, see
:func:`lose_stale_pages`.

``no-catch-up``: a node that missed a change of GRANDPA's authorities never learns finality again, see
:class:`NoCatchUp`.

``forgetful-voter``: a voter that votes again after its process was started again, see :class:`Forgetful`.
"""

DEFECTS: tuple[Defect, ...] = get_args(Defect)

STALE = 5
"""Relay blocks for which a page must have waited to be lost; without a fault a page waits for one or two."""

_SESSION = storage_prefix("Session", "CurrentIndex")
_CHANNELS = storage_prefix("Hrmp", "HrmpChannels")
_CONTENTS = storage_prefix("Hrmp", "HrmpChannelContents")
_LIMITS, _COUNTS, _DEPOSITS = 12, 8, 32
"""Bytes of an HrmpChannel: three limits as u32, msg_count and total_size as u32, the optional mqc_head, two deposits as
u128 (polkadot-runtime-parachains hrmp.rs)."""


def known_defects(names: Iterable[str]) -> tuple[Defect, ...]:
    """The names, checked; raises :class:`InputError` for one that is no defect's."""
    found = tuple(names)
    for name in found:
        if name not in DEFECTS:
            raise InputError(f"no planted defect is named {name!r}{nearest(name, DEFECTS)}")
    return cast("tuple[Defect, ...]", found)


def spoiling(defects: Collection[Defect]) -> Callable[[ExecutedBlock, Execution], None] | None:
    """What defects of the relay chain's runtime do to the state of a new block; None for none."""
    return lose_stale_pages if "lost-hrmp-page" in defects else None


def lose_stale_pages(parent: ExecutedBlock, execution: Execution) -> None:
    """A block that begins a session drops an HRMP channel's pages if the oldest has waited for :data:`STALE` blocks.

    The channel's count, size and head of its message queue chain go back to what they were before those pages came.
    The receiver misses nothing: what it had processed and the relay chain had included is gone from the channel, and
    the session change drops its blocks that were pending. ``execution`` has the extrinsics of a child of ``parent``.
    """
    if execution.get(_SESSION) == parent.state.get(_SESSION):
        return
    for key in parent.state.keys(_CONTENTS):
        value = execution.get(key)
        if value is None:
            continue
        count, offset = read_compact(value, 0)
        oldest = int.from_bytes(value[offset : offset + 4], "little") if count else parent.number
        before = parent.ancestor(oldest - 1)
        if before is None or parent.number + 1 - oldest < STALE:
            continue
        channel = _CHANNELS + key[len(_CONTENTS) :]
        now, then = execution.get(channel), before.state.get(channel)
        if now is not None and then is not None:
            head = then[_LIMITS + _COUNTS : -_DEPOSITS]
            execution.set(key, None)
            execution.set(channel, now[:_LIMITS] + bytes(_COUNTS) + head + now[-_DEPOSITS:])


def grandpa_with(defects: Collection[Defect]) -> type[Grandpa]:
    """The finality gadget with its defects."""
    planted: dict[Defect, type[Grandpa]] = {"no-catch-up": NoCatchUp, "forgetful-voter": Forgetful}
    parts = [part for defect, part in planted.items() if defect in defects]
    return type("DefectiveGrandpa", (*parts, Grandpa), {}) if parts else Grandpa


class NoCatchUp(Grandpa):
    """Takes nothing from peers of another authority set, as nodes do, but does not ask for the justification of the
    change that it missed either."""

    def exchange(self, source: int, receiver: int) -> None:
        if self.voters[source].set is self.voters[receiver].set:
            super().exchange(source, receiver)

    def justified(self, node: int, block: ExecutedBlock, peer: int) -> None:
        """Nothing is taken from a justification."""

    def _accept_commit(self, voter: Voter, block: ExecutedBlock, authorities: AuthoritySet) -> None:
        if block.parent is None or first_bound(block.parent, voter.base, voter.set) is None:
            super()._accept_commit(voter, block, authorities)


class Forgetful(Grandpa):
    """A database that does not keep what its voter voted."""

    def started(self, node: int) -> None:
        self.voters[node].own = frozenset()
        super().started(node)
