"""The way of arguments and results between a runtime's memory and native's, and what happens when it fails."""

from __future__ import annotations

import hashlib
import re

import pytest
from wasmtime import wat2wasm

from simnet.errors import HostError, RuntimeTrap
from simnet.network.topology import Chain
from simnet.runtime.bundled import digests, runtime_code
from simnet.runtime.host import Host, Runtime
from simnet.runtime.host._functions import ALLOCATOR_FUNCTIONS, HOST_FUNCTIONS
from simnet.runtime.host._wasm import decompressed
from tests.runtime.host.chains import PARA
from tests.runtime.host.probe import one, probe_code, script


def tiny(body: str, imports: str = "") -> bytes:
    """A runtime with one function ``go`` of the type that runtimes' functions have."""
    return bytes(
        wat2wasm(f"""(module {imports}
        (import "env" "memory" (memory 20))
        (global (export "__heap_base") i32 (i32.const 1048576))
        (func (export "go") (param i32 i32) (result i64) {body}))""")
    )


@pytest.mark.parametrize("size", [0, 1, 64, 65535, 65536, 70000, 1_000_000])
def test_bytes_of_any_length_pass_both_ways(host: Host, size: int) -> None:
    data = bytes(i % 251 for i in range(size))
    assert one(host, "ext_hashing_blake2_256_version_1", data) == hashlib.blake2b(data, digest_size=32).digest()
    execution = host.state({}).execute()
    probe = host.runtime(probe_code())
    commands = [("ext_storage_set_version_1", (b"key", data)), ("ext_storage_get_version_1", (b"key",))]
    assert script(execution.call, probe, commands)[1].endswith(data)


def test_a_runtime_gets_its_arguments_and_gives_its_result(host: Host) -> None:
    echo = tiny("""(i64.or (i64.extend_i32_u (local.get 0))
                   (i64.shl (i64.extend_i32_u (local.get 1)) (i64.const 32)))""")
    for data in (b"", b"x", bytes(range(256)) * 1000):
        assert host.run(echo, "go", data) == data


@pytest.mark.parametrize(("room", "offset"), [(0, 0), (4, 0), (6, 0), (9, 0), (4, 2), (4, 6), (4, 100)])
def test_read_fills_the_buffer_and_says_how_much_there_is(host: Host, probe: Runtime, room: int, offset: int) -> None:
    state = host.state({b"key": b"abcdef"}, {b"child": {b"key": b"abcdef"}})
    [top, child] = script(
        state.call,
        probe,
        [
            ("ext_storage_read_version_1", (b"key", room, offset)),
            ("ext_default_child_storage_read_version_1", (b"child", b"key", room, offset)),
        ],
    )
    rest = b"abcdef"[offset:]
    expected = b"\1" + len(rest).to_bytes(4, "little") + rest[:room]
    assert top[: len(expected)] == child[: len(expected)] == expected
    assert len(top) == 5 + room


def test_read_of_nothing_leaves_the_buffer(host: Host) -> None:
    assert one(host, "ext_storage_read_version_1", b"none", 4, 0) == b"\0" + bytes(4)


def test_a_missing_host_function_traps_by_name_when_called(host: Host) -> None:
    imports = '(import "env" "ext_crypto_bls381_generate_version_1" (func $f (param i32 i64) (result i32)))'
    code = tiny("(drop (call $f (i32.const 1) (i64.const 2))) (i64.const 0)", imports)
    with pytest.raises(RuntimeTrap, match="ext_crypto_bls381_generate_version_1, which simnet does not have"):
        host.run(code, "go")


def test_a_host_function_of_another_type_is_refused(host: Host) -> None:
    imports = '(import "env" "ext_storage_get_version_1" (func $f (param i32) (result i32)))'
    code = tiny("(drop (call $f (i32.const 1))) (i64.const 0)", imports)
    with pytest.raises(
        HostError, match=r"ext_storage_get_version_1 as \(param i32\) \(result i32\); nodes offer it as"
    ):
        host.run(code, "go")


def test_an_uncalled_missing_function_does_no_harm(host: Host) -> None:
    assert host.run(probe_code("ext_no_such_function"), "script") == b""


def test_an_argument_outside_the_memory_traps(host: Host) -> None:
    imports = '(import "env" "ext_storage_get_version_1" (func $f (param i64) (result i64)))'
    code = tiny("(call $f (i64.const 0x7fffffff00000010))", imports)
    with pytest.raises(RuntimeTrap, match="gave a host function more bytes than it takes"):
        host.run(code, "go")


def test_a_result_outside_the_memory_traps(host: Host) -> None:
    with pytest.raises(RuntimeTrap, match="result lies outside its memory"):
        host.run(tiny("(i64.const 0x00100000ffff0000)"), "go")


def test_an_unknown_function_of_a_runtime_is_named(host: Host) -> None:
    with pytest.raises(HostError, match="no function 'gone'"):
        host.run(tiny("(i64.const 0)"), "gone")


@pytest.mark.parametrize("code", [b"", b"\0asm", b"no code at all", bytes.fromhex("52bc537646db8e05") + b"junk"])
def test_code_that_is_no_runtime_is_refused(host: Host, code: bytes) -> None:
    with pytest.raises(HostError):
        host.runtime(code)


def test_a_module_without_imported_memory_is_refused(host: Host) -> None:
    with pytest.raises(HostError, match="does not import its memory"):
        host.runtime(bytes(wat2wasm('(module (memory (export "memory") 1))')))


def test_the_same_code_gives_the_same_runtime(host: Host) -> None:
    code = runtime_code(PARA)
    runtime = host.runtime(code)
    assert host.runtime(bytes(bytearray(code))) is runtime
    assert host.state({b":code": code}).runtime() is runtime
    assert host.state({b":code": code}).runtime().version.spec_name == "penpal-parachain"


@pytest.mark.parametrize("name", sorted(digests()))
def test_every_import_of_the_bundled_runtimes_is_known_or_of_the_keystore(name: str) -> None:
    keystore = re.compile("ext_crypto_(ecdsa|ed25519|sr25519)_(generate|sign)_version_1")
    wasm = decompressed(runtime_code(Chain(id="x", runtime=name)))
    # The import section is among the first of a module.
    imported = {found.decode() for found in re.findall(rb"ext_[a-z0-9_]+_version_[0-9]", wasm[:20000])}
    assert len(imported) > 40
    unknown = imported - set(HOST_FUNCTIONS) - set(ALLOCATOR_FUNCTIONS)
    assert [name for name in unknown if not keystore.fullmatch(name)] == []
