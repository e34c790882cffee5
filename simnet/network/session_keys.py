"""Session keys: their types, schemes and secrets, and which of them a node's keystore begins with."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache
from typing import Literal

import bip39
import sr25519
from ecdsa import SECP256k1, SigningKey
from ed25519_zebra import ed_from_seed

from simnet.errors import InputError
from simnet.network.accounts import DEV_SEED, chain_code, hard_derived
from simnet.network.topology import RELAY, Node, Role

GRANDPA, BABE, PARA_VALIDATOR, ASSIGNMENT, DISCOVERY, BEEFY = "gran", "babe", "para", "asgn", "audi", "beef"
AURA = "aura"
"""Key types (sp-core crypto.rs key_types, polkadot-primitives)."""

KEY_TYPES: dict[Role, tuple[str, ...]] = {
    "validator": (GRANDPA, BABE, PARA_VALIDATOR, ASSIGNMENT, DISCOVERY, BEEFY),
    "collator": (AURA,),
    "full": (),
}
"""Keys with which a node's keystore begins, by its role."""

Scheme = Literal["sr25519", "ed25519", "ecdsa"]

_SCHEMES: dict[str, Scheme] = {GRANDPA: "ed25519", BEEFY: "ecdsa"}

_DEV_PHRASE = "bottom drive obey lake curtain smoke basket hold race lonely fit walk"
"""sp-core crypto.rs, DEV_PHRASE."""

_URI = re.compile(r"(?P<secret>[\w ]*)(?P<way>(//?[^/]+)*)(///(?P<password>.*))?")
"""Of sp-core's crypto.rs: a phrase or 0x hex, junctions, a password."""


def scheme_of(kind: str) -> Scheme:
    """The signature scheme of keys of a type."""
    return _SCHEMES.get(kind, "sr25519")


def seals_with(chain: str) -> str:
    """The type of the keys that seal a chain's blocks."""
    return BABE if chain == RELAY else AURA


@dataclass(frozen=True)
class SessionKey:
    """A key of a type (four letters) and its secret: of sr25519 scalar and what nonces come from, 64 bytes, else a seed
    of 32; ``public`` has 33 of ECDSA, else 32."""

    kind: str
    scheme: Scheme
    public: bytes
    secret: bytes


def account_keys(node: Node) -> tuple[SessionKey, ...]:
    """The keys with which a node's keystore begins: its account's."""
    return tuple(session_key(kind, node.account) for kind in KEY_TYPES[node.role])


@lru_cache(maxsize=1 << 14)
def session_key(kind: str, uri: str) -> SessionKey:
    """The key of a type that a secret URI gives, as nodes read it (sp-core ``Pair::from_string``): a phrase, a seed of
    32 bytes as 0x hex or nothing, which is the development phrase, then junctions, then a password behind ``///``.

    Raises :class:`InputError` for what is none, and for soft junctions (``/one``) of schemes that have none.
    """
    root, junctions = _read(uri)
    scheme = scheme_of(kind)
    if scheme == "sr25519":
        pair = sr25519.pair_from_seed(root)
        for soft, code in junctions:
            derive = sr25519.derive_keypair if soft else sr25519.hard_derive_keypair
            pair = derive((code, *pair), b"")[1:]
        return SessionKey(kind, scheme, *map(bytes, pair))
    if any(soft for soft, _ in junctions):
        raise InputError(f"a soft junction (/name) derives no {scheme} key; write //name")
    secret = hard_derived(scheme, root, [code for _, code in junctions])
    if scheme == "ed25519":
        return SessionKey(kind, scheme, bytes(ed_from_seed(secret)[1]), secret)
    signing = SigningKey.from_string(secret, curve=SECP256k1)
    return SessionKey(kind, scheme, signing.verifying_key.to_string("compressed"), secret)


def given_key(kind: str, uri: str, public: bytes) -> SessionKey | None:
    """The key that a secret URI gives if its public half is this; None where the two do not belong together, which
    nobody looks at when nodes are given one (``author_insertKey``)."""
    try:
        key = session_key(kind, uri)
    except InputError:
        return None
    return key if key.public == public else None


def _read(uri: str) -> tuple[bytes, list[tuple[bool, bytes]]]:
    """The root secret and the junctions of a secret URI, each whether it is soft, and its chain code."""
    found = _URI.fullmatch(uri)
    if found is None:
        raise InputError(f"{uri!r} is no secret URI; write for example //Alice")
    secret, password = found["secret"].strip(), found["password"] or ""
    if not secret and not password:
        root = DEV_SEED
    elif secret.startswith("0x"):
        if not re.fullmatch("0x[0-9a-fA-F]{64}", secret):
            raise InputError("a seed in a secret URI is 0x and 64 hexadecimal digits")
        root = bytes.fromhex(secret[2:])
    else:
        try:
            root = bytes(bip39.bip39_to_mini_secret(secret or _DEV_PHRASE, password, None))
        except ValueError as error:
            raise InputError(f"a secret URI begins with a phrase that is none: {error}") from error
    parts = re.findall("(//?)([^/]+)", found["way"])
    return root, [(slashes == "/", chain_code(name)) for slashes, name in parts]
