"""The packet filter on ingress: which sources are dropped and which go to the shaper's queue.

All rules sit in one chain of simnet's own, and every change replaces that chain in one ``iptables-restore``, which the
kernel takes as a whole. Packets from sources that are not listed fall through, so RPC and published ports are exempt.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass

from .command import run
from .link import Link

CHAIN = "SIMNET-IN"
QUEUE = 0
_JUMP = f"-A INPUT -j {CHAIN}"
_RULE = re.compile(
    rf"-A {CHAIN} -s (?P<source>[0-9.]+)/32 -j (?P<target>DROP|NFQUEUE --queue-num {QUEUE} --queue-bypass)"
)
_TEST_SOURCE = "192.0.2.1"
"""An address for documentation (RFC 5737): no node has it."""


@dataclass(frozen=True)
class Filters:
    """Source addresses by what the kernel does with their packets."""

    cut: frozenset[str] = frozenset()
    queued: frozenset[str] = frozenset()


def wanted(table: Mapping[str, Link], *, queue: bool) -> Filters:
    """What a table of links asks of the filter; ``queue`` says whether shaping happens on ingress."""
    return Filters(
        cut=frozenset(source for source, link in table.items() if link.cut),
        queued=frozenset(source for source, link in table.items() if queue and link.shaped),
    )


def restore_text(filters: Filters) -> str:
    """Input of ``iptables-restore --noflush``. Drops come first: an accepted verdict skips the rest of the chain."""
    rules = [f"-A {CHAIN} -s {source}/32 -j DROP" for source in sorted(filters.cut)]
    rules += [
        f"-A {CHAIN} -s {source}/32 -j NFQUEUE --queue-num {QUEUE} --queue-bypass" for source in sorted(filters.queued)
    ]
    return "\n".join(["*filter", f":{CHAIN} - [0:0]", *rules, "COMMIT", ""])


def parse_saved(text: str) -> Filters:
    """Filters in the output of ``iptables-save``; none when INPUT does not jump to the chain before all else."""
    lines = text.splitlines()
    if next((line for line in lines if line.startswith("-A INPUT ")), None) != _JUMP:
        return Filters()
    found = [match for match in map(_RULE.fullmatch, lines) if match is not None]
    return Filters(
        cut=frozenset(match["source"] for match in found if match["target"] == "DROP"),
        queued=frozenset(match["source"] for match in found if match["target"] != "DROP"),
    )


def install(filters: Filters) -> None:
    """Replaces all rules at once; raises :class:`OSError`."""
    run("iptables-restore", "--noflush", text=restore_text(filters))


def installed() -> Filters:
    """What the kernel has now."""
    return parse_saved(run("iptables-save", "-t", "filter"))


def prepare() -> None:
    """Makes the chain and the jump to it, once, however often it is called; raises :class:`OSError`."""
    install(Filters())
    if _JUMP not in run("iptables-save", "-t", "filter").splitlines():
        run("iptables", "-I", "INPUT", "1", "-j", CHAIN)


def can_queue() -> bool:
    """Whether this kernel takes a queue rule, found by installing one and removing it again."""
    try:
        install(Filters(queued=frozenset([_TEST_SOURCE])))
    except OSError:
        return False
    install(Filters())
    return True
