"""What people write of a value, matched with the value that a runtime gave.

- a mapping matches a struct whose fields of these names match, others aside, and a variant ``{Name: pattern}``; a
  list matches a list of as many items that match;
- ``{at_least: …, at_most: …}`` bounds a number, ``{not: …}`` is anything else, ``{any_of: […]}`` one of several;
- text matches as a node's JSON has it and in the forms that calls take: ``//Alice``, a node's name, an SS58 address or
  ``para:2000`` for an account, ``1.5 WND`` for an amount, plain text for bytes.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from functools import lru_cache
from typing import Any

from simnet.errors import InputError
from simnet.journal import Evidence
from simnet.network.account_formats import FORMATS
from simnet.network.accounts import read_address, sovereign_of_child, sovereign_of_sibling
from simnet.network.tokens import known_tokens
from simnet.network.topology import RELAY, Topology

OPERATORS = ("at_least", "at_most", "not", "any_of")
"""Keys of which a mapping consists that compares instead of matching fields."""


@dataclass(frozen=True)
class Meanings:
    """What text stands for on one chain: ``tokens`` has the decimals of its units."""

    topology: Topology
    chain: str
    tokens: Mapping[str, int]

    @classmethod
    def of(cls, evidence: Evidence, chain: str) -> Meanings:
        """Those that the journal of a run tells."""
        topology = evidence.network.topology
        told = (evidence.network.tokens or {}).get(chain, {})
        known = any(one.id == chain for one in (topology.relay, *topology.parachains))
        return cls(topology, chain, known_tokens(topology.chain(chain), tuple(told.items())) if known else {})

    def amount(self, written: int | str) -> int:
        """A number of the smallest unit; raises :class:`InputError` for a unit that the chain has not."""
        if isinstance(written, int):
            return written
        found = _amount(written, self.tokens)
        if found is None:
            raise InputError(
                f"{written!r} is no amount of this chain; its units are {', '.join(self.tokens) or 'none'}"
            )
        return found

    def shown(self, amount: int) -> str:
        """An amount in the chain's own token, exactly: ``1.5 WND``; a number where the chain has none."""
        symbol, decimals = next(iter(self.tokens.items()), ("", 0))
        if not symbol:
            return str(amount)
        whole, part = divmod(abs(amount), 10**decimals)
        digits = f"{part:0{decimals}d}".rstrip("0") if decimals else ""
        return f"{'-' if amount < 0 else ''}{whole}{f'.{digits}' if digits else ''} {symbol}"

    def texts(self, written: str) -> set[Any]:
        """Every value for which a text may stand."""
        found: set[Any] = {written, "0x" + written.encode().hex()}
        if written.startswith("0x"):
            found.add(written.lower())
        found.update(_accounts(written))
        amount = _amount(written, self.tokens)
        if amount is not None:
            found.add(amount)
        node = next((one for one in self.topology.nodes if one.name == written), None)
        if node is not None:
            found.update(_accounts(node.account))
        para = re.fullmatch(r"para:(\d{1,10})", written)
        if para is not None:
            sovereign = sovereign_of_child if self.chain == RELAY else sovereign_of_sibling
            raw = read_address(sovereign(int(para[1])))[1]
            found.update("0x" + raw[:size].hex() for size in FORMATS)
        return found


def matches(pattern: Any, value: Any, meanings: Meanings) -> bool:
    """Whether a value is as it was written."""
    match pattern:
        case Mapping() if pattern and all(key in OPERATORS for key in pattern):
            return all(_compares(key, one, value, meanings) for key, one in pattern.items())
        case Mapping():
            return isinstance(value, Mapping) and all(
                key in value and matches(one, value[key], meanings) for key, one in pattern.items()
            )
        case list() | tuple():
            return (
                isinstance(value, list | tuple)
                and len(value) == len(pattern)
                and all(matches(one, other, meanings) for one, other in zip(pattern, value, strict=True))
            )
        case str():
            return _plain(value) in meanings.texts(pattern) if not isinstance(value, Mapping | list | tuple) else False
    return type(pattern) is type(value) and bool(pattern == value)


class Missing:
    """Stands for a part that a value has not, though there is a value."""

    def __repr__(self) -> str:
        return "no such part"


MISSING = Missing()


def at_path(value: Any, path: str) -> Any:
    """The part of a value to which names and positions with dots between them lead, ``data.free``; None where there is
    nothing, ``MISSING`` where there is a value without such a part."""
    for step in path.split("."):
        match value:
            case None:
                return None
            case Mapping() if step in value:
                value = value[step]
            case list() | tuple() if step.isdigit() and int(step) < len(value):
                value = value[int(step)]
            case _:
                return MISSING
    return value


def in_text(pattern: Any) -> str:
    """As a sentence has it: ``who //Bob, amount at least 1``."""
    if not isinstance(pattern, Mapping):
        return str(pattern)
    return ", ".join(f"{str(key).replace('_', ' ')} {in_text(one)}" for key, one in pattern.items())


def _compares(key: str, wanted: Any, value: Any, meanings: Meanings) -> bool:
    if key == "not":
        return not matches(wanted, value, meanings)
    if key == "any_of":
        return any(matches(one, value, meanings) for one in wanted)
    if isinstance(value, bool) or not isinstance(value, int):
        return False
    bound = meanings.amount(wanted)
    return value >= bound if key == "at_least" else value <= bound


def _plain(value: Any) -> Any:
    return value.lower() if isinstance(value, str) and value.startswith("0x") else value


@lru_cache(maxsize=1024)
def _accounts(written: str) -> frozenset[str]:
    """The accounts for which a secret URI or an address stands, in each form that chains have, ``0x`` hex."""
    try:
        if written.startswith("//"):
            return frozenset("0x" + form.of(written).hex() for form in FORMATS.values())
        return frozenset() if written.startswith("0x") else frozenset({"0x" + read_address(written)[1].hex()})
    except InputError:
        return frozenset()


def _amount(written: str, tokens: Mapping[str, int]) -> int | None:
    found = re.fullmatch(r"(-?\d+(?:\.\d+)?) ?([A-Za-z][A-Za-z0-9]*)", written.replace("_", "").strip())
    if found is None or found[2] not in tokens:
        return None
    number = Decimal(found[1]).scaleb(tokens[found[2]])
    return int(number) if number == number.to_integral_value() else None
