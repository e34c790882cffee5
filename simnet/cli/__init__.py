"""The ``simnet`` command: one module for each group of commands, all on the application in ``_app``.

``rehearsing`` runs and judges scenarios, ``searching`` looks for schedules that break them, ``replaying`` runs again
what was found, ``standing`` keeps networks up between commands, ``faulting`` injects into them, ``clearing`` removes
what was made, ``machine`` says what this machine can do.
"""

from simnet.cli._screen import say
from simnet.errors import ExtensionError

try:
    from simnet.cli import clearing, faulting, machine, rehearsing, replaying, searching, standing
    from simnet.cli._app import app, main
except KeyboardInterrupt:  # all of this takes a second
    say("interrupted", err=True)
    raise SystemExit(130) from None
except ExtensionError as error:  # the models of files have a key for each fault and check, so nothing works without
    say(f"error: {error}", err=True)
    raise SystemExit(error.exit_code) from None

__all__ = ["app", "clearing", "faulting", "machine", "main", "rehearsing", "replaying", "searching", "standing"]
