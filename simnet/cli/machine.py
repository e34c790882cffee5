"""What this machine has and can do: doctor, images."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial
from typing import Annotated

import typer

from simnet.cli import _completion
from simnet.cli._answers import DoctorAnswer, ImageAnswer, ImagesAnswer, ProviderAnswer, answer
from simnet.cli._app import AsJson, command
from simnet.cli._scenario_files import find, load_any
from simnet.cli._screen import say
from simnet.errors import ImageError
from simnet.exit_codes import ExitCode
from simnet.providers.base import Plan
from simnet.providers.docker.docker_provider import images_of
from simnet.providers.docker.doctor import NEEDED, examine
from simnet.providers.docker.engine import connect
from simnet.providers.docker.images import Image, resolve
from simnet.providers.docker.sandbox_image import sandbox_tag
from simnet.providers.registry import names, provider_named
from simnet.rehearsal import plan_of
from simnet.scenario import NetworkSpec, ParachainSpec

_USUAL = NetworkSpec(parachains=(ParachainSpec(id=2000),))
"""Stands for the images that most networks need."""


@command()
def doctor(as_json: AsJson = False) -> None:
    """Say what this machine can do, fault by fault, and what to do about what it cannot.

    First the simulated provider, then Docker, then those of other distributions. The engine is asked; what only trying
    shows is tried in a small container, which is removed at once. Exits with 3 when nothing can run on Docker here.

    simnet doctor --json
    """
    simulated = provider_named("simulated").capabilities()
    found = examine(images_of(Plan(topology=_USUAL.topology())))
    others = [(name, provider_named(name).capabilities()) for name in names() if name not in ("simulated", "docker")]
    providers = (("simulated", simulated), ("docker", found), *others)
    needed = all(one.available for one in found if one.name in NEEDED)
    code = ExitCode.HELD if needed else ExitCode.HARNESS_FAILED
    if as_json:
        told = tuple(ProviderAnswer(name=name, capabilities=tuple(can)) for name, can in providers)
        answer(DoctorAnswer(exit_code=code, providers=told))
        raise typer.Exit(code)
    for provider, capabilities in providers:
        say(f"{provider}:")
        width = max(len(one.name) for one in capabilities)
        for one in capabilities:
            say(f"  {'yes' if one.available else 'NO ':3}  {one.name:{width}}  {one.how}")
    raise typer.Exit(code)


@command()
def images(
    files: Annotated[
        list[str],
        typer.Argument(
            metavar="[FILE...]",
            help="Scenarios or networks; without any, what most networks need.",
            show_default=False,
            autocompletion=_completion.scenarios,
        ),
    ] = [],  # noqa: B006 - typer copies it
    as_json: AsJson = False,
) -> None:
    """List the images that a network needs: which are here, and how to get those that are not.

    Nothing is pulled. Exits with 2 when one is missing; the sandbox's is built when it is first needed.

    simnet images quickstart
    """
    client = connect()
    look = partial(resolve, client, pull=False)
    found = [_looked_up(look, name) for name in _needed(files)]
    sandbox = _looked_up(look, sandbox_tag(), own=True)
    code = ExitCode.HELD if all(one.here for one in found) else ImageError.exit_code
    if as_json:
        answer(ImagesAnswer(exit_code=code, images=(*found, sandbox)))
        raise typer.Exit(code)
    for one in found:
        version = f"  version {one.version}" if one.version else ""
        say(f"here     {one.name}  {one.digest}{version}" if one.here else f"missing  {one.error}")
    say(f"{'here' if sandbox.here else 'built':7}  {sandbox.name}  (simnet's own)")
    raise typer.Exit(code)


def _looked_up(look: Callable[[str], Image], name: str, *, own: bool = False) -> ImageAnswer:
    try:
        image = look(name)
    except ImageError as error:
        return ImageAnswer(name=name, here=False, own=own, digest=None, version=None, error=str(error))
    return ImageAnswer(name=name, here=True, own=own, digest=image.digest, version=image.version, error=None)


def _needed(files: Sequence[str]) -> list[str]:
    if not files:
        return images_of(Plan(topology=_USUAL.topology()))
    needed: set[str] = set()
    for path in find(files):
        loaded = load_any(path)
        plan = Plan(topology=loaded.topology()) if isinstance(loaded, NetworkSpec) else plan_of(loaded)
        needed |= set(images_of(plan))
    return sorted(needed)
