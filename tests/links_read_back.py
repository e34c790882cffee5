"""The links of a network as its agents have them, whatever its control remembers."""

from __future__ import annotations

from dataclasses import replace
from itertools import permutations

from simnet.faults import CLEAR, LinkState, Pair
from simnet.providers.docker.links import LinkControl


def links_read_back(control: LinkControl) -> dict[Pair, LinkState]:
    """Every directed link as kernels and shapers have it now."""
    addresses = control.addresses
    seen = {name: agent.read() for name, agent in control.agents.items()}
    links = {}
    for source, target in permutations(control.agents, 2):
        incoming = seen[target].ingress.get(addresses[source], CLEAR)
        outgoing = seen[source].egress.get(addresses[target], CLEAR)
        links[source, target] = replace(incoming if outgoing.clear else outgoing, cut=incoming.cut)
    return links
