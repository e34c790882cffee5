"""Providers by the name that ``--provider`` takes."""

from __future__ import annotations

from collections.abc import Callable

from simnet.errors import InputError
from simnet.network.topology import nearest
from simnet.providers.base import Provider
from simnet.providers.docker.provider import DockerProvider

DEFAULT = "docker"

_PROVIDERS: dict[str, Callable[[], Provider]] = {"docker": DockerProvider}


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
