"""What people and files may give that nobody meant: valid inputs changed in one to three places.

Each is a pure function of its number, so that one that breaks something is made again by its number alone.
"""

from __future__ import annotations

import copy
import json
import random
from collections.abc import Callable, Iterator
from functools import cache
from typing import Any

import yaml

ODD_TEXTS = (
    "",
    " ",
    "\0",
    "a\nb",
    "\x1b[2J\x1b[31m",
    "\x9b31m",
    "\u202egnp.exe",
    "\ud800",
    "\udfff",
    "../../x",
    "/dev/zero",
    "~",
    ".",
    "all",
    "harness",
    "region:",
    "region:nowhere",
    "parachain:9",
    "//",
    "//Alice",
    "0x",
    "0xzz",
    "60s",
    "-60s",
    "9" * 400 + "s",
    "1e999 blocks",
    "session + 99999999999 blocks",
    "120 %",
    "relay",
    "none",
    "{",
    "nan",
    "%s%n{0}{x}",
    "</script>",
    "a" * 3000,
)
ODD_NUMBERS = (0, -1, 1, 2**31, 2**63, 2**64, -(2**70), 10**400, 0.5, -0.0, 1e308, float("inf"), float("nan"))
ODD_SHAPES: tuple[Any, ...] = (None, True, False, [], {}, [[]], [None], {"": 1}, {"a": None}, [{"a": [1]}], {"x": {}})


def odd_value(chance: random.Random) -> Any:
    """A value of any type that hardly anything expects."""
    pool: tuple[Any, ...] = chance.choice((ODD_TEXTS, ODD_NUMBERS, ODD_SHAPES))
    value = copy.deepcopy(chance.choice(pool))
    if chance.random() < 0.1:
        for _ in range(chance.choice((1, 3, 90))):
            value = chance.choice(([value], {"k": value}))
    return value


Place = tuple[Any, Any]
"""A mapping or list, and the key or position of one part of it."""


def places(data: Any) -> Iterator[Place]:
    """Every part of plain data."""
    inside = data.items() if isinstance(data, dict) else enumerate(data) if isinstance(data, list) else ()
    for key, value in inside:
        yield data, key
        yield from places(value)


def _drop(chance: random.Random, holder: Any, key: Any) -> None:
    del holder[key]


def _replace(chance: random.Random, holder: Any, key: Any) -> None:
    holder[key] = odd_value(chance)


def _rename(chance: random.Random, holder: Any, key: Any) -> None:
    if isinstance(holder, dict):
        holder[chance.choice((*ODD_TEXTS, key + "x", key[1:]))] = holder.pop(key)


def _add(chance: random.Random, holder: Any, key: Any) -> None:
    if isinstance(holder, dict):
        holder[chance.choice((*ODD_TEXTS, "use", "spec", "genesis", "as"))] = odd_value(chance)
    else:
        holder.insert(key, odd_value(chance))


def _wrap(chance: random.Random, holder: Any, key: Any) -> None:
    holder[key] = chance.choice(([holder[key]], {"of": holder[key]}, str(holder[key]), [holder[key]] * 2))


def _scale(chance: random.Random, holder: Any, key: Any) -> None:
    """Another value of the same type, which reads well more often than not."""
    value = holder[key]
    if isinstance(value, bool):
        holder[key] = not value
    elif isinstance(value, int | float):
        holder[key] = chance.choice((value + 1, value - 1, -value, value * 1000, value // 3))
    elif isinstance(value, str) and value:
        at = chance.randrange(len(value))
        holder[key] = value[:at] + chance.choice(("", "x", "0", "\0", "é", "\x1b", value[at:])) + value[at + 1 :]
    else:
        holder[key] = odd_value(chance)


PIECES = (b"\0", b"\xff", b"{", b"[" * 2000, b"\t", b"\r\n", b"''", b"<<: ", b"&a *a ", b"? [a]\n", b"!!set ")

CHANGES: tuple[Callable[[random.Random, Any, Any], None], ...] = (_drop, _replace, _rename, _add, _wrap, _scale)


def change(chance: random.Random, data: Any) -> Any:
    """Plain data with one to three of its parts changed."""
    data = copy.deepcopy(data)
    for _ in range(chance.choice((1, 1, 2, 3))):
        found = list(places(data))
        if found:
            chance.choice(CHANGES)(chance, *chance.choice(found))
    return data


def change_bytes(chance: random.Random, content: bytes) -> bytes:
    """A file of which bytes are flipped, cut out, doubled or put in, or which ends early."""
    data = bytearray(content)
    for _ in range(chance.choice((1, 1, 2, 5))):
        at, length = chance.randrange(len(data) + 1), chance.choice((1, 3, 20))
        match chance.randrange(5):
            case 0:
                data[at : at + 1] = bytes([chance.randrange(256)])
            case 1:
                del data[at : at + length]
            case 2:
                data[at:at] = data[at : at + length]
            case 3:
                data[at:at] = chance.choice(PIECES)
            case _:
                if chance.random() < 0.2:
                    del data[at:]
    return bytes(data)


def change_lines(chance: random.Random, content: bytes) -> bytes:
    """A file of which lines are doubled, left out, swapped, indented or moved."""
    lines = content.splitlines(keepends=True)
    for _ in range(chance.choice((1, 2))):
        if not lines:
            break
        at, to = chance.randrange(len(lines)), chance.randrange(len(lines))
        match chance.randrange(4):
            case 0:
                lines.insert(to, lines[at])
            case 1:
                del lines[at]
            case 2:
                lines[at], lines[to] = lines[to], lines[at]
            case _:
                lines[at] = b"  " + lines[at]
    return b"".join(lines)


@cache
def _parsed(base: bytes) -> Any:
    return yaml.safe_load(base)


def yaml_input(number: int, bases: list[bytes]) -> bytes:
    """A scenario or network file, changed."""
    chance = random.Random(f"yaml {number}")
    base = chance.choice(bases)
    kind = chance.random()
    if kind < 0.25:
        return change_bytes(chance, base)
    if kind < 0.35:
        return change_lines(chance, base)
    data = change(chance, _parsed(base))
    try:
        return yaml.safe_dump(data, sort_keys=False).encode()
    except (yaml.YAMLError, RecursionError):
        return json.dumps(data).encode()


def json_input(number: int, base: Any) -> bytes:
    """A JSON file, changed."""
    chance = random.Random(f"json {number}")
    if chance.random() < 0.2:
        return change_bytes(chance, json.dumps(base).encode())
    return json.dumps(change(chance, base)).encode()


def _changed_record(chance: random.Random, record: Any) -> Any:
    """A record with anything changed, or only what is inside a mapping or list of its data, which has fewer rules."""
    inner = [name for name, value in record["data"].items() if isinstance(value, dict | list) and value]
    if not inner or chance.random() < 0.4:
        return change(chance, record)
    name = chance.choice(inner)
    return {**record, "data": {**record["data"], name: change(chance, record["data"][name])}}


def journal_input(number: int, base: bytes) -> bytes:
    """A journal with a few lines changed."""
    chance = random.Random(f"journal {number}")
    if chance.random() < 0.2:
        return change_lines(chance, base)
    lines = base.splitlines(keepends=True)
    early = min(len(lines), chance.choice((3, 40, len(lines))))
    for at in chance.sample(range(early), min(early, chance.choice((1, 1, 3)))):
        if chance.random() < 0.2:
            lines[at] = change_bytes(chance, lines[at])
        else:
            lines[at] = json.dumps(_changed_record(chance, json.loads(lines[at]))).encode() + b"\n"
    return b"".join(lines)
