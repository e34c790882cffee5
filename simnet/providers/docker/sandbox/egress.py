"""Shaping on egress with netem, for kernels that have it.

The root is an htb with one class per shaped destination; each class has a netem leaf and a u32 filter on the
destination address. Classes stay once made, and a changed link changes its leaf in place, so packets that a leaf holds
are not lost.

The command texts and the parser are tested; htb, classes and filters were run on a real kernel. The machine that this
was written on has no netem, so the netem leaf itself was never run.
"""

from __future__ import annotations

import contextlib
import json
import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from ipaddress import IPv4Address
from typing import Any

from .command import run
from .link import CLEAR, Link
from .shaper import backlog_limit

DEVICE = "eth0"
_UNLIMITED = 100e9
"""Bits per second that stand for no limit. netem always gets a rate, because with one it keeps packets in order under
jitter, and because a change that leaves the rate out would keep the old one."""
_PACKET = 1514
_MIN_PACKETS = 1000


@dataclass(frozen=True)
class Egress:
    """What is installed: class numbers and links by destination address. ``ready`` says whether the root exists."""

    ready: bool = False
    classes: Mapping[str, int] = field(default_factory=dict)
    links: Mapping[str, Link] = field(default_factory=dict)

    @property
    def shaped(self) -> dict[str, Link]:
        return {address: link for address, link in self.links.items() if link.shaped}


def netem(link: Link) -> str:
    """Parameters of the leaf. ``limit`` (packets) holds a full delay line and the backlog that a rate may build."""
    rate = _UNLIMITED if link.rate is None else link.rate
    line = 1e9 if link.rate is None else link.rate
    held = (link.delay + link.jitter) * line / 8 + (0 if link.rate is None else backlog_limit(link.rate))
    limit = max(_MIN_PACKETS, math.ceil(held / _PACKET))
    parts = [f"limit {limit}", f"delay {link.delay:.6f}s {link.jitter:.6f}s"]
    if link.loss:
        parts.append(f"loss {link.loss:.9%}")
    if link.reorder and link.delay:
        parts.append(f"reorder {link.reorder:.9%}")
    parts.append(f"rate {rate:.0f}bit")
    return "netem " + " ".join(parts)


def batch(now: Egress, table: Mapping[str, Link], device: str = DEVICE) -> str:
    """Input of ``tc -batch -`` that turns what is installed into ``table``; empty when nothing changes."""
    lines: list[str] = []
    wanted = {address: link for address, link in table.items() if link.shaped}
    if wanted and not now.ready:
        lines.append(f"qdisc replace dev {device} root handle 1: htb default 0 direct_qlen 1000")
    number = max(now.classes.values(), default=0x0F)
    for address, link in sorted(wanted.items()):
        if address in now.classes:
            if now.links.get(address, CLEAR) != link:
                lines.append(_leaf("change", device, now.classes[address], link))
            continue
        number += 1
        lines.append(f"class add dev {device} parent 1: classid 1:{number:x} htb rate 100gbit quantum 60000")
        lines.append(_leaf("add", device, number, link))
        lines.append(
            f"filter add dev {device} parent 1: protocol ip prio 1 u32 match ip dst {address}/32 flowid 1:{number:x}"
        )
    cleared = sorted(set(now.shaped) - set(wanted))
    lines += [_leaf("change", device, now.classes[address], CLEAR) for address in cleared]
    return "".join(f"{line}\n" for line in lines)


def _leaf(verb: str, device: str, number: int, link: Link) -> str:
    return f"qdisc {verb} dev {device} parent 1:{number:x} handle {number:x}: {netem(link)}"


def parse_installed(qdiscs: str, filters: str) -> Egress:
    """From the outputs of ``tc -j qdisc show`` and ``tc -j filter show``."""
    found = json.loads(qdiscs or "[]")
    ready = any(qdisc.get("kind") == "htb" and qdisc.get("root") and qdisc.get("handle") == "1:" for qdisc in found)
    leaves = {
        _minor(qdisc["parent"]): _parse_netem(qdisc.get("options", {}))
        for qdisc in found
        if qdisc.get("kind") == "netem" and str(qdisc.get("parent", "")).startswith("1:")
    }
    classes = {
        str(IPv4Address(int(options["match"]["value"], 16))): _minor(options["flowid"])
        for options in (entry.get("options", {}) for entry in json.loads(filters or "[]"))
        if "flowid" in options and "match" in options
    }
    links = {address: leaves[number] for address, number in classes.items() if number in leaves}
    return Egress(ready, classes, links)


def _minor(class_id: str) -> int:
    return int(class_id.partition(":")[2], 16)


def _parse_netem(options: dict[str, Any]) -> Link:
    rate = 8.0 * options.get("rate", {}).get("rate", 0)
    return Link(
        delay=options.get("delay", {}).get("delay", 0.0),
        jitter=options.get("delay", {}).get("jitter", 0.0),
        loss=options.get("loss-random", {}).get("loss", 0.0),
        reorder=options.get("reorder", {}).get("reorder", 0.0),
        rate=None if rate == 0 or rate >= _UNLIMITED else rate,
    )


def install(table: Mapping[str, Link]) -> None:
    """Makes every destination's leaf as ``table`` says; raises :class:`OSError`."""
    commands = batch(installed(), table)
    if commands:
        run("tc", "-batch", "-", text=commands)


def installed() -> Egress:
    """What the kernel has now."""
    qdiscs = run("tc", "-j", "qdisc", "show", "dev", DEVICE)
    filters = run("tc", "-j", "filter", "show", "dev", DEVICE, "parent", "1:") if '"htb"' in qdiscs else ""
    return parse_installed(qdiscs, filters)


def available() -> bool:
    """Whether the kernel has all that :func:`batch` needs, found by trying it on the loopback device."""
    trial = batch(Egress(), {"192.0.2.1": Link(delay=0.001, reorder=0.5, rate=1e9)}, "lo")
    try:
        run("tc", "-batch", "-", text=trial)
    except OSError:
        return False
    finally:
        with contextlib.suppress(OSError):  # nothing was made
            run("tc", "qdisc", "del", "dev", "lo", "root")
    return True
