"""The allocator that runtimes share with the host: Substrate's freeing bump allocator."""

from __future__ import annotations

import struct
from itertools import pairwise

import pytest

from simnet.errors import RuntimeTrap
from simnet.runtime.host import Host
from tests.runtime.host.probe import probe_code

FREE = 0


def allocate(host: Host, *steps: tuple[int, int]) -> list[int]:
    """Addresses given by steps: (size, 1) allocates, (address, FREE) frees.

    The arguments lie on the heap too, so there is always room for 64 steps: their number changes no address.
    """
    padded = steps + ((0, 1),) * (64 - len(steps))
    answer = host.run(probe_code(), "allocate", b"".join(struct.pack("<II", *step) for step in padded))
    given = [int.from_bytes(answer[i : i + 4], "little") for i in range(0, len(answer), 4)]
    return given[: sum(step[1] for step in steps)]


def test_sizes_are_rounded_up_to_powers_of_two_behind_a_header(host: Host) -> None:
    at = allocate(host, (1, 1), (8, 1), (9, 1), (16, 1), (17, 1), (1000, 1), (1, 1))
    assert [b - a for a, b in pairwise(at)] == [16, 16, 24, 24, 40, 1032]
    assert all(address % 8 == 0 for address in at)


def test_nothing_asked_for_takes_the_smallest_chunk(host: Host) -> None:
    first, second = allocate(host, (0, 1), (0, 1))
    assert second - first == 16


def test_a_freed_chunk_is_given_again_last_freed_first(host: Host) -> None:
    a, b = allocate(host, (100, 1), (100, 1))
    assert allocate(host, (100, 1), (100, 1), (a, FREE), (b, FREE), (128, 1), (65, 1), (100, 1))[2:4] == [b, a]


def test_a_freed_chunk_is_not_given_for_another_size(host: Host) -> None:
    [a] = allocate(host, (100, 1))
    assert allocate(host, (100, 1), (a, FREE), (64, 1))[1] != a


def test_memory_grows_for_the_largest_chunk(host: Host) -> None:
    [first, second] = allocate(host, (32 << 20, 1), (32 << 20, 1))
    assert second - first == (32 << 20) + 8


def test_more_than_the_largest_chunk_traps(host: Host) -> None:
    with pytest.raises(RuntimeTrap, match="more than 32 MiB"):
        allocate(host, ((32 << 20) + 1, 1))


def test_exhausted_memory_traps(host: Host) -> None:
    with pytest.raises(RuntimeTrap, match="memory is exhausted"):
        allocate(host, *[(32 << 20, 1)] * 64)


def test_freeing_twice_traps(host: Host) -> None:
    [a] = allocate(host, (100, 1))
    with pytest.raises(RuntimeTrap, match="freed what was not allocated"):
        allocate(host, (100, 1), (a, FREE), (a, FREE))


def test_every_call_begins_with_an_empty_heap(host: Host) -> None:
    assert allocate(host, (100, 1)) == allocate(host, (100, 1))
