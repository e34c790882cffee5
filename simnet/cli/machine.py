"""What this machine has and can do: doctor, images."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated

import typer

from simnet.cli._app import command
from simnet.cli._scenario_files import find, load_any
from simnet.cli._screen import say
from simnet.errors import ImageError
from simnet.exit_codes import ExitCode
from simnet.providers.base import Plan
from simnet.providers.docker.docker_provider import images_of
from simnet.providers.docker.doctor import NEEDED, examine
from simnet.providers.docker.engine import connect
from simnet.providers.docker.images import resolve
from simnet.providers.docker.sandbox_image import sandbox_tag
from simnet.providers.registry import names, provider_named
from simnet.rehearsal import plan_of
from simnet.scenario import NetworkSpec, ParachainSpec

_USUAL = NetworkSpec(parachains=(ParachainSpec(id=2000),))
"""Stands for the images that most networks need."""


@command()
def doctor() -> None:
    """Say what this machine can do, fault by fault, and what to do about what it cannot.

    First the simulated provider, then Docker, then those of other distributions. The engine is asked; what only trying
    shows is tried in a small container, which is removed at once. Exits with 3 when nothing can run on Docker here.
    """
    simulated = provider_named("simulated").capabilities()
    found = examine(images_of(Plan(topology=_USUAL.topology())))
    others = [(name, provider_named(name).capabilities()) for name in names() if name not in ("simulated", "docker")]
    for provider, capabilities in (("simulated", simulated), ("docker", found), *others):
        say(f"{provider}:")
        width = max(len(one.name) for one in capabilities)
        for one in capabilities:
            say(f"  {'yes' if one.available else 'NO ':3}  {one.name:{width}}  {one.how}")
    if not all(one.available for one in found if one.name in NEEDED):
        raise typer.Exit(ExitCode.HARNESS_FAILED)


@command()
def images(
    files: Annotated[
        list[str],
        typer.Argument(
            metavar="[FILE...]", help="Scenarios or networks; without any, what most networks need.", show_default=False
        ),
    ] = [],  # noqa: B006 - typer copies it
) -> None:
    """List the images that a network needs: which are here, and how to get those that are not.

    Nothing is pulled. Exits with 2 when one is missing; the sandbox's is built when it is first needed.
    """
    client = connect()
    missing = False
    for name in _needed(files):
        try:
            image = resolve(client, name, pull=False)
        except ImageError as error:
            missing = True
            say(f"missing  {error}")
        else:
            version = f"  version {image.version}" if image.version else ""
            say(f"here     {name}  {image.digest}{version}")
    try:
        resolve(client, sandbox_tag(), pull=False)
    except ImageError:
        sandbox = "built"
    else:
        sandbox = "here"
    say(f"{sandbox:7}  {sandbox_tag()}  (simnet's own)")
    if missing:
        raise typer.Exit(ImageError.exit_code)


def _needed(files: Sequence[str]) -> list[str]:
    if not files:
        return images_of(Plan(topology=_USUAL.topology()))
    needed: set[str] = set()
    for path in find(files):
        loaded = load_any(path)
        plan = Plan(topology=loaded.topology()) if isinstance(loaded, NetworkSpec) else plan_of(loaded)
        needed |= set(images_of(plan))
    return sorted(needed)
