"""Logs, and what off-chain workers use."""

from __future__ import annotations

import pytest

from simnet.codec import vec_bytes
from simnet.errors import RuntimeTrap
from simnet.runtime.host import Host
from tests.runtime.host.probe import one

LOCAL = 2


def log(host: Host, level: int, message: bytes) -> None:
    one(host, "ext_logging_log_version_1", level, b"target", message)


def test_runtimes_are_told_what_level_is_kept() -> None:
    assert one(Host(), "ext_logging_max_level_version_1") == (3).to_bytes(4, "little")


@pytest.mark.parametrize(("kind", "value"), [("utf8", "grüß".encode()), ("hex", b"\x01\xff"), ("num", 1 << 63)])
def test_runtimes_may_print(kind: str, value: int | bytes) -> None:
    assert one(Host(), f"ext_misc_print_{kind}_version_1", value) == b""


def test_the_improved_panic_report_is_the_traps_message() -> None:
    with pytest.raises(RuntimeTrap, match="it broke"):
        one(Host(), "ext_panic_handler_abort_on_panic_version_1", b"it broke")


def test_an_earlier_error_is_not_a_later_traps_message() -> None:
    host = Host()
    log(host, 0, b"an old error")
    with pytest.raises(RuntimeTrap) as caught:
        one(host, "ext_storage_root_version_2", 7)
    assert "an old error" not in str(caught.value)
    assert "unknown state version" in str(caught.value)


def test_extrinsics_may_be_submitted() -> None:
    assert one(Host(), "ext_offchain_submit_transaction_version_1", b"one") == b"\0"


def test_local_storage_is_set_compared_and_cleared() -> None:
    host = Host()

    def get(kind: int) -> bytes:
        return one(host, "ext_offchain_local_storage_get_version_1", kind, b"k")

    def compare_and_set(old: bytes, new: bytes) -> int:
        return one(host, "ext_offchain_local_storage_compare_and_set_version_1", LOCAL, b"k", old, new)[0]

    assert get(LOCAL) == b"\0"
    assert compare_and_set(b"\1" + vec_bytes(b"x"), b"1") == 0
    assert compare_and_set(b"\0", b"1") == 1
    assert compare_and_set(b"\0", b"2") == 0
    assert compare_and_set(b"\1" + vec_bytes(b"1"), b"2") == 1
    assert (get(LOCAL), get(1)) == (b"\1" + vec_bytes(b"2"), b"\0")
    one(host, "ext_offchain_local_storage_clear_version_1", LOCAL, b"k")
    assert get(LOCAL) == b"\0"
    one(host, "ext_offchain_local_storage_set_version_1", LOCAL, b"k", b"3")
    assert get(LOCAL) == b"\1" + vec_bytes(b"3")


def test_random_seeds_come_from_the_hosts_seed() -> None:
    def seeds(host: Host) -> list[bytes]:
        return [one(host, "ext_offchain_random_seed_version_1") for _ in range(3)]

    assert len(set(seeds(Host()))) == 3
    assert seeds(Host()) == seeds(Host())
    assert seeds(Host()) != seeds(Host(bytes([1] * 32)))


def test_no_one_sleeps() -> None:
    with pytest.raises(RuntimeTrap, match="sleep_until"):
        one(Host(), "ext_offchain_sleep_until_version_1", 1)
