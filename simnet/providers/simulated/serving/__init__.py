"""A simulated network that others can reach: JSON-RPC of every node over sockets, on a clock that keeps to real time.

The network has one driving thread; what clients ask is done there, between two actions of the clock.
"""

from simnet.providers.simulated.serving._serve import serve

__all__ = ["serve"]
