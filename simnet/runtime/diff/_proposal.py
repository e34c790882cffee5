"""What goes into the proposal of an upgrade, and whether that is what a chain has authorized."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal

from simnet.chain.calls import Calls
from simnet.chain.metadata import Metadata, NotInRuntimeError
from simnet.codec import DecodeError, blake2_256
from simnet.errors import InputError
from simnet.runtime.diff._sources import CodeSource
from simnet.runtime.diff._subjects import ReadRuntime

_CALLS: tuple[tuple[str, dict[str, Any]], ...] = (
    ("System.authorize_upgrade", {}),
    ("ParachainSystem.authorize_upgrade", {"check_version": True}),
)
"""The call of frame-system, and that of runtimes of parachains from before it, with what it takes beside the hash."""


@dataclass(frozen=True, kw_only=True)
class Proposal:
    """What the old runtime is given to become the new one."""

    code_hash: str
    """BLAKE2b-256 of the new code as it is stored, 0x hex: what is authorized."""
    call: str | None
    """The call that authorizes it, as the old runtime has it; null where that has none."""
    encoded: str | None
    """That call, encoded, 0x hex."""
    call_hash: str | None
    """BLAKE2b-256 of the encoded call, 0x hex: the hash of its preimage."""
    call_length: int | None
    """Bytes of the encoded call, which a referendum names beside the hash."""


@dataclass(frozen=True, kw_only=True)
class Authorization:
    """What the old chain has authorized at the block that was read."""

    state: Literal["matches", "another", "none", "unknown"]
    """`matches` the new code, is `another` one, `none`; `unknown` where the old runtime is no endpoint's, or has no
    such storage."""
    code_hash: str | None
    """Hash of the code that is authorized, 0x hex."""
    check_version: bool | None
    """Whether name and version are looked at when the code is applied."""


def proposal_of(old: ReadRuntime, code_hash: str) -> Proposal:
    """The call that authorizes a code, which the old runtime dispatches."""
    calls = Calls(old.metadata)
    for call, more in _CALLS:
        try:
            encoded = calls.compose(call, {"code_hash": code_hash, **more})
        except InputError:
            continue
        return Proposal(
            code_hash=code_hash,
            call=call,
            encoded="0x" + encoded.hex(),
            call_hash="0x" + blake2_256(encoded).hex(),
            call_length=len(encoded),
        )
    return Proposal(code_hash=code_hash, call=None, encoded=None, call_hash=None, call_length=None)


def authorization_of(source: CodeSource, metadata: Metadata, code_hash: str) -> Authorization:
    """What the chain that the old code is of has authorized, beside the new code."""
    nothing = Authorization(state="unknown", code_hash=None, check_version=None)
    if source.block is None:
        return nothing
    try:
        found = metadata.decode_storage("System", "AuthorizedUpgrade", source.authorized)
    except (NotInRuntimeError, DecodeError):
        return nothing
    if found is None:
        return Authorization(state="none", code_hash=None, check_version=None)
    named = found["code_hash"]
    state: Literal["matches", "another"] = "matches" if named == code_hash else "another"
    return Authorization(state=state, code_hash=named, check_version=found["check_version"])
