"""Composing and signing calls: substrate-interface over any provider's JSON-RPC."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from substrateinterface import Keypair, SubstrateInterface
from substrateinterface.exceptions import SubstrateRequestException

from simnet.chain.rpc import Rpc
from simnet.chain.scale import blake2_256
from simnet.errors import InputError, RpcError


class ChainClient(SubstrateInterface):  # type: ignore[misc]
    """A substrate-interface client whose requests go through ``rpc()``, which may give another node each time."""

    def __init__(self, rpc: Callable[[], Rpc]) -> None:
        self._rpc = rpc
        super().__init__(url="http://provider.invalid", ss58_format=42)

    def rpc_request(self, method: str, params: list[Any], result_handler: Any = None) -> dict[str, Any]:
        """One call. Subscriptions belong to the journal's observers, so a ``result_handler`` is refused."""
        if result_handler is not None:
            raise InputError(f"{method}: subscribe through network.rpc(node), not through this client")
        return {"result": self._rpc().call(method, params or [])}


class Signer:
    """Signs calls of one account with nonces counted here, so that several can wait in one block."""

    def __init__(self, client: ChainClient, pair: Keypair) -> None:
        self._client = client
        self._pair = pair
        self._next: int | None = None

    def sign(self, call: Any) -> tuple[str, str]:
        """The signed, immortal extrinsic and its hash, both 0x hex. Immortal, so that it can outlive a partition."""
        if self._next is None:
            self._next = int(self._client.rpc_request("system_accountNextIndex", [self._pair.ss58_address])["result"])
        extrinsic = self._client.create_signed_extrinsic(call=call, keypair=self._pair, nonce=self._next)
        self._next += 1
        data = bytes(extrinsic.data.data)
        return "0x" + data.hex(), "0x" + blake2_256(data).hex()


def compose(client: ChainClient, call: str, args: dict[str, Any]) -> Any:
    """A call from ``Pallet.function`` and its arguments; raises :class:`InputError` when the runtime has no such
    call."""
    pallet, _, function = call.partition(".")
    try:
        return client.compose_call(call_module=pallet, call_function=function, call_params=args)
    except RpcError:
        raise
    except (ValueError, KeyError, TypeError, NotImplementedError, SubstrateRequestException) as error:
        raise InputError(f"{call} cannot be composed: {error}") from error


def sudo(client: ChainClient, call: Any) -> Any:
    return client.compose_call(call_module="Sudo", call_function="sudo", call_params={"call": call})
