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
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any

from simnet.errors import InputError
from simnet.journal import Evidence
from simnet.network.account_formats import FORMATS
from simnet.network.accounts import read_address, sovereign_of_child, sovereign_of_sibling
from simnet.network.known_tokens import WrittenAmount, known_tokens
from simnet.network.topology import RELAY, Topology

OPERATORS = ("at_least", "at_most", "not", "any_of")
"""Keys of which a mapping consists that compares instead of matching fields."""


@dataclass(frozen=True)
class Meanings:
    """What text stands for on one chain: ``tokens`` has the decimals of its units."""

    topology: Topology
    chain: str
    tokens: Mapping[str, int]
    _texts: dict[str, frozenset[int | str]] = field(default_factory=dict, compare=False, repr=False)
    """What texts were found to stand for."""

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

    def texts(self, written: str) -> frozenset[int | str]:
        """Every value for which a text may stand."""
        known = self._texts.get(written)
        if known is None:
            known = self._texts[written] = frozenset(self._meant(written))
        return known

    def _meant(self, written: str) -> set[int | str]:
        found: set[int | str] = {written, "0x" + written.encode().hex()}
        if written.startswith("0x"):
            found.add(written.lower())
        found.update(_accounts(written))
        amount = _amount(written, self.tokens)
        if amount is not None:
            found.add(amount)
        node = next((one for one in self.topology.nodes if one.name == written), None)
        if node is not None:
            found.update(_accounts(node.account))
        para = re.fullmatch(r"para:([0-9]{1,10})", written)
        if para is not None:
            sovereign = sovereign_of_child if self.chain == RELAY else sovereign_of_sibling
            raw = read_address(sovereign(int(para[1])))[1]
            found.update("0x" + raw[:size].hex() for size in FORMATS)
        return found


def compares(pattern: Any) -> bool:
    """Whether a pattern is a mapping of operators."""
    return isinstance(pattern, Mapping) and bool(pattern) and all(key in OPERATORS for key in pattern)


def matches(pattern: Any, value: Any, meanings: Meanings) -> bool:
    """Whether a value is as it was written."""
    match pattern:
        case Mapping() if compares(pattern):
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
            return _is_text_or_number(value) and _plain(value) in meanings.texts(pattern)
    return type(pattern) is type(value) and bool(pattern == value)


def comparable(pattern: Any, value: Any, meanings: Meanings) -> bool:
    """Whether a value is in such a form that the pattern says something of it. It is not where a runtime has other
    fields or types than the one for which the pattern was written: that it does not match says nothing then."""
    if pattern is None or value is None:
        return True
    match pattern:
        case Mapping() if compares(pattern):
            return all(_can_compare(key, one, value, meanings) for key, one in pattern.items())
        case Mapping():
            return _has_fields(pattern, value, meanings)
        case list() | tuple():
            if not isinstance(value, list | tuple):
                return False
            pairs = zip(pattern, value, strict=True) if len(pattern) == len(value) else ()
            return all(comparable(one, other, meanings) for one, other in pairs)
        case str() if isinstance(value, int) and not isinstance(value, bool):
            return any(isinstance(one, int) for one in meanings.texts(pattern))
        case str():
            return isinstance(value, str | Mapping)  # also another variant, which holds something
    return type(pattern) is type(value)


def _has_fields(pattern: Mapping[Any, Any], value: Any, meanings: Meanings) -> bool:
    """A struct has all of the fields; of an enum the value may be another variant."""
    variant = len(pattern) == 1
    if not isinstance(value, Mapping):
        return variant and isinstance(value, str) and value.isidentifier()
    if all(key in value for key in pattern):
        return all(comparable(one, value[key], meanings) for key, one in pattern.items())
    return variant and len(value) == 1


def _can_compare(key: str, wanted: Any, value: Any, meanings: Meanings) -> bool:
    if key == "not":
        return comparable(wanted, value, meanings)
    if key == "any_of":
        return all(comparable(one, value, meanings) for one in wanted)
    return isinstance(value, int) and not isinstance(value, bool)


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
            case list() | tuple() if step.isdecimal() and int(step) < len(value):
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


def _is_text_or_number(value: Any) -> bool:
    return isinstance(value, str | int) and not isinstance(value, bool)


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
    found = WrittenAmount.read(written)
    return None if found is None or found.unit not in tokens else found.smallest(tokens[found.unit])
