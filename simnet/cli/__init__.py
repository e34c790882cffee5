"""The ``simnet`` command: one module for each group of commands, all on the application in ``_app``.

``rehearsing`` runs and judges scenarios, ``searching`` looks for schedules that break them, ``replaying`` runs again
what was found, ``standing`` keeps networks up between commands, ``faulting`` injects into them, ``clearing`` removes
what was made, ``machine`` says what this machine can do.
"""

from simnet.cli import clearing, faulting, machine, rehearsing, replaying, searching, standing
from simnet.cli._app import app, main

__all__ = ["app", "clearing", "faulting", "machine", "main", "rehearsing", "replaying", "searching", "standing"]
