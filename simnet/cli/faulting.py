"""Faults in a network that is up, injected and healed by one command each."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Annotated, Any

import typer
import yaml
from pydantic import TypeAdapter, ValidationError

from simnet.cli import _completion
from simnet.cli._app import RunId, command
from simnet.cli._run_finder import survey
from simnet.cli._screen import say
from simnet.errors import InputError
from simnet.exit_codes import ExitCode
from simnet.faults import KINDS, Fault
from simnet.fields import NAME
from simnet.network.topology import nearest
from simnet.providers.deployments import FaultReport


@command()
def fault(
    run: RunId,
    kind: Annotated[
        str | None,
        typer.Argument(metavar="[KIND]", help=f"One of {', '.join(KINDS)}.", autocompletion=_completion.kinds),
    ] = None,
    values: Annotated[
        list[str],
        typer.Argument(
            metavar="[KEY=VALUE...]",
            help="What a scenario file says there.",
            show_default=False,
            autocompletion=_completion.fault_values,
        ),
    ] = [],  # noqa: B006 - typer copies it
    name: Annotated[str | None, typer.Option("--as", metavar="NAME", help="How --heal will call it.")] = None,
    heal: Annotated[str | None, typer.Option("--heal", metavar="NAME", help="Heal this fault, or `all`.")] = None,
) -> None:
    """Inject a fault into a network that is up, or heal one.

    The fault stays until it is healed, and overlaps others as in a scenario. What was asked and what was then measured
    is printed; the exit code is 4 when the two differ.

    simnet fault demo pause targets=bob

    simnet fault demo partition 'groups=[[alice, bob], [charlie, dave]]' --as cut

    simnet fault demo degrade from=alice to=bob delay=100ms 'loss=2 %'

    simnet fault demo --heal cut
    """
    if (kind is None) == (heal is None):
        raise InputError("give either a kind of fault or --heal NAME")
    if heal is not None and (name is not None or values):
        raise InputError("--heal takes the name of a fault and nothing else")
    if name is not None and not re.fullmatch(NAME, name):
        raise InputError(f"{name!r} is no name for a fault: give up to 60 letters, digits, spaces and . : # + _ -")
    wanted = read_fault(kind, values) if kind is not None else None
    found = survey().one(run)
    with found.deployments.drive(found.deployment.run) as driver:
        changed = [driver.inject(wanted, name)] if wanted is not None else driver.heal(str(heal))
    for report in changed:
        _show(report)
    if not all(report.holds for report in changed):
        raise typer.Exit(ExitCode.INCONCLUSIVE)


def read_fault(kind: str, values: Sequence[str]) -> Fault:
    """A fault from ``key=value`` texts, each value written as in a scenario file; raises :class:`InputError`."""
    if kind not in KINDS:
        raise InputError(f"no kind of fault is called {kind!r}{nearest(kind, KINDS)}")
    data: dict[str, Any] = {}
    for text in values:
        key, equals, value = text.partition("=")
        if not equals:
            raise InputError(f"{text!r} is not key=value; write for example targets=bob")
        try:
            # All scalars stay text: the fields read what people write, units included.
            data[key] = yaml.load(value, Loader=yaml.BaseLoader)
        except (yaml.YAMLError, RecursionError, ValueError) as error:
            raise InputError(f"{key}: {value!r} is not YAML; put lists in brackets") from error
    try:
        return TypeAdapter(KINDS[kind]).validate_python(data, context={"file": True}, by_alias=True, by_name=False)
    except ValidationError as error:
        raise InputError("\n".join(_plainly(kind, one) for one in error.errors())) from error


def _plainly(kind: str, error: Any) -> str:
    place = ".".join(str(part) for part in error["loc"])
    where = f"{kind} {place}".strip()
    if error["type"].startswith("unexpected_keyword"):
        schema = TypeAdapter(KINDS[kind]).json_schema(by_alias=True)
        return f"{kind} has no {place!r}{nearest(place, schema['properties'])}"
    if error["type"] == "missing":
        return f"{where} is missing"
    return f"{where}: {error['msg'].removeprefix('Value error, ')}"


def _show(report: FaultReport) -> None:
    """Prints a fault with what was measured last."""
    say(f"{report.name}: {report.fault} {report.state}")
    for reading in report.readings:
        wrong = "" if reading.holds else "  <- not as asked"
        say(f"  {reading.what}: asked {reading.asked}, seen {reading.seen}{wrong}")
