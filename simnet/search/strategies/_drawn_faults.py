"""Which kinds of faults are drawn for a network."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from hypothesis import strategies as st

from simnet.errors import InputError
from simnet.faults import KINDS, Fault
from simnet.network.topology import Topology
from simnet.scenario import WindowSpec
from simnet.search.space import FAULTS


def drawn_kinds(kinds: Sequence[str], topology: Topology) -> Mapping[str, st.SearchStrategy[Fault]]:
    """Faults of each of these kinds that can hit the network, simplest kinds first, in the order of
    :data:`~simnet.faults.KINDS`.

    Raises :class:`InputError` for a kind that a search does not draw, and when no kind can hit this network.
    """
    unfit = {kind: why for kind in kinds if kind in KINDS and (why := KINDS[kind].unfit(topology)) is not None}
    drawn = {kind: KINDS[kind].draw(topology) for kind in KINDS if kind in kinds and kind not in unfit}
    windows = WindowSpec.kinds()
    unknown = [kind for kind in kinds if kind not in unfit and (drawn.get(kind) is None or kind not in windows)]
    if unknown:
        raise InputError(f"a search draws no {', '.join(unknown)}; of simnet's own it draws {', '.join(FAULTS)}")
    if kinds and not drawn:
        raise InputError(f"no fault of the space can hit this network: {'; '.join(dict.fromkeys(unfit.values()))}")
    return {kind: strategy for kind, strategy in drawn.items() if strategy is not None}
