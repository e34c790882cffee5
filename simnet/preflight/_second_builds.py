"""Which upgrades of a scenario a second build, made with the feature ``try-runtime``, is of."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from simnet.errors import HostError, InputError
from simnet.network.topology import RELAY
from simnet.paths import shown
from simnet.preflight._new_codes import version_in_words
from simnet.providers.upgrading import code_of
from simnet.scenario import Scenario

if TYPE_CHECKING:
    from simnet.runtime.host import RuntimeVersion


def second_builds(scenario: Scenario, file: Path) -> dict[str, bytes]:
    """The build by the chains that an ``upgrade`` step brings to its version. Raises :class:`InputError` for a file
    without the checks, and for one that is of no upgrade of the scenario."""
    from simnet.runtime.host import Host, embedded_version  # noqa: PLC0415 - loads wasmtime
    from simnet.runtime.migration import TRY_FUNCTION  # noqa: PLC0415 - loads wasmtime

    build, named = code_of(RELAY, str(file)), f"--try-runtime {shown(file)}"
    try:
        version, functions = embedded_version(build), Host().runtime(build).functions
    except HostError as error:
        raise InputError(f"{named}: {error}") from error
    if TRY_FUNCTION not in functions:
        raise InputError(f"{named} has no {TRY_FUNCTION}; build the runtime with the feature try-runtime")
    if version is None:
        raise InputError(f"{named} carries no version, so that nobody knows which upgrade it is of")
    steps = scenario.upgrades()
    brought = {step.chain: embedded_version(code_of(step.chain, step.runtime)) for step in steps}
    chains = {chain: build for chain, one in brought.items() if one is not None and _which(one) == _which(version)}
    if not chains:
        others = ", ".join(f"{version_in_words(one)} to {chain}" for chain, one in brought.items() if one) or "nothing"
        raise InputError(f"{named} is {version_in_words(version)}, and the steps of {scenario.name} bring {others}")
    return chains


def _which(version: RuntimeVersion) -> tuple[str, int]:
    return version.spec_name, version.spec_version
