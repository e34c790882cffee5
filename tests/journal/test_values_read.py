"""What a block's state has, by what was told of it and of those before it."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from simnet.journal import Ask, Record
from simnet.journal.records import ValueRead
from tests.checks.hand_made import HandMade

ITEM = Ask.of("relay", "storage", "Pallet.Item", [])

BLOCKS = st.lists(
    st.tuples(st.integers(0, 3), st.booleans(), st.booleans()),  # how far back its parent is, was it read, is it told
    min_size=1,
    max_size=12,
)


def walked(made: HandMade, hash_: str) -> Record[ValueRead] | None:
    """By going back block by block."""
    for block in made.evidence.ancestors("relay", hash_):
        if not made.evidence.answered(ITEM, block.hash):
            return None
        if block.hash in made.evidence.values[ITEM]:
            return made.evidence.values[ITEM][block.hash]
    return None


@given(BLOCKS, st.data())
def test_it_is_found_as_by_going_back_whenever_it_is_asked(
    blocks: list[tuple[int, bool, bool]], data: st.DataObject
) -> None:
    made = HandMade(ITEM)
    hashes = ["0x00"]
    for at, (back, read, told) in enumerate(blocks, start=1):
        parent = hashes[max(0, len(hashes) - 1 - back)]
        made.block(f"0x{at:02x}", values={ITEM: at} if told and read else {}, read=read, parent=parent, best=False)
        hashes.append(f"0x{at:02x}")
        asked = data.draw(st.sampled_from(hashes))
        assert made.evidence.value(ITEM, asked) is walked(made, asked)
    for name, (_, read, _) in zip(hashes[1:], blocks, strict=True):
        if not read:
            made.read(name)
    assert [made.evidence.value(ITEM, one) for one in hashes] == [walked(made, one) for one in hashes]
