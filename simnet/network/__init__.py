"""What a network is made of: topology as values, and keys from secret URIs.

`Topology` is a network with everything resolved, as faults and checks get it; people write a
`simnet.scenario.NetworkSpec`.
"""

from simnet.network.topology import RELAY, Chain, Channel, Node, Role, SyncMode, Topology

__all__ = ["RELAY", "Chain", "Channel", "Node", "Role", "SyncMode", "Topology"]
