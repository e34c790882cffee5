"""Whether a chain's runtime takes what simnet signs for it, found out at genesis by a call that does nothing."""

from __future__ import annotations

from typing import TYPE_CHECKING

from simnet.chain.calls import Calls, ExtrinsicParams
from simnet.codec import blake2_256
from simnet.errors import HostError, InputError, RuntimeTrap
from simnet.network.account_formats import AccountFormat

if TYPE_CHECKING:
    from simnet.runtime.genesis import Genesis

_VALIDATE = "TaggedTransactionQueue_validate_transaction"
_EXTERNAL, _INVALID = b"\2", b"\1\0"
"""TransactionSource::External, and the begin of TransactionValidityError::Invalid in an answer (sp-runtime
transaction_validity.rs)."""

_UNREADABLE = "Bad input data"
"""What a runtime panics with where arguments do not decode (sp-api-proc-macro impl_runtime_apis.rs). Another panic may
be for what genesis' state lacks."""

_WRONGLY_SIGNED = {
    b"\4": "BadProof",
    b"\x0a": "BadSigner",
    b"\x0b": "IndeterminateImplicit",
    b"\x0c": "UnknownOrigin",
}
"""InvalidTransaction's variants that tell of a signature which says nothing to the runtime, by their index."""


def unsigned(genesis: Genesis, calls: Calls, form: AccountFormat, accounts: frozenset[bytes]) -> str | None:
    """Why not: what the runtime wants that simnet has not, or what it says of a remark signed for the chain's sudo key,
    looked at as nodes do before they take it. None where it is taken, or refused for what no signature changes."""
    version, uri = genesis.runtime.version, genesis.chain.sudo
    params = ExtrinsicParams(0, blake2_256(genesis.header), version.spec_version, version.transaction_version)
    try:
        signed = calls.signed(calls.compose("System.remark", {"remark": b""}), form.pair(uri), params)
    except InputError as error:
        return str(error)
    if form.of(uri) not in accounts or _VALIDATE not in genesis.runtime.functions:
        return None
    try:
        argument = _EXTERNAL + signed + blake2_256(genesis.header)
        answer = genesis.state.call(genesis.runtime, _VALIDATE, argument)
    except (HostError, RuntimeTrap) as error:
        return f"the runtime cannot read what simnet signs: {error}" if _UNREADABLE in str(error) else None
    if answer[:2] != _INVALID or answer[2:3] not in _WRONGLY_SIGNED:
        return None
    why = _WRONGLY_SIGNED[answer[2:3]]
    extensions = ", ".join(one.name for one in genesis.runtime.types.metadata.extrinsic.extensions)
    return f"the runtime refuses what simnet signs ({why}); its signed extensions are {extensions}"
