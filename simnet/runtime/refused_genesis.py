"""What a runtime says of a genesis that it refuses, in terms of the configuration's keys.

A runtime parses its genesis with serde_json and tells a column of the JSON; here that becomes the way to the key. A
pallet that panics while it builds its part of the state is known by its crate.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from simnet.errors import RuntimeTrap
from simnet.fields import KeyPath
from simnet.network.topology import nearest
from simnet.runtime.chain_spec import Json

_PLACED = re.compile(r"(?:Invalid JSON blob: )?(?P<said>.*) at line 1 column (?P<column>\d+)", re.DOTALL)
"""sp-genesis-builder's helper build_state, and serde_json's Display of errors."""

_UNKNOWN = re.compile(
    r"unknown (?:field|variant) `(?P<key>[^`]*)`, (?:expected (?:one of )?(?P<known>.*)|there are .*)"
)
_TOKEN = re.compile(r'"(?:[^"\\]|\\.)*"|[{}\[\],:]|[^\s{}\[\],:"]+')


@dataclass(frozen=True)
class Refusal:
    """What is wrong, and where in the configuration. ``of_key``: the last key itself, not its value."""

    way: KeyPath
    said: str
    of_key: bool = False


def refused(said: str, text: str, config: Json) -> Refusal:
    """The refusal in a runtime's answer. ``text`` is the JSON that it was given, ``config`` the same as data."""
    placed = _PLACED.fullmatch(said.strip())
    if placed is None:
        return Refusal((), " ".join(said.split()))
    way = way_to(text, int(placed["column"]))
    unknown = _UNKNOWN.fullmatch(placed["said"])
    if unknown is None:
        return Refusal(way, placed["said"])
    key, known = unknown["key"], re.findall("`([^`]*)`", unknown["known"] or "")
    if not way or way[-1] != key:  # a variant's name, which is a value
        return Refusal(way, f"unknown value {key!r}{nearest(key, known)}")
    elsewhere = next((".".join(map(str, one)) for one in ways(config) if one[-1] == key and one != way), None)
    hint = f"; it belongs in {elsewhere.rpartition('.')[0]}" if elsewhere else nearest(key, known)
    return Refusal(way, f"unknown key {key!r}{hint}", of_key=True)


def panicked(trap: RuntimeTrap, written: Json) -> Refusal:
    """The refusal in a panic: at the pallet that panicked, if ``written`` (what a user wrote) has a part for it."""
    crate = trap.crate or ""
    pallet = re.sub(r"^(?:cumulus-|staging-)?pallet-", "", crate)
    words = pallet.split("-")
    key = words[0] + "".join(word.title() for word in words[1:])
    return Refusal((key,) if key in written else (), trap.cause)


def way_to(text: str, column: int) -> KeyPath:
    """The way to the part of a JSON text in which its first ``column`` bytes end; the text is ASCII and one line."""
    opened: list[str] = []
    way: list[str | int] = []
    expects_key = False
    for match in _TOKEN.finditer(text):
        if match.start() >= column:
            break
        token = match[0]
        if token in "{[":
            opened.append(token)
            way.append("" if token == "{" else 0)
            expects_key = token == "{"
        elif token in "}]":
            opened.pop()
            way.pop()
            expects_key = False
        elif token == ",":
            expects_key = opened[-1] == "{"
            last = way[-1]
            if isinstance(last, int):
                way[-1] = last + 1
        elif token != ":" and expects_key:
            way[-1] = json.loads(token)
            expects_key = False
    return tuple(way)


def written_way(way: KeyPath, written: Json, config: Json) -> KeyPath:
    """As much of a way through a whole configuration as leads through ``written``, the part of it that a file has.

    It ends at a list that holds more in the whole one, where positions differ.
    """
    found: list[str | int] = []
    part: Any = written
    whole: Any = config
    for key in way:
        if isinstance(part, dict) and key in part:
            part, whole = part[key], whole[key]
        elif isinstance(part, list) and part == whole and isinstance(key, int) and key < len(part):
            part = whole = part[key]
        else:
            break
        found.append(key)
    return tuple(found)


def ways(config: Any, way: KeyPath = ()) -> Iterator[KeyPath]:
    """The ways to all keys of mappings, outer ones first."""
    if isinstance(config, dict):
        yield from ((*way, key) for key in config)
        for key, value in config.items():
            yield from ways(value, (*way, key))
