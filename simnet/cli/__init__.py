"""The ``simnet`` command: one module for each group of commands, all on the application in ``_app``.

``rehearsing`` runs and judges scenarios, ``standing`` keeps networks up between commands, ``clearing`` removes what was
made, ``machine`` says what this machine can do.
"""

from simnet.cli import clearing, machine, rehearsing, standing
from simnet.cli._app import app, main

__all__ = ["app", "clearing", "machine", "main", "rehearsing", "standing"]
