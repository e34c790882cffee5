"""Values as JSON-RPC has them: bytes and hashes as 0x hex, heights as hex numbers."""

from __future__ import annotations

from typing import Any

from simnet.codec import Header
from simnet.runtime.host import RuntimeVersion


def as_hex(data: bytes) -> str:
    return "0x" + data.hex()


def optional_hex(data: bytes | None) -> str | None:
    return None if data is None else "0x" + data.hex()


def header_json(header: Header) -> dict[str, Any]:
    """A header as ``chain_getHeader`` gives it."""
    return {
        "parentHash": header.parent_hash,
        "number": hex(header.number),
        "stateRoot": header.state_root,
        "extrinsicsRoot": header.extrinsics_root,
        "digest": {"logs": list(header.logs)},
    }


def version_json(version: RuntimeVersion) -> dict[str, Any]:
    """A runtime's version as ``state_getRuntimeVersion`` gives it."""
    return {
        "specName": version.spec_name,
        "implName": version.impl_name,
        "authoringVersion": version.authoring_version,
        "specVersion": version.spec_version,
        "implVersion": version.impl_version,
        "apis": [[as_hex(api), number] for api, number in version.apis.items()],
        "transactionVersion": version.transaction_version,
        "systemVersion": version.state_version,
        "stateVersion": version.state_version,
    }
