"""Networks: how many validators in how many places, which relay chain, which parachains."""

from __future__ import annotations

from collections.abc import Sequence

from hypothesis import strategies as st

from simnet.scenario import NetworkSpec, NodeSpec, ParachainSpec, RelaySpec
from simnet.scenario.network_spec import usual_name

REGIONS = ("eu", "us", "asia", "africa")
FIRST_PARA = 2000


def networks(
    *,
    validators: tuple[int, int] = (1, 6),
    regions: tuple[int, int] = (1, 3),
    parachains: tuple[int, int] = (0, 2),
    relays: Sequence[str] = ("rococo", "westend"),
) -> st.SearchStrategy[NetworkSpec]:
    """Networks within bounds, each a least and a greatest number; parachains run Penpal, with one collator each.

    A group of validators backs each parachain, so a network has at least as many validators as parachains. The simplest
    has the fewest validators, all in one region, the fewest parachains and the first of ``relays``.
    """

    @st.composite
    def network(draw: st.DrawFn) -> NetworkSpec:
        count = draw(st.integers(*validators))
        places = REGIONS[: draw(st.integers(*regions))]
        paras = draw(st.integers(parachains[0], max(parachains[0], min(parachains[1], count))))
        nodes = tuple(
            NodeSpec(name=usual_name(number), region=draw(st.sampled_from(places)))
            for number in range(max(count, parachains[0]))
        )
        chains = tuple(
            ParachainSpec(id=FIRST_PARA + number, collators=(_collator(number, draw(st.sampled_from(places))),))
            for number in range(paras)
        )
        return NetworkSpec(relay=RelaySpec(runtime=draw(st.sampled_from(relays)), validators=nodes), parachains=chains)

    return network()


def _collator(number: int, region: str) -> NodeSpec:
    return NodeSpec(name=f"collator-{FIRST_PARA + number}", region=region)
