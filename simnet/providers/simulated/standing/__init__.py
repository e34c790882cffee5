"""Simulated networks that stay up, as other processes find and drive them; nothing here loads a runtime.

``serving`` is the other side: the process in which such a network lives. ``place`` has both.
"""

from simnet.providers.simulated.standing._registry import Door, Entry, entries, forget, registered
from simnet.providers.simulated.standing._remote import CHANGES, FAILED, RemoteDriver

__all__ = ["CHANGES", "FAILED", "Door", "Entry", "RemoteDriver", "entries", "forget", "registered"]
