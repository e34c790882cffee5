"""What a network consists of, fully resolved: every node has a name, an image, a place and keys."""

from __future__ import annotations

import difflib
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import asdict, dataclass, field
from functools import cached_property
from itertools import permutations
from typing import Any, Literal

from simnet.errors import InputError

RELAY = "relay"
"""The id of the relay chain; that of a parachain is its number as text."""
ALICE = "//Alice"
"""Secret URI of the account that signs what nobody else is named for."""
Role = Literal["validator", "collator", "full"]
"""What a node does for its chain; ``full`` is one that only follows."""
SyncMode = Literal["full", "warp"]
"""How a node gets a chain of which it has nothing; :data:`SYNC_MODES` says what each is."""
SYNC_MODES: Mapping[str, str] = {
    "full": "By all blocks from genesis on, each executed.",
    "warp": "By a proof of what is final and the state of that; it needs three peers.",
}

WARP_PEERS = 3
"""Peers that a node waits for before it warps (sc-network-sync 0.60 warp.rs, MIN_PEERS_TO_START_WARP_SYNC)."""

LEFT_OUT = "left out"
"""Metadata of a field that the journal leaves out where it has its default, as journals of earlier versions do."""

_MOST_KNOWN = 12
"""Names that a message lists."""

RELAY_IMAGE = "parity/polkadot:v1.25.1"
COLLATOR_IMAGE = "parity/polkadot-omni-node:v1.25.1"


def usual_image(role: Role) -> str:
    """The image of a node for which a network names none."""
    return COLLATOR_IMAGE if role == "collator" else RELAY_IMAGE


@dataclass(frozen=True, kw_only=True)
class Node:
    """One node, fully resolved."""

    name: str
    """What the journal, selectors and logs call it."""
    chain: str
    """The chain that it serves: ``relay``, or the parachain's id as text."""
    role: Role
    """What it does there: ``validator``, ``collator``, or ``full`` for one that only follows."""
    account: str
    """Secret URI from which its keys come, such as ``//Alice``; a twin has its owner's."""
    image: str
    """Node image that Docker runs; empty for simulated nodes."""
    region: str = "default"
    """Where it stands, by which ``region:NAME`` selects it."""
    provider: str = "default"
    """Who hosts it, by which ``provider:NAME`` selects it."""
    flags: tuple[str, ...] = ()
    """Added to its command line, those of its chain first."""
    env: tuple[tuple[str, str], ...] = ()
    """Variables of its process's environment: name and value, by name."""
    command: tuple[str, ...] | None = None
    """Replaces the whole command line simnet would build; the image's entry point is cleared. None: simnet builds
    it."""
    memory: int | None = None
    """Bytes that it may use; None leaves the engine's default."""
    pids: int | None = field(default=None, metadata={LEFT_OUT: True})
    """Processes and threads that it may have at a time; None: as many as the provider gives one."""
    cpus: float | None = None
    """Cores that it may use at a time, on either provider. None: on Docker as many as the machine has, simulated as
    many as it has something for, which is no more than the eight of reference hardware."""
    joins_late: bool = False
    """Not started with the network but by a ``start`` step."""
    authority: bool = field(default=True, metadata={LEFT_OUT: True})
    """Whether genesis has a validator or collator among its chain's authorities; else it may join them later."""
    sync: SyncMode = field(default="full", metadata={LEFT_OUT: True})
    """How it gets the chain when it has none of it, since it joins late or was wiped: by all blocks, or ``warp``: by a
    proof of what is final and the state of that. A node that is launched with the network has nothing to sync."""
    twin_of: str | None = None
    """The validator or collator of its chain whose keys it has too: an operator's backup that runs beside the node it
    should replace. It is none of its own in genesis. None: no twin."""


@dataclass(frozen=True, kw_only=True)
class Chain:
    """A relay chain or parachain, fully resolved."""

    id: str
    """``relay``, or the parachain's id as text."""
    runtime: str | None = None
    """Name of the bundled runtime that its genesis has; None where a file replaces it."""
    runtime_file: str | None = None
    """Path of the ``.wasm`` file that its genesis has; None where it has none of its own."""
    spec_file: str | None = None
    """Path of the chain spec that is its genesis; None where simnet makes genesis."""
    registered: bool = True
    """Whether the relay chain's genesis has the parachain; else a step onboards it."""
    genesis: str = "{}"
    """JSON laid over the genesis that simnet builds; see :func:`simnet.runtime.genesis_patch.laid_over`."""
    sudo: str = ALICE
    """Secret URI of the account that is the chain's sudo key, where its runtime has one."""
    tokens: tuple[tuple[str, int], ...] = field(default=(), metadata={LEFT_OUT: True})
    """Symbols and decimals of its tokens, the native one first; none where the network file says nothing of them."""
    preset: str | None = field(default=None, metadata={LEFT_OUT: True})
    """Name of the runtime's genesis preset that simnet begins with; None for ``local_testnet``."""


@dataclass(frozen=True, kw_only=True)
class Channel:
    """An HRMP channel from one parachain to another, opened after genesis."""

    sender: str
    """Id of the parachain that sends, as text."""
    recipient: str
    """Id of the parachain that receives, as text."""
    max_capacity: int = 8
    """Messages that it holds at a time."""
    max_message_size: int = 4096
    """Bytes that one message may have at most, encoded."""

    def __str__(self) -> str:
        return f"{self.sender}>{self.recipient}"


@dataclass(frozen=True, kw_only=True)
class Topology:
    """A whole network: one relay chain, its parachains, all nodes and the HRMP channels to open."""

    relay: Chain
    parachains: tuple[Chain, ...] = ()
    nodes: tuple[Node, ...]
    channels: tuple[Channel, ...] = ()

    def __post_init__(self) -> None:
        for node in self.nodes:
            if self._by_name[node.name] is not node:
                raise InputError(f"two nodes are named {node.name!r}")

    @cached_property
    def _by_name(self) -> dict[str, Node]:
        return {node.name: node for node in self.nodes}

    def node(self, name: str) -> Node:
        """The node of that name; raises :class:`InputError` that names the nearest one."""
        try:
            return self._by_name[name]
        except KeyError:
            raise InputError(f"no node is named {name!r}{nearest(name, self._by_name)}") from None

    def chain(self, chain_id: str) -> Chain:
        """The chain of that id; raises :class:`InputError` when there is none."""
        for chain in (self.relay, *self.parachains):
            if chain.id == chain_id:
                return chain
        ids = [chain.id for chain in (self.relay, *self.parachains)]
        raise InputError(f"no chain has the id {chain_id!r}; there are {', '.join(ids)}")

    def signer(self, chain_id: str, given: str | None = None, *, sudo: bool = False) -> str:
        """Secret URI of the account that signs a call on a chain: the given one, or that of the node which is given,
        else under sudo the chain's own."""
        return self.account(given) if given else (self.chain(chain_id).sudo if sudo else ALICE)

    def account(self, named: str) -> str:
        """The secret URI of a node's account by the node's name; any other text is one already."""
        node = self._by_name.get(named)
        return named if node is None else node.account

    def on_chain(self, chain_id: str) -> tuple[Node, ...]:
        """The nodes that serve one chain, in file order."""
        return tuple(node for node in self.nodes if node.chain == chain_id)

    @property
    def validators(self) -> tuple[Node, ...]:
        """One node for each validator of genesis: twins are left out."""
        return self.authorities(RELAY)

    def authorities(self, chain_id: str) -> tuple[Node, ...]:
        """One node for each validator or collator that a chain has in genesis: twins and full nodes are left out."""
        return tuple(node for node in self.with_keys(chain_id) if node.authority)

    def with_keys(self, chain_id: str) -> tuple[Node, ...]:
        """One node for each account of a validator or collator, whether genesis has it or it may join later."""
        return tuple(node for node in self.on_chain(chain_id) if node.role != "full" and node.twin_of is None)

    def select(self, selectors: Iterable[str]) -> tuple[str, ...]:
        """Names of the nodes that selectors stand for, in file order, each once.

        A selector is a node's name, ``region:NAME``, ``provider:NAME``, ``parachain:ID``, ``validators``, ``collators``
        or ``all``. Raises :class:`InputError` for one that stands for nothing.
        """
        wanted: set[str] = set()
        for selector in selectors:
            found = set(self._select_one(selector))
            if not found:
                raise InputError(f"{selector!r} stands for no node{nearest(selector, self.selectors())}")
            wanted |= found
        return self.in_order(wanted)

    @property
    def present(self) -> tuple[str, ...]:
        """Names of the nodes that run from the start, in file order."""
        return tuple(node.name for node in self.nodes if not node.joins_late)

    def in_order(self, names: Collection[str]) -> tuple[str, ...]:
        """The names in file order."""
        return tuple(node.name for node in self.nodes if node.name in names)

    def selectors(self) -> list[str]:
        """Every selector that stands for some node here."""
        collators = ["collators"] if any(node.role == "collator" for node in self.nodes) else []
        chains = [f"parachain:{chain.id}" for chain in self.parachains]
        return ["all", "validators", *(node.name for node in self.nodes), *collators, *self.places(), *chains]

    def places(self) -> tuple[str, ...]:
        """Selectors of regions and hosting providers, in the order in which nodes name them."""
        named = ((f"region:{node.region}", f"provider:{node.provider}") for node in self.nodes)
        return tuple(dict.fromkeys(place for both in named for place in both))

    def _select_one(self, selector: str) -> Iterator[str]:
        kind, _, value = selector.partition(":")
        for node in self.nodes:
            matches = {
                "region": node.region == value,
                "provider": node.provider == value,
                "parachain": node.chain == value and node.role == "collator",
            }
            if value:
                if matches.get(kind, False):
                    yield node.name
            elif selector in ("all", node.name, f"{node.role}s"):
                yield node.name

    def as_data(self) -> dict[str, Any]:
        """The topology as plain data."""
        return asdict(self)

    def pairs(self) -> Iterator[tuple[str, str]]:
        """All directed links."""
        return permutations((node.name for node in self.nodes), 2)


def nearest(word: str, known: Iterable[str]) -> str:
    """``; did you mean 'x'?`` when something known is close to the word, else the known ones, the first of many."""
    candidates = list(known)
    folded = word.casefold()
    same = [one for one in candidates if one.casefold() == folded]
    close = same or difflib.get_close_matches(word, candidates, n=1, cutoff=0.6)
    holding = [one for one in candidates if folded in one.casefold()] if len(word) > 2 else []
    if close or len(holding) == 1:
        return f"; did you mean {(close or holding)[0]!r}?"
    told = holding or candidates
    more = f" and {len(told) - _MOST_KNOWN} more" if len(told) > _MOST_KNOWN else ""
    return f"; known are {', '.join(told[:_MOST_KNOWN])}{more}" if told else ""
