"""Names that people write of a runtime, and small mistakes in them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from hypothesis import strategies as st

from simnet.chain._type_registry import variants
from simnet.chain.metadata import Metadata

LETTERS = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"


def storage_items(metadata: Metadata) -> Iterator[str]:
    for pallet in metadata.pallets.values():
        yield from (f"{pallet.name}.{item}" for item in pallet.storage)


def constants(metadata: Metadata) -> Iterator[str]:
    for pallet in metadata.pallets.values():
        yield from (f"{pallet.name}.{constant}" for constant in pallet.constants)


def events(metadata: Metadata) -> Iterator[str]:
    for pallet in metadata.pallets.values():
        yield from (f"{pallet.name}.{variant.name}" for variant in variants(metadata.types, pallet.event))


def apis(metadata: Metadata) -> Iterator[str]:
    yield from (exported.replace("_", ".", 1) for exported in metadata.apis or {})


@st.composite
def misspelled(draw: st.DrawFn, word: str) -> str:
    """One letter more, less or another, or two that changed places."""
    at = draw(st.integers(0, len(word) - 1))
    letter = draw(st.sampled_from(LETTERS))
    edits = [
        word[:at] + letter + word[at:],
        word[:at] + word[at + 1 :],
        word[:at] + letter + word[at + 1 :],
        word[:at] + word[at + 1 : at + 2] + word[at] + word[at + 2 :],
    ]
    return draw(st.sampled_from(edits))


def edits_between(one: str, two: str) -> int:
    """Letters that have to be put in, taken out or replaced to make one word of the other, whatever their case."""
    one, two = one.casefold(), two.casefold()
    row = list(range(len(two) + 1))
    for at, letter in enumerate(one, start=1):
        before, row[0] = row[0], at
        for to, other in enumerate(two, start=1):
            before, row[to] = row[to], min(row[to] + 1, row[to - 1] + 1, before + (letter != other))
    return row[-1]


def stands_alone(mutated: str, right: str, known: Iterable[str]) -> bool:
    """Whether nobody could mean another name by it."""
    return all(edits_between(mutated, other) > edits_between(mutated, right) + 1 for other in known if other != right)
