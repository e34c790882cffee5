"""Links of simulated nodes: TCP over directed links, as arrival times on the virtual clock.

What a hop costs, who is connected to whom and since when, and when gossip and requests arrive.
"""

from simnet.providers.simulated.links._links import Links
from simnet.providers.simulated.links._wires import latency_matrix

__all__ = ["Links", "latency_matrix"]
