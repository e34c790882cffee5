"""Providers by the name that ``--provider`` takes."""

from __future__ import annotations

from collections.abc import Callable

from simnet.errors import InputError
from simnet.network.topology import nearest
from simnet.providers.base import Provider
from simnet.providers.docker.provider import DockerProvider
from simnet.providers.docker.standing import DockerPlace
from simnet.providers.simulated.place import SimulatedPlace
from simnet.providers.standing import Place

DEFAULT = "simulated"
"""Needs no Docker and takes seconds."""


def _simulated() -> Provider:
    from simnet.providers.simulated.provider import SimulatedProvider  # noqa: PLC0415 - loads wasmtime

    return SimulatedProvider()


_PROVIDERS: dict[str, Callable[[], Provider]] = {"docker": DockerProvider, "simulated": _simulated}

_PLACES: dict[str, Callable[[float | None], Place]] = {"simulated": SimulatedPlace, "docker": DockerPlace}
"""Where networks stand that stay up, by provider; asked in this order, the one that always answers first."""


def register(name: str, make: Callable[[], Provider]) -> None:
    """Makes a provider known by a name, in place of one that had it."""
    _PROVIDERS[name] = make


def names() -> tuple[str, ...]:
    """All names, in the order in which they were registered."""
    return tuple(_PROVIDERS)


def provider_named(name: str) -> Provider:
    """A new provider; raises :class:`InputError` that names the nearest one when there is none of that name."""
    make = _PROVIDERS.get(name)
    if make is None:
        raise InputError(f"no provider is named {name!r}{nearest(name, _PROVIDERS)}")
    return make()


def places() -> tuple[Place, ...]:
    """Everywhere that networks may stand."""
    return tuple(make(None) for make in _PLACES.values())


def check_keep(name: str) -> None:
    """Raises :class:`InputError` when networks of that provider end with the process that runs them."""
    if name in _PLACES and not _PLACES[name](None).outlives:
        raise InputError(
            f"a network of the provider {name} ends with its process, so it cannot be left up after a run; `simnet up`"
            " serves one until it is ended"
        )


def place_named(name: str, speed: float | None) -> Place:
    """Where networks of a provider stand; raises :class:`InputError` when they do not, or cannot go at a speed."""
    provider_named(name)
    if name not in _PLACES:
        raise InputError(f"networks of the provider {name} do not stay up; choose {' or '.join(_PLACES)}")
    return _PLACES[name](speed)
