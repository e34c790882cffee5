"""The keystores of the nodes: who has which session keys, and signatures by them."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence

from simnet.codec import blake2_256
from simnet.network.accounts import keypair
from simnet.network.session_keys import KEY_TYPES, PARA_VALIDATOR, SessionKey, account_keys
from simnet.providers.simulated.nodes import SimulatedNode
from simnet.runtime.host import Host

KeyId = tuple[str, bytes]
"""Type and public half of a key."""

Keystore = dict[KeyId, SessionKey | None]
"""A node's keys; None for one whose secret gives another public key, which signs nothing."""


class Keyring:
    """Every node begins with its account's keys, whose role has some; later it makes keys, or is given some. What a
    database has of them is copied, emptied and put back with it."""

    def __init__(self, nodes: Sequence[SimulatedNode], runtimes: Host) -> None:
        self._nodes = nodes
        self._runtimes = runtimes
        self._accounts = [keypair(node.spec.account) for node in nodes]
        self._stores: list[Keystore] = [{} for _ in nodes]
        self._secrets: dict[bytes, bytes] = {pair.public_key: pair.private_key for pair in self._accounts}
        """Of every key that any node ever had: what was signed with one stays signed."""
        self._own: list[dict[bytes, bytes]] = [{} for _ in nodes]
        """What a node signs with in place of the secret, where others have the key too."""
        self._publics: list[dict[str, list[bytes]]] = [{} for _ in nodes]
        """By type the keys with which a node can sign."""
        self._holders: dict[KeyId, list[int]] = {}
        """The validators or collators that have a key, in the order in which they came to it."""
        self.changes = 0
        """How often a keystore changed since the network began."""
        for node in nodes:
            self.wiped(node.index)

    # -- who has what ---------------------------------------------------------------------------------------------

    def account(self, node: int) -> bytes:
        """The public sr25519 key of a node's account."""
        return bytes(self._accounts[node].public_key)

    def has(self, node: int, kind: str, public: bytes) -> bool:
        """Whether a node can sign with a key."""
        return public in self._publics[node].get(kind, ())

    def lists(self, node: int, kind: str, public: bytes) -> bool:
        """Whether a node's keystore has a key of that name, whatever its secret is."""
        return (kind, public) in self._stores[node]

    def stored(self, node: int) -> list[SessionKey]:
        """The keys of a node that can sign."""
        return [key for key in self._stores[node].values() if key is not None]

    def place(self, node: int, kind: str, places: Mapping[bytes, int]) -> tuple[int, bytes] | None:
        """The first of those places whose key the node has, and that key (polkadot-node-subsystem-util
        signing_key_and_index); None for a node that has none of the keys."""
        mine = self._publics[node].get(kind, ())
        return min(((places[public], public) for public in mine if public in places), default=None)

    def secret(self, public: bytes) -> bytes | None:
        """The secret of an sr25519 key, if one of the nodes has had it."""
        return self._secrets.get(public)

    def validator(self, public: bytes) -> int | None:
        """The node that has a key of a para-validator: of several the first that runs."""
        owners = self._holders.get((PARA_VALIDATOR, public))
        if not owners:
            return None
        return next((node for node in owners if self._nodes[node].process == "running"), owners[0])

    def owner(self, public: bytes) -> str:
        """The name of the node that has a para-validator's key; the key, 0x hex, when none does."""
        node = self.validator(public)
        return "0x" + public.hex() if node is None else self._nodes[node].name

    def others(self, publics: Collection[bytes]) -> list[int]:
        """Nodes with keys of para-validators of which none is among these; of several with one key that which
        :meth:`validator` gives."""
        found = []
        for node, kinds in enumerate(self._publics):
            mine = kinds.get(PARA_VALIDATOR, [])
            if mine and not any(public in publics for public in mine) and self.validator(mine[0]) == node:
                found.append(node)
        return found

    # -- signatures -----------------------------------------------------------------------------------------------

    def sign(self, public: bytes, message: bytes, node: int | None = None) -> bytes:
        """A signature by an sr25519 key, as that node makes it that has it: of several the first that runs, unless it
        is said which."""
        signer = self.validator(public) if node is None else node
        secret = self._secrets[public] if signer is None else self._own[signer].get(public, self._secrets[public])
        return self._runtimes.sign_sr25519(secret, message)

    def sign_vote(self, public: bytes, message: bytes) -> bytes:
        """A GRANDPA voter's signature, by its ed25519 key; some node must have had it."""
        return self._runtimes.sign_ed25519(self._secrets[public], message)

    # -- changes --------------------------------------------------------------------------------------------------

    def put(self, node: int, kind: str, public: bytes, key: SessionKey | None) -> None:
        """A node's keystore has a key from now on, under that type and public half; None for one that signs nothing."""
        self._replace(node, {**self._stores[node], (kind, public): key})

    def wiped(self, node: int) -> None:
        """The database is empty."""
        self._replace(node, {})

    def saved(self, node: int) -> Keystore:
        """A copy of the keystore."""
        return dict(self._stores[node])

    def restored(self, node: int, kept: Mapping[KeyId, SessionKey | None]) -> None:
        """The database is an old one, and its keystore with it."""
        self._replace(node, kept)

    def _replace(self, node: int, store: Mapping[KeyId, SessionKey | None]) -> None:
        """The account's keys are always there: who starts the process puts them where they are not."""
        of_account = account_keys(self._nodes[node].spec)
        before, after = self._stores[node], {**{(key.kind, key.public): key for key in of_account}, **store}
        self._stores[node] = after
        used = KEY_TYPES[self._nodes[node].spec.role]  # with a key of another type it signs nothing
        publics: dict[str, list[bytes]] = {}
        self._publics[node] = publics
        for id_, key in after.items():
            if key is not None and id_[0] in used:
                publics.setdefault(id_[0], []).append(id_[1])
                if before.get(id_) is None:
                    self._add(node, id_, key)
        for id_, key in before.items():
            if key is not None and id_[0] in used and after.get(id_) is None:
                self._holders[id_].remove(node)
        self.changes += 1

    def _add(self, node: int, id_: KeyId, key: SessionKey) -> None:
        """A node has a key, maybe beside others. Real nodes draw their nonces, so that those with one key never seal
        the same block alike."""
        holders = self._holders.setdefault(id_, [])
        if holders and key.public not in self._own[node] and key.scheme == "sr25519":
            nonces = blake2_256(key.secret[32:] + self._nodes[node].name.encode())
            self._own[node][key.public] = key.secret[:32] + nonces
        self._secrets.setdefault(key.public, key.secret)
        holders.append(node)
