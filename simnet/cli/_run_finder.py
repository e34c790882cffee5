"""Finding runs that stand, wherever they stand."""

from __future__ import annotations

from dataclasses import dataclass

from simnet.cli._screen import say
from simnet.errors import EngineError, InputError
from simnet.network.topology import nearest
from simnet.providers.deployments import Deployment, Deployments
from simnet.providers.registry import all_deployments


@dataclass(frozen=True)
class FoundRun:
    """A run that is up, and the deployments that it is one of."""

    deployments: Deployments
    deployment: Deployment


@dataclass(frozen=True)
class Survey:
    """All runs that stand, and why some providers could not be asked."""

    found: tuple[FoundRun, ...]
    unasked: tuple[EngineError, ...]

    def report_unasked(self) -> None:
        """Says which runs may be missing."""
        for error in self.unasked:
            say(f"not asked: {error}", err=True)

    def one(self, run: str | None) -> FoundRun:
        """The run of that id or of an id that begins so; without any, the only one. Raises :class:`InputError` unless
        there is exactly one, :class:`EngineError` when there is none and some provider could not be asked."""
        if run is not None and not run.strip():
            raise InputError("the run's id is empty; leave it out for the only run that is up")
        ids = [one.deployment.run for one in self.found]
        matching = [one for one in self.found if run is None or one.deployment.run.startswith(run)]
        exact = [one for one in matching if one.deployment.run == run]
        if len(exact or matching) == 1:
            return (exact or matching)[0]
        if matching:
            raise InputError(f"{run!r} may be {' or '.join(one.deployment.run for one in matching)}; write more of it")
        if self.unasked:
            raise self.unasked[0]
        raise InputError(f"no run {run!r} is up{nearest(str(run), ids)}; `simnet status` lists them")


def survey() -> Survey:
    """Asks every provider."""
    found: list[FoundRun] = []
    unasked = []
    for deployments in all_deployments():
        try:
            found += [FoundRun(deployments, deployment) for deployment in deployments.runs()]
        except EngineError as error:
            unasked.append(error)
    return Survey(tuple(found), tuple(unasked))
