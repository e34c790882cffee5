"""Keys of accounts, validators, collators and nodes, derived from secret URIs such as ``//Alice``.

Derivation follows Substrate's sp-core: hard junctions over the development phrase's mini secret.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache
from typing import Literal

import base58
from ecdsa import SECP256k1, SigningKey
from ed25519_zebra import ed_from_seed
from substrateinterface import Keypair
from substrateinterface.utils.ss58 import get_ss58_format, ss58_decode, ss58_encode

from simnet.codec import blake2_256, vec_bytes
from simnet.errors import InputError

DEV_SEED = bytes.fromhex("fac7959dbfe72f052e5a0c3c8d6530f202b02fd8f9f5ca3580ec8deb7797479e")
"""Mini secret of Substrate's development phrase (sp-core crypto.rs, DEV_PHRASE)."""

DEVELOPMENT = ("//Alice", "//Bob", "//Charlie", "//Dave", "//Eve", "//Ferdie")
"""Secret URIs of Substrate's development accounts (sp-keyring), which everybody has."""

_JUNCTIONS = r"(//[^/]+)+"

_DOMAINS = {"ed25519": b"Ed25519HDKD", "ecdsa": b"Secp256k1HDKD"}
"""What sp-core mixes into hard derivation (ed25519.rs, ecdsa.rs)."""


def address(public: bytes) -> str:
    """SS58 of a public key, generic format 42."""
    return str(ss58_encode(public, 42))


def read_address(text: str) -> tuple[int, bytes]:
    """The format of an SS58 address and the key in it; raises :class:`InputError` that says why text is none."""
    try:
        return get_ss58_format(text), bytes.fromhex(ss58_decode(text))
    except (ValueError, IndexError) as error:
        raise InputError(str(error)) from None


def junctions(uri: str) -> list[str]:
    """The names between the slashes of a secret URI; raises :class:`InputError` for what is none."""
    if not re.fullmatch(_JUNCTIONS, uri):
        raise InputError(f"{uri!r} is not a secret URI of hard junctions; write for example //Alice")
    return uri.split("//")[1:]


def same_secret(uri: str) -> str:
    """The URI as derivation reads it, for comparing: ``//01`` and ``//1`` are one secret. What is no secret URI of hard
    junctions is given back unchanged."""
    if not re.fullmatch(_JUNCTIONS, uri):
        return uri
    return "".join(f"//{int(one) if re.fullmatch('[0-9]+', one) else one}" for one in junctions(uri))


def chain_code(junction: str) -> bytes:
    """The 32 bytes that a junction of a secret URI stands for (sp-core DeriveJunction)."""
    code = int(junction).to_bytes(8, "little") if re.fullmatch("[0-9]+", junction) else vec_bytes(junction.encode())
    return blake2_256(code) if len(code) > 32 else code.ljust(32, b"\0")


def hard_derived(scheme: Literal["ed25519", "ecdsa"], seed: bytes, codes: Iterable[bytes]) -> bytes:
    """32-byte secret after hard junctions: blake2-256 of SCALE (domain text, seed, chain code), one after the other."""
    for code in codes:
        seed = blake2_256(vec_bytes(_DOMAINS[scheme]) + seed + code)
    return seed


def _hard_derive(scheme: Literal["ed25519", "ecdsa"], uri: str) -> bytes:
    return hard_derived(scheme, DEV_SEED, map(chain_code, junctions(uri)))


def ecdsa_secret(uri: str) -> bytes:
    """The secret of a secret URI's ECDSA key, 32 bytes; raises :class:`InputError` when it is none."""
    return _hard_derive("ecdsa", uri)


@dataclass(frozen=True)
class Keys:
    """Public keys of one secret URI: 32 bytes each, the ECDSA one 33 (compressed)."""

    uri: str
    sr25519: bytes
    ed25519: bytes
    ecdsa: bytes

    @property
    def address(self) -> str:
        """SS58 address of the sr25519 account."""
        return address(self.sr25519)

    def session_keys(self) -> dict[str, str]:
        """Session keys as a relay chain's genesis JSON wants them."""
        sr25519 = self.address
        return {
            "grandpa": address(self.ed25519),
            "babe": sr25519,
            "para_validator": sr25519,
            "para_assignment": sr25519,
            "authority_discovery": sr25519,
            "beefy": _ss58_any(self.ecdsa),
        }

    def keystore(self, types: tuple[str, ...]) -> dict[str, bytes]:
        """Keystore file names and contents: hex of the key type and public key, and the quoted secret URI."""
        public = {"gran": self.ed25519, "beef": self.ecdsa}
        return {kind.encode().hex() + public.get(kind, self.sr25519).hex(): f'"{self.uri}"'.encode() for kind in types}


@lru_cache(maxsize=4096)
def keys(uri: str) -> Keys:
    """Keys of a secret URI; raises :class:`InputError` when it is not one."""
    junctions(uri)
    ecdsa = SigningKey.from_string(_hard_derive("ecdsa", uri), curve=SECP256k1)
    return Keys(
        uri=uri,
        sr25519=Keypair.create_from_uri(uri).public_key,
        ed25519=ed_from_seed(_hard_derive("ed25519", uri))[1],
        ecdsa=ecdsa.verifying_key.to_string("compressed"),
    )


def stash(account: str) -> Keys:
    """Keys of a validator's stash, the account that a relay chain knows it by; ``account`` holds its session keys."""
    return keys(f"{account}//stash")


def keypair(uri: str) -> Keypair:
    """The sr25519 pair that signs extrinsics for the account."""
    junctions(uri)
    return Keypair.create_from_uri(uri)


def _ss58_any(public: bytes) -> str:
    """SS58 of a key of any length, format 42: ss58_encode refuses the 33 bytes of ECDSA."""
    payload = bytes([42]) + public
    checksum = hashlib.blake2b(b"SS58PRE" + payload).digest()[:2]
    return base58.b58encode(payload + checksum).decode()


def node_key(seed: int, name: str) -> bytes:
    """The libp2p secret of a node (ed25519, 32 bytes), the same in every run of a seed."""
    return blake2_256(f"simnet node key {seed} {name}".encode())


def peer_id(secret: bytes) -> str:
    """The libp2p peer id of a node key: base58 of the identity multihash of its protobuf-encoded public key."""
    public = ed_from_seed(secret)[1]
    return base58.b58encode(b"\x00\x24\x08\x01\x12\x20" + public).decode()


def sovereign_of_sibling(para_id: int) -> str:
    """Address that a parachain has on another parachain: ``sibl`` and its id (polkadot-parachain-primitives)."""
    return address(b"sibl" + para_id.to_bytes(4, "little") + bytes(24))


def sovereign_of_child(para_id: int) -> str:
    """Address that a parachain has on the relay chain: ``para`` and its id."""
    return address(b"para" + para_id.to_bytes(4, "little") + bytes(24))
