"""Whether the relay chain's root may dispatch as root of a parachain: tried on the state at genesis."""

from __future__ import annotations

from contextlib import suppress
from typing import TYPE_CHECKING

from simnet.chain.calls import Calls
from simnet.errors import HostError, InputError, RuntimeTrap
from simnet.providers.dispatch_origins import superuser_message

if TYPE_CHECKING:
    from simnet.runtime.genesis import Genesis

_DRY_RUN = "DryRunApi_dry_run_xcm"


def takes_superuser(genesis: Genesis, calls: Calls) -> bool | None:
    """Whether a message of the relay chain is executed that has root write no storage; None where the runtime cannot
    try (``DryRunApi``)."""
    types = genesis.runtime.types
    if not types.has(_DRY_RUN):
        return None
    with suppress(InputError, HostError, RuntimeTrap):
        nothing = calls.compose("System.set_storage", {"items": []})
        told = types.answer(_DRY_RUN, genesis.state.call(genesis.runtime, _DRY_RUN, superuser_message(calls, nothing)))
        done = told.get("Ok", {}).get("execution_result")
        return isinstance(done, dict) and "Complete" in done
    return None
