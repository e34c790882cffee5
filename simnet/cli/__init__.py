"""The ``simnet`` command: one module for each group of commands, all on the application in ``_app``.

``rehearsing`` runs scenarios, ``judging`` checks files and judges stored runs, ``describing`` says what there is to run
and to write, ``deciding`` rehearses an upgrade as a whole, ``comparing`` compares two runtimes, ``searching`` looks for
schedules that break a network, ``replaying`` runs again what was found, ``standing`` keeps networks up between
commands, ``faulting`` injects into them, ``clearing`` removes what was made, ``machine`` says what this machine can do.
"""

from simnet.cli._last_handler import exit_code_of
from simnet.errors import ExtensionError

try:
    from simnet.cli import (
        clearing,
        comparing,
        deciding,
        describing,
        faulting,
        judging,
        machine,
        rehearsing,
        replaying,
        searching,
        standing,
    )
    from simnet.cli._app import app, main
except (ExtensionError, KeyboardInterrupt) as error:
    # The models of files have a key for each fault and check, so nothing works without; and all this takes a second.
    raise SystemExit(exit_code_of(error)) from None

__all__ = [
    "app",
    "clearing",
    "comparing",
    "deciding",
    "describing",
    "faulting",
    "judging",
    "machine",
    "main",
    "rehearsing",
    "replaying",
    "searching",
    "standing",
]
