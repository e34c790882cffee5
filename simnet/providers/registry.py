"""Providers by the name that ``--provider`` takes."""

from __future__ import annotations

import functools
from collections.abc import Callable
from importlib.metadata import EntryPoint

from simnet.errors import InputError
from simnet.extensions import PROVIDERS, brought, load, refused
from simnet.network.topology import nearest
from simnet.providers.base import Provider
from simnet.providers.deployments import Deployments, Reach
from simnet.providers.docker.docker_deployments import DockerDeployments
from simnet.providers.docker.docker_provider import DockerProvider
from simnet.providers.simulated.simulated_deployments import SimulatedDeployments

DEFAULT = "simulated"
"""Needs no Docker and takes seconds."""


def _simulated() -> Provider:
    from simnet.providers.simulated.simulated_provider import SimulatedProvider  # noqa: PLC0415 - loads wasmtime

    return SimulatedProvider()


_PROVIDERS: dict[str, Callable[[], Provider]] = {"docker": DockerProvider, "simulated": _simulated}

_DEPLOYMENTS: dict[str, Callable[[Reach], Deployments]] = {
    "simulated": SimulatedDeployments,
    "docker": DockerDeployments,
}
"""Where networks stand that stay up, by provider; asked in this order, the one that always answers first."""


_OFFERED = ("name", "epoch", "capabilities", "plan", "ignored", "launch")
"""What every provider has."""


def register(name: str, make: Callable[[], Provider]) -> None:
    """Makes a provider known by a name, in place of one that had it."""
    _PROVIDERS[name] = make


def names() -> tuple[str, ...]:
    """All names, in the order in which they were registered, then those that other distributions bring."""
    return (*_PROVIDERS, *(name for name in _brought() if name not in _PROVIDERS))


def provider_named(name: str) -> Provider:
    """A new provider; raises :class:`InputError` that names the nearest one when there is none of that name, and
    :class:`~simnet.errors.ExtensionError` when what a distribution brings is none."""
    if name in _PROVIDERS:
        return _PROVIDERS[name]()
    entry = _brought().get(name)
    if entry is None:
        raise InputError(f"no provider is named {name!r}{nearest(name, names())}")
    return _made(entry)


@functools.cache
def _brought() -> dict[str, EntryPoint]:
    """Providers of other distributions, which are loaded when one is asked for."""
    return brought(PROVIDERS, tuple(_DEPLOYMENTS))


def _made(entry: EntryPoint) -> Provider:
    make = load(entry)
    try:
        provider = make()
    except TypeError as error:
        raise refused(entry, f"gives no provider when it is called: {error}") from error
    lacking = [name for name in _OFFERED if not hasattr(provider, name)]
    if lacking:
        raise refused(entry, f"gives no provider: it lacks {', '.join(lacking)}")
    if provider.name != entry.name:
        raise refused(entry, f"calls itself {provider.name!r}; provider and entry point have one name")
    found: Provider = provider
    return found


def all_deployments() -> tuple[Deployments, ...]:
    """Those of every provider."""
    return tuple(make(Reach()) for make in _DEPLOYMENTS.values())


def check_keep(name: str) -> None:
    """Raises :class:`InputError` when networks of that provider end with the process that runs them, or nobody
    knows where they stand."""
    if name not in _DEPLOYMENTS:
        raise InputError(f"nothing could find or remove a network of the provider {name} after a run; leave out --keep")
    if not _DEPLOYMENTS[name](Reach()).outlives:
        raise InputError(
            f"a network of the provider {name} ends with its process, so it cannot be left up after a run; `simnet up`"
            " serves one until it is ended"
        )


def deployments_of(name: str, reach: Reach) -> Deployments:
    """Those of a provider; raises :class:`InputError` when it has none, or none that can be reached so."""
    provider_named(name)
    if name not in _DEPLOYMENTS:
        raise InputError(f"networks of the provider {name} do not stay up; choose {' or '.join(_DEPLOYMENTS)}")
    return _DEPLOYMENTS[name](reach)
