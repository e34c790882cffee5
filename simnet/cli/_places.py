"""Finding runs that stand, wherever they stand."""

from __future__ import annotations

from dataclasses import dataclass

import typer

from simnet.errors import EngineError, InputError
from simnet.network.topology import nearest
from simnet.providers.registry import places
from simnet.providers.standing import Place, Standing


@dataclass(frozen=True)
class Found:
    """A run, and the place that knows it."""

    place: Place
    standing: Standing


@dataclass(frozen=True)
class Survey:
    """All runs that stand, and why some places could not be asked."""

    found: tuple[Found, ...]
    unasked: tuple[EngineError, ...]

    def tell_unasked(self) -> None:
        """Says which runs may be missing."""
        for error in self.unasked:
            typer.echo(f"not asked: {error}", err=True)

    def one(self, run: str | None) -> Found:
        """The run of that id or of an id that begins so; without any, the only one. Raises :class:`InputError` unless
        there is exactly one, :class:`EngineError` when there is none and some place could not be asked."""
        ids = [one.standing.run for one in self.found]
        matching = [one for one in self.found if run is None or one.standing.run.startswith(run)]
        exact = [one for one in matching if one.standing.run == run]
        if len(exact or matching) == 1:
            return (exact or matching)[0]
        if matching:
            raise InputError(f"{run!r} may be {' or '.join(one.standing.run for one in matching)}; write more of it")
        if self.unasked:
            raise self.unasked[0]
        raise InputError(f"no run {run!r} is up{nearest(str(run), ids)}; `simnet status` lists them")


def survey() -> Survey:
    """Asks every place."""
    found: list[Found] = []
    unasked = []
    for place in places():
        try:
            found += [Found(place, standing) for standing in place.runs()]
        except EngineError as error:
            unasked.append(error)
    return Survey(tuple(found), tuple(unasked))
