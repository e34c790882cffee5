"""The sr25519 keys of the nodes: who has which, and signatures by them."""

from __future__ import annotations

from collections.abc import Container, Sequence

from simnet.codec import blake2_256
from simnet.network.accounts import ed25519_seed, keypair, keys
from simnet.network.topology import Node
from simnet.providers.simulated.nodes import SimulatedNode
from simnet.runtime.host import Host


class Keyring:
    """Every node has one sr25519 pair, its account's, for all its session keys of that kind."""

    def __init__(self, nodes: Sequence[SimulatedNode], runtimes: Host) -> None:
        self._nodes = nodes
        self._runtimes = runtimes
        pairs = [keypair(node.spec.account) for node in nodes]
        self._public: list[bytes] = [pair.public_key for pair in pairs]
        self._secrets: dict[bytes, bytes] = {pair.public_key: pair.private_key for pair in pairs}
        self._signing = [_nonces_of_its_own(self._secrets[self._public[node.index]], node.spec) for node in nodes]
        validators = [node for node in nodes if node.spec.role == "validator"]
        self._voters = {keys(one.spec.account).ed25519: ed25519_seed(one.spec.account) for one in validators}
        self._owners: dict[bytes, list[int]] = {}
        for one in validators:
            self._owners.setdefault(self._public[one.index], []).append(one.index)

    def public(self, node: int) -> bytes:
        return self._public[node]

    def secret(self, public: bytes) -> bytes | None:
        """The secret of a key, if one of the nodes has it."""
        return self._secrets.get(public)

    def validator(self, public: bytes) -> int | None:
        """The validator that has a key: of twins the first that runs."""
        owners = self._owners.get(public)
        if owners is None:
            return None
        return next((node for node in owners if self._nodes[node].process == "running"), owners[0])

    def owner(self, public: bytes) -> str:
        """The name of the validator that has a key; the key, 0x hex, when none of the nodes does."""
        node = self.validator(public)
        return "0x" + public.hex() if node is None else self._nodes[node].name

    def others(self, publics: Container[bytes]) -> list[int]:
        """The validators whose keys are none of these, one for each key, as :meth:`validator` gives it."""
        found = (self.validator(public) for public in self._owners if public not in publics)
        return [node for node in found if node is not None]

    def sign_vote(self, public: bytes, message: bytes) -> bytes:
        """A GRANDPA voter's signature, by its ed25519 key; some node must have it."""
        return self._runtimes.sign_ed25519(self._voters[public], message)

    def sign(self, node: int, message: bytes) -> bytes:
        return self._runtimes.sign_sr25519(self._signing[node], message)


def _nonces_of_its_own(secret: bytes, node: Node) -> bytes:
    """What a node signs with: a schnorrkel secret is a scalar and what nonces are derived from, 32 bytes each. Real
    nodes draw their nonces, so that twins, which have one scalar, never seal the same block alike."""
    return secret if node.twin_of is None else secret[:32] + blake2_256(secret[32:] + node.name.encode())
