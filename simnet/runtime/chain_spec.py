"""Chain specs as JSON data in the form of sc-chain-spec: reading those that users have, writing those of new chains."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from simnet.errors import InputError
from simnet.network.known_tokens import USUAL_TOKENS, Tokens
from simnet.network.topology import Chain
from simnet.regular_files import SPEC, read_regular

Json = dict[str, Any]
StoredPairs = Mapping[bytes, bytes]

_ID = r"[A-Za-z0-9][A-Za-z0-9._-]{0,99}"
"""The form of a spec's id: sc-service 0.63 (config.rs, BasePath::config_dir) joins it to the path of the database."""

_MAX_DEPTH = 100
"""Objects and lists within one another: genesis configurations have about ten."""

CODE = b":code"
"""The storage key of a chain's runtime."""


def new_spec(name: str, tokens: Tokens = (), **parachain: int | str) -> Json:
    """A local chain's spec without its genesis, as chain-spec-builder writes it.

    ``tokens`` are those that its properties name, by default what chain-spec-builder writes. ``parachain`` has what a
    parachain's needs besides: ``para_id``, and ``relay_chain``, the id of the relay chain's spec.
    """
    return {
        "name": name,
        "id": name,
        "chainType": "Local",
        "bootNodes": [],
        "telemetryEndpoints": None,
        "protocolId": None,
        "properties": _properties(tokens or USUAL_TOKENS),
        "codeSubstitutes": {},
        **parachain,
    }


def _properties(tokens: Tokens) -> Json:
    """One token as scalars, several as lists, which is how wallets read them."""
    symbols, decimals = [symbol for symbol, _ in tokens], [number for _, number in tokens]
    if len(tokens) == 1:
        return {"tokenDecimals": decimals[0], "tokenSymbol": symbols[0]}
    return {"tokenDecimals": decimals, "tokenSymbol": symbols}


def tokens_in(spec: Json) -> Tokens:
    """The tokens that a spec's properties name, as scalars or as lists; none where they name none."""
    found = spec.get("properties")
    properties = found if isinstance(found, dict) else {}
    symbols, decimals = (_listed(properties.get(key)) for key in ("tokenSymbol", "tokenDecimals"))
    return tuple(
        (symbol, number)
        for symbol, number in zip(symbols, decimals, strict=False)
        if isinstance(symbol, str) and isinstance(number, int)
    )


def _listed(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [value]


def raw_genesis(top: StoredPairs, children: Mapping[bytes, StoredPairs]) -> Json:
    """A spec's ``genesis``: main storage, and child tries by storage key without ``:child_storage:default:``."""
    tries = {_hex(child): _hexed(pairs) for child, pairs in children.items()}
    return {"raw": {"top": _hexed(top), "childrenDefault": tries}}


def read_spec(chain: Chain) -> Json:
    """The chain's spec file, raw or plain; what it must have is there. Raises :class:`InputError` for what is none."""
    path = Path(chain.spec_file or "")
    try:
        spec: Json = json.loads(read_regular(path, SPEC))
    except OSError as error:
        raise InputError(f"chain {chain.id}: the chain spec {path} cannot be read: {error.strerror}") from error
    except (ValueError, RecursionError) as error:
        raise InputError(f"chain {chain.id}: {path} is not a chain spec: {error}") from error
    if _nests_beyond(spec, _MAX_DEPTH):
        raise InputError(f"chain {chain.id}: {path} is not a chain spec: it is nested more than {_MAX_DEPTH} deep")
    genesis = spec.get("genesis") if isinstance(spec, dict) else None
    if not isinstance(genesis, dict) or not isinstance(spec.get("id"), str):
        raise InputError(f"chain {chain.id}: {path} is not a chain spec: it needs `id` and `genesis`")
    if not re.fullmatch(_ID, spec["id"]):
        raise InputError(
            f"chain {chain.id}: the `id` of {path} is {spec['id'][:60]!r}, and nodes name the folder of their database"
            f" after it: it may have up to 100 letters, digits, dots, - and _, and begins with a letter or digit"
        )
    if not genesis.keys() & {"raw", "runtimeGenesis"}:
        raise InputError(
            f"chain {chain.id}: the genesis of {path} is of the kind {', '.join(genesis) or 'none'}; "
            f"export it raw with the node that it is for"
        )
    if "raw" in genesis and json.loads(chain.genesis):
        raise InputError(
            f"chain {chain.id}: {path} is raw, so that nothing can be merged over its genesis; give a plain chain "
            f"spec, or leave `genesis` out"
        )
    return spec


def raw_storage(chain: Chain, spec: Json) -> tuple[StoredPairs, Mapping[bytes, StoredPairs]]:
    """Main storage and child tries of a raw spec. Raises :class:`InputError` where they are none or without runtime."""
    raw = spec["genesis"]["raw"]
    try:
        top = _unhexed(raw["top"])
        children = {_unhex(child): _unhexed(pairs) for child, pairs in raw.get("childrenDefault", {}).items()}
    except (AttributeError, KeyError, TypeError, ValueError) as error:
        raise InputError(f"chain {chain.id}: the raw genesis of {chain.spec_file} is damaged: {error!r}") from error
    if not top.get(CODE):
        raise InputError(f"chain {chain.id}: {chain.spec_file} carries no runtime: its genesis has no :code")
    return top, children


def runtime_genesis(chain: Chain, spec: Json) -> tuple[bytes, Json, bool]:
    """The runtime of a plain spec, the configuration that it gives, and whether that is whole: else it is a patch over
    the runtime's default. Raises :class:`InputError` where it is neither."""
    genesis = spec["genesis"]["runtimeGenesis"]
    if not isinstance(genesis, dict):
        raise InputError(f"chain {chain.id}: runtimeGenesis of {chain.spec_file} is no JSON object")
    kinds = [kind for kind in ("config", "patch") if isinstance(genesis.get(kind), dict)]
    if len(kinds) != 1:
        raise InputError(
            f"chain {chain.id}: runtimeGenesis of {chain.spec_file} needs either `config` or `patch`; "
            f"it has {', '.join(genesis)}"
        )
    try:
        code = _unhex(genesis.get("code", ""))
    except (AttributeError, ValueError):
        code = b""
    if not code:
        raise InputError(
            f"chain {chain.id}: {chain.spec_file} carries no runtime: no hex is its runtimeGenesis' `code`"
        )
    return code, genesis[kinds[0]], kinds == ["config"]


def _nests_beyond(data: Any, depth: int) -> bool:
    level = [data]
    for _ in range(depth):
        held = [one.values() if isinstance(one, dict) else one for one in level if isinstance(one, dict | list)]
        level = [part for parts in held for part in parts]
    return bool(level)


def _hex(data: bytes) -> str:
    return "0x" + data.hex()


def _unhex(text: str) -> bytes:
    return bytes.fromhex(text.removeprefix("0x"))


def _hexed(pairs: StoredPairs) -> dict[str, str]:
    return {_hex(key): _hex(value) for key, value in pairs.items()}


def _unhexed(pairs: Mapping[str, str]) -> dict[bytes, bytes]:
    return {_unhex(key): _unhex(value) for key, value in pairs.items()}
