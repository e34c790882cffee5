"""The generated part of the reference: pages that are made of the models whenever the site is built."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial

from docs.public import MODULES
from docs.reference.answers import answers
from docs.reference.command_line import commands
from docs.reference.ending import environment, exit_codes
from docs.reference.files import network_file, scenario_file, space_file
from docs.reference.kinds import acts, checks, faults, states, steps
from docs.reference.library import scenarios
from docs.reference.packages import package
from docs.reference.records import records
from docs.reference.unasked import invariants
from docs.reference.unrun import unrun_blocks

PAGES: Mapping[str, Callable[[], str]] = {
    "reference/faults.md": faults,
    "reference/checks.md": checks,
    "reference/steps.md": steps,
    "reference/states.md": states,
    "reference/acts.md": acts,
    "reference/invariants.md": invariants,
    "reference/records.md": records,
    "reference/scenario-file.md": scenario_file,
    "reference/network-file.md": network_file,
    "reference/space-file.md": space_file,
    "reference/commands.md": commands,
    "reference/answers.md": answers,
    "reference/exit-codes.md": exit_codes,
    "reference/environment.md": environment,
    "reference/library.md": scenarios,
    "reference/unrun-blocks.md": unrun_blocks,
    **{f"reference/python/{name}.md": partial(package, name) for name in MODULES},
}
"""Each page by its path in the site, with what makes its Markdown."""
