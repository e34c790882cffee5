"""The runtimes that chains get after their genesis, by a scenario's steps and the upgrades beside them."""

from __future__ import annotations

from collections.abc import Sequence

from simnet.chain.metadata import Metadata, NotInRuntimeError
from simnet.codec import DecodeError
from simnet.errors import HostError, InputError, RuntimeTrap
from simnet.preflight._facts import Facts
from simnet.preflight._steps import brings_code
from simnet.providers.upgrading import code_of
from simnet.scenario.steps import Step


class LaterRuntimes:
    """Looked up when somebody asks, since new code has to be compiled for it."""

    def __init__(self, steps: Sequence[Step], facts: Facts) -> None:
        self._steps = steps
        self._facts = facts
        self._known: dict[str, list[Metadata] | None] = {}

    def of(self, chain: str) -> list[Metadata] | None:
        """Those of a chain, in the order of the steps; None where it may get one of which nothing is known, by a call
        of a step, or of code that cannot be read."""
        if chain not in self._known:
            self._known[chain] = self._brought(chain)
        return self._known[chain]

    def _brought(self, chain: str) -> list[Metadata] | None:
        found: list[Metadata] = []
        for step in self._steps:
            submit, upgrade = step.submit, step.upgrade
            if submit is not None and submit.chain == chain and brings_code(self._facts.chains[chain].calls, submit):
                return None
            if upgrade is not None and upgrade.chain == chain:
                metadata = _metadata_of(chain, upgrade.runtime)
                if metadata is None:
                    return None
                found.append(metadata)
        return found


def _metadata_of(chain: str, runtime: str) -> Metadata | None:
    from simnet.runtime.host import Host  # noqa: PLC0415 - loads wasmtime

    try:
        return Host().runtime(code_of(chain, runtime)).types.metadata
    except (InputError, HostError, RuntimeTrap, DecodeError, NotInRuntimeError):
        return None
