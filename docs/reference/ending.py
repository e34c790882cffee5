"""How commands end, and what of the environment they read."""

from __future__ import annotations

from docs.reference.schemas import cell
from simnet.environment import VARIABLES
from simnet.exit_codes import WORST_FIRST, ExitCode

_READERS = {
    "simnet": "What simnet reads",
    "libraries": "What libraries read that simnet uses",
    "sandbox": "What a sandbox is given",
    "tests": "What simnet's own tests and CI read",
}


def exit_codes() -> str:
    """The exit codes, and which one stands for several runs."""
    rows = (f"| {code.value} | `{code.name}` | {cell(code.meaning)} |" for code in ExitCode)
    order = ", ".join(str(int(code)) for code in WORST_FIRST)
    return "\n".join(
        (
            "# Exit codes",
            "",
            "| code | name | when |",
            "| --- | --- | --- |",
            *rows,
            "",
            f"Of several runs the first of these that one ended with stands for all: {order}.",
            "",
        )
    )


def environment() -> str:
    """The variables, by who reads them."""
    lines = ["# Environment variables", ""]
    for reader, head in _READERS.items():
        told = [one for one in VARIABLES if one.read_by == reader]
        lines += [f"## {head}", "", "| variable | what it does | without it |", "| --- | --- | --- |"]
        lines += [f"| `{one.name}` | {cell(one.meaning)} | {cell(one.default)} |" for one in told]
        lines.append("")
    return "\n".join(lines)
