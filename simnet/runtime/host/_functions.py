"""The host functions that runtimes may import: name, kinds of arguments, kind of result.

`native.wasm` exports each under the same name, with a span flattened to pointer and length. Names and types are those
of Substrate's sp-io and of the Polkadot protocol specification's host API. A function that is missing here traps by
name when a runtime calls it.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class ArgumentKind:
    """How a runtime passes an argument or takes a result: its WASM type, and those of what native takes for it.

    ``size``: bytes behind a pointer.
    """

    runtime: str
    native: tuple[str, ...]
    size: int = 0


def pointer(size: int) -> ArgumentKind:
    """``size`` bytes behind an i32 pointer."""
    return ArgumentKind("i32", ("i32",), size)


SPAN = ArgumentKind("i64", ("i32", "i32"))
"""Bytes of any length: pointer in the lower half of an i64, length in the upper."""

OUT = ArgumentKind("i64", ())
"""A span that the function fills, as far as there is room and data."""

U32, U64 = ArgumentKind("i32", ("i32",)), ArgumentKind("i64", ("i64",))
KEY, SIGNATURE, RECOVERABLE, POINT = pointer(32), pointer(64), pointer(65), pointer(33)
KEY_TYPE = pointer(4)


@dataclass(frozen=True)
class HostFunction:
    """How a runtime calls a host function."""

    arguments: tuple[ArgumentKind, ...]
    result: ArgumentKind | None


def _f(*arguments: ArgumentKind, gives: ArgumentKind | None = None) -> HostFunction:
    return HostFunction(arguments, gives)


_TRIE_ACCESS = {
    "get_version_1": _f(SPAN, gives=SPAN),
    "read_version_1": _f(SPAN, OUT, U32, gives=SPAN),
    "set_version_1": _f(SPAN, SPAN),
    "clear_version_1": _f(SPAN),
    "exists_version_1": _f(SPAN, gives=U32),
    "next_key_version_1": _f(SPAN, gives=SPAN),
    "clear_prefix_version_1": _f(SPAN),
    "clear_prefix_version_2": _f(SPAN, SPAN, gives=SPAN),
    "root_version_1": _f(gives=SPAN),
    "root_version_2": _f(U32, gives=SPAN),
}

_STORAGE = _TRIE_ACCESS | {
    "append_version_1": _f(SPAN, SPAN),
    "start_transaction_version_1": _f(),
    "commit_transaction_version_1": _f(),
    "rollback_transaction_version_1": _f(),
}

_CHILD_STORAGE = {name: _f(SPAN, *access.arguments, gives=access.result) for name, access in _TRIE_ACCESS.items()} | {
    "storage_kill_version_1": _f(SPAN),
    "storage_kill_version_2": _f(SPAN, SPAN, gives=U32),
    "storage_kill_version_3": _f(SPAN, SPAN, gives=SPAN),
}

_HASHING = {
    "blake2_128_version_1": _f(SPAN, gives=pointer(16)),
    "blake2_256_version_1": _f(SPAN, gives=pointer(32)),
    "keccak_256_version_1": _f(SPAN, gives=pointer(32)),
    "keccak_512_version_1": _f(SPAN, gives=pointer(64)),
    "sha2_256_version_1": _f(SPAN, gives=pointer(32)),
    "twox_64_version_1": _f(SPAN, gives=pointer(8)),
    "twox_128_version_1": _f(SPAN, gives=pointer(16)),
    "twox_256_version_1": _f(SPAN, gives=pointer(32)),
}

_CRYPTO = {
    "ed25519_verify_version_1": _f(SIGNATURE, SPAN, KEY, gives=U32),
    "sr25519_verify_version_1": _f(SIGNATURE, SPAN, KEY, gives=U32),
    "sr25519_verify_version_2": _f(SIGNATURE, SPAN, KEY, gives=U32),
    "ecdsa_verify_version_2": _f(RECOVERABLE, SPAN, POINT, gives=U32),
    "ecdsa_verify_prehashed_version_1": _f(RECOVERABLE, pointer(32), POINT, gives=U32),
    "secp256k1_ecdsa_recover_version_2": _f(RECOVERABLE, pointer(32), gives=SPAN),
    "secp256k1_ecdsa_recover_compressed_version_2": _f(RECOVERABLE, pointer(32), gives=SPAN),
}

_KEYSTORE = {
    f"{scheme}_{name}_version_1": function
    for scheme, public in {"sr25519": KEY, "ed25519": KEY, "ecdsa": POINT}.items()
    for name, function in {
        "generate": _f(KEY_TYPE, SPAN, gives=public),
        "public_keys": _f(KEY_TYPE, gives=SPAN),
        "sign": _f(KEY_TYPE, public, SPAN, gives=SPAN),
    }.items()
}

_TRIE = {
    f"{hasher}_{root}_version_{version}": _f(SPAN, *([U32] if version == 2 else []), gives=pointer(32))
    for hasher in ("blake2_256", "keccak_256")
    for root in ("root", "ordered_root")
    for version in (1, 2)
}

_OFFCHAIN = {
    "is_validator_version_1": _f(gives=U32),
    "local_storage_get_version_1": _f(U32, SPAN, gives=SPAN),
    "local_storage_set_version_1": _f(U32, SPAN, SPAN),
    "local_storage_clear_version_1": _f(U32, SPAN),
    "local_storage_compare_and_set_version_1": _f(U32, SPAN, SPAN, SPAN, gives=U32),
    "random_seed_version_1": _f(gives=pointer(32)),
    "sleep_until_version_1": _f(U64),
    "submit_transaction_version_1": _f(SPAN, gives=SPAN),
    "timestamp_version_1": _f(gives=U64),
}

_OTHERS = {
    "ext_logging_log_version_1": _f(U32, SPAN, SPAN),
    "ext_logging_max_level_version_1": _f(gives=U32),
    "ext_misc_print_hex_version_1": _f(SPAN),
    "ext_misc_print_num_version_1": _f(U64),
    "ext_misc_print_utf8_version_1": _f(SPAN),
    "ext_misc_runtime_version_version_1": _f(SPAN, gives=SPAN),
    "ext_offchain_index_clear_version_1": _f(SPAN),
    "ext_offchain_index_set_version_1": _f(SPAN, SPAN),
    "ext_panic_handler_abort_on_panic_version_1": _f(SPAN),
    "ext_storage_proof_size_storage_proof_size_version_1": _f(gives=U64),
}

HOST_FUNCTIONS: dict[str, HostFunction] = _OTHERS | {
    f"ext_{group}_{name}": function
    for group, functions in {
        "storage": _STORAGE,
        "default_child_storage": _CHILD_STORAGE,
        "hashing": _HASHING,
        "crypto": _CRYPTO | _KEYSTORE,
        "trie": _TRIE,
        "offchain": _OFFCHAIN,
    }.items()
    for name, function in functions.items()
}

ALLOCATOR_SIGNATURES: dict[str, tuple[tuple[str, ...], tuple[str, ...]]] = {
    "ext_allocator_malloc_version_1": (("i32",), ("i32",)),
    "ext_allocator_free_version_1": (("i32",), ()),
}
"""Parameters and results of what the allocator's module answers itself."""

ALLOCATOR_FUNCTIONS = tuple(ALLOCATOR_SIGNATURES)
