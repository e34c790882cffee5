"""Logs, and what off-chain workers use."""

from __future__ import annotations

import pytest

from simnet.codec import vec_bytes
from simnet.errors import RuntimeTrap
from simnet.runtime.host import Host, LogLine
from tests.runtime.host.probe import one

LOCAL = 2


def log(host: Host, level: int, message: bytes) -> None:
    one(host, "ext_logging_log_version_1", level, b"target", message)


def test_lines_are_kept_until_they_are_taken() -> None:
    host = Host()
    log(host, 0, b"bad")
    log(host, 2, b"\xff said")
    assert host.logs == [LogLine(0, "target", "bad"), LogLine(2, "target", "\ufffd said")]
    assert host.logs == host.take_logs()
    assert host.logs == []


def test_the_level_says_what_is_kept_and_what_runtimes_are_told() -> None:
    host = Host()
    for level in range(6):
        host.log_level = level
        assert one(host, "ext_logging_max_level_version_1") == level.to_bytes(4, "little")
        for each in range(5):
            log(host, each, b"m")
        assert [line.level for line in host.take_logs()] == list(range(level))


def test_prints_are_debug_lines() -> None:
    host = Host()
    host.log_level = 4
    one(host, "ext_misc_print_utf8_version_1", "grüß".encode())
    one(host, "ext_misc_print_hex_version_1", b"\x01\xff")
    one(host, "ext_misc_print_num_version_1", 1 << 63)
    assert [line.message for line in host.take_logs()] == ["grüß", "01ff", str(1 << 63)]


def test_of_very_many_lines_the_last_are_kept() -> None:
    host = Host()
    for i in range(10_010):
        log(host, 0, str(i).encode())
    lines = host.take_logs()
    assert (len(lines), lines[-1].message) == (10_000, "10009")


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


def test_the_clock_is_set_from_outside() -> None:
    host = Host()
    host.set_timestamp(1_700_000_000_123)
    assert int.from_bytes(one(host, "ext_offchain_timestamp_version_1"), "little") == 1_700_000_000_123


def test_submitted_extrinsics_are_collected() -> None:
    host = Host()
    assert one(host, "ext_offchain_submit_transaction_version_1", b"one") == b"\0"
    one(host, "ext_offchain_submit_transaction_version_1", b"")
    assert host.take_submitted() == [b"one", b""]
    assert host.take_submitted() == []


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
