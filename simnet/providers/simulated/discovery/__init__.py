"""Simulated networks that stay up, as other processes find and drive them; nothing here loads a runtime.

``serving`` is the other side: the process in which such a network lives. ``simulated_deployments`` has both.
"""

from simnet.providers.simulated.discovery._remote import CHANGES, FAILED, RemoteDriver
from simnet.providers.simulated.discovery._served_networks import ServedNetwork, forget, registered, served_networks

__all__ = [
    "CHANGES",
    "FAILED",
    "RemoteDriver",
    "ServedNetwork",
    "forget",
    "registered",
    "served_networks",
]
