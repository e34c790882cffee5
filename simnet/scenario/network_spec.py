"""A network as people write it, and how it becomes a :class:`~simnet.network.topology.Topology`."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Annotated, Any, Literal

from pydantic import Field, field_validator, model_validator

from simnet.errors import InputError
from simnet.faults import Degrade
from simnet.fields import Argument, Bytes, Choices, ImageName, Name, NodeName, SizeForm, Variable
from simnet.network.topology import (
    RELAY,
    SYNC_MODES,
    Chain,
    Channel,
    Node,
    Role,
    SyncMode,
    Topology,
    nearest,
    usual_image,
)
from simnet.runtime.genesis_patch import check_channels, configured
from simnet.scenario._node_rules import misused_keys, unable_to_warp
from simnet.scenario.model import Model

NAMES = ("alice", "bob", "charlie", "dave", "eve", "ferdie")
"""Default validator names: the well-known development accounts; further ones are ``validator-7`` and so on."""


TAKEN = ("all", "validators", "collators", "fulls", "harness")
"""What no node can be called: words that select several nodes, and what the journal calls simnet itself."""

Count = Annotated[int, Field(ge=1, le=2000)]
"""How many nodes to name by default; two thousand are more than any network that simnet can carry."""


Symbol = Annotated[
    str, Field(pattern=r"^[A-Za-z][A-Za-z0-9.]{0,15}$", description="1 to 16 letters, digits and dots, a letter first.")
]
"""The symbol of a token, as amounts have it behind the number."""

Decimals = Annotated[int, Field(ge=0, le=30)]
"""How many decimals a token has. An amount has 38 digits at most (u128)."""

LEAST_MEMORY = 6 << 20
"""Bytes to which an engine limits a container at least (moby, daemon/daemon_unix.go, linuxMinMemory)."""

MOST_PIDS = 1 << 22
"""Processes that a kernel has at most (include/linux/threads.h, PID_MAX_LIMIT)."""


_CHANNELS = {
    "all": "One each way between every two parachains that genesis has.",
    "none": "No channel at all; parachains reach the relay chain alone.",
}


class Resources(Model):
    """Bounds of one node: of its container; simulated nodes have cores, and neither memory nor processes."""

    if TYPE_CHECKING:

        def __init__(
            self, *, memory: SizeForm | None = None, cpus: float | None = None, pids: int | None = None
        ) -> None: ...

    memory: Bytes | None = None
    """Memory that the node may use on Docker, at least 6 MiB; a node that needs more is killed (OOM), which is a crash.
    Left out: as much as the machine has."""
    cpus: float | None = Field(default=None, gt=0, le=1024)
    """Cores that the node may use at a time, fractions allowed, up to 1024. Left out: on Docker as many as the machine
    has, simulated the eight of reference hardware at most."""
    pids: int | None = Field(default=None, ge=1, le=MOST_PIDS)
    """Processes and threads that the node may have at a time on Docker. Left out: 4096."""

    @field_validator("memory")
    @classmethod
    def _enough(cls, memory: int | None) -> int | None:
        if memory is not None and memory < LEAST_MEMORY:
            raise InputError(f"no engine limits a container to less than 6 MiB of memory, and this is {memory} bytes")
        return memory


class NodeSpec(Model):
    """One node; what is not given comes from its chain."""

    if TYPE_CHECKING:

        def __init__(
            self,
            *,
            name: str,
            account: str | None = None,
            image: str | None = None,
            flags: Sequence[str] = (),
            region: str = "default",
            provider: str = "default",
            env: Mapping[str, str] = ...,
            command: Sequence[str] | None = None,
            resources: Resources | Mapping[str, Any] = ...,
            joins_late: bool = False,
            authority: bool = True,
            sync: SyncMode = "full",
            twin_of: str | None = None,
        ) -> None: ...

    name: NodeName
    """What faults, checks, the journal and logs call the node. No two nodes of a network have one name."""
    account: str | None = None
    """Secret URI from which the node's keys come, for example ``//Alice``; two nodes of one chain may not share one,
    but for a twin. Left out: ``//`` and the name with a capital."""
    image: ImageName | None = None
    """Node image that Docker runs; simulated nodes have none, and refuse to differ in it. Left out: that of its
    chain."""
    flags: tuple[Argument, ...] = ()
    """Added to the node's command line on Docker, behind those of its chain. None by default."""
    region: Name = "default"
    """Where the node stands: ``region:NAME`` selects it, and an ``outage`` of the region takes it down. It puts no
    distance between nodes; ``links`` of the network do."""
    provider: Name = "default"
    """Who hosts the node: ``provider:NAME`` selects it, and an ``outage`` of the provider takes it down."""
    env: dict[Variable, Argument] = Field(default_factory=dict)
    """Variables of the environment that the node's process gets on Docker, by name. None by default."""
    command: tuple[Argument, ...] | None = None
    """Replaces the whole command line on Docker, program included. Left out: simnet builds it."""
    resources: Resources = Resources()
    """What the node may use of the machine; by default no bounds of its own."""
    joins_late: bool = False
    """Whether the node is started only by a ``start`` step, and syncs then. By default the network is launched with
    it."""
    authority: bool = True
    """Whether genesis has a validator or collator among its chain's authorities. With false it joins them when the
    chain is told to take it, by keys of its own (``rotate_keys``)."""
    sync: Annotated[SyncMode, Choices(SYNC_MODES)] = "full"
    """How a node of the relay chain gets the chain when it joins late or was wiped. Collators sync in full."""
    twin_of: str | None = None
    """Name of the validator or collator of its chain whose keys the node has as well: an operator's backup that runs
    beside it, so that both sign for one account. Left out: the node has keys of its own alone."""

    @field_validator("name")
    @classmethod
    def _its_own(cls, name: str) -> str:
        if name in TAKEN:
            raise InputError(f"a node cannot be called {name!r}, which stands for something else; give it another name")
        return name


class ChainSpec(Model):
    """What a relay chain and a parachain have in common."""

    runtime: str | None = None
    """Name of a bundled runtime (``rococo``, ``westend``, ``penpal``, ``asset-hub-westend``), or the path of a
    ``.wasm`` file relative to this one. Left out: ``rococo`` for the relay chain and ``penpal`` for parachains, unless
    ``spec`` is given."""
    spec: str | None = None
    """Path of a chain spec, raw or plain, relative to this file, in place of a runtime. Left out:
    simnet makes genesis from the runtime."""
    preset: str | None = None
    """Name of the genesis preset that the runtime has and simnet begins with (GenesisBuilder API). Left out:
    ``local_testnet``."""
    genesis: dict[str, Any] = Field(default_factory=dict)
    """Merged over the genesis that simnet makes, in the runtime's own keys: mappings deeply, accounts of ``balances``
    added to its own, anything else in place of what was there. Nothing by default."""
    sudo: str | None = None
    """Secret URI of the chain's sudo key: simnet's own sudo calls are signed by it, and a genesis that simnet makes is
    given it. Left out: ``//Alice``."""
    tokens: dict[Symbol, Decimals] = Field(default_factory=dict)
    """Decimals of the chain's tokens by their symbols, the native one first: with ``{WND: 12}`` a call's argument may
    be ``1.5 WND``. Chain specs that simnet makes have them as properties. Left out: what the properties of a ``spec``
    say, else those of the bundled runtime, else ``UNIT`` with 12."""
    image: ImageName | None = None
    """Node image that Docker runs for each node of the chain that names none. Left out: the official one that simnet
    was tried with."""
    flags: tuple[Argument, ...] = ()
    """Added to the command line of each of the chain's nodes on Docker. None by default."""

    @model_validator(mode="after")
    def _one_source(self) -> ChainSpec:
        if self.runtime is not None and self.spec is not None:
            raise InputError("runtime and spec contradict each other; give one")
        if self.preset is not None and self.spec is not None:
            raise InputError("preset and spec contradict each other: a chain spec has its genesis; leave preset out")
        return self


class RelaySpec(ChainSpec):
    """The relay chain: its runtime and genesis, its validators, and full nodes beside them."""

    if TYPE_CHECKING:

        def __init__(
            self,
            *,
            runtime: str | None = None,
            spec: str | None = None,
            preset: str | None = None,
            genesis: Mapping[str, Any] = ...,
            sudo: str | None = None,
            tokens: Mapping[str, int] = ...,
            image: str | None = None,
            flags: Sequence[str] = (),
            validators: int | Sequence[NodeSpec | Mapping[str, Any]] = 4,
            nodes: Sequence[NodeSpec | Mapping[str, Any]] = (),
        ) -> None: ...

    validators: Count | tuple[NodeSpec, ...] = 4
    """Validators, listed one by one, or how many (1 to 2000): ``4`` names them alice, bob, charlie and dave, further
    ones eve, ferdie, validator-7 and so on."""
    nodes: tuple[NodeSpec, ...] = ()
    """Full nodes that validate nothing: observers, RPC nodes. None by default."""


class ParachainSpec(ChainSpec):
    """A parachain, registered in the relay chain's genesis, or later by a step ``onboard``."""

    if TYPE_CHECKING:

        def __init__(
            self,
            *,
            runtime: str | None = None,
            spec: str | None = None,
            preset: str | None = None,
            genesis: Mapping[str, Any] = ...,
            sudo: str | None = None,
            tokens: Mapping[str, int] = ...,
            image: str | None = None,
            flags: Sequence[str] = (),
            id: int,  # noqa: A002 - what files call it
            registered: bool = True,
            collators: int | Sequence[NodeSpec | Mapping[str, Any]] = 1,
        ) -> None: ...

    id: int = Field(ge=1, lt=2**32)
    """The parachain's id on the relay chain, 1 to 4294967295; steps and checks name the chain by it."""
    registered: bool = True
    """Whether the relay chain's genesis has the parachain. With false its collators run, and a step ``onboard``
    registers it while the network runs."""
    collators: Count | tuple[NodeSpec, ...] = 1
    """Collators, listed one by one, or how many (1 to 2000): one is named ``collator-ID``, several ``collator-ID-1``
    and so on."""


class ChannelSpec(Model):
    """An HRMP channel from one parachain to another, one way, which is opened before the barrier t0."""

    if TYPE_CHECKING:

        def __init__(
            self, *, sender: int, recipient: int, capacity: int = 8, max_message_size: SizeForm = 4096
        ) -> None: ...

    sender: Annotated[int, Field(alias="from")]
    """Id of the parachain that sends."""
    recipient: Annotated[int, Field(alias="to")]
    """Id of the parachain that receives; another than the sender."""
    capacity: int = Field(default=8, ge=1)
    """Messages that the channel holds at a time; a sender waits while it is full. 8 is the most that a local relay
    chain's configuration allows, which ``genesis`` can raise."""
    max_message_size: Bytes = 4096
    """Size of a message at most; the sender's chain refuses a larger one."""


class NetworkSpec(Model):
    """A whole network: a relay chain, parachains, the channels between them, and how its links are."""

    if TYPE_CHECKING:

        def __init__(
            self,
            *,
            relay: RelaySpec | Mapping[str, Any] = ...,
            parachains: Sequence[ParachainSpec | Mapping[str, Any]] = (),
            channels: Literal["all", "none"] | Sequence[ChannelSpec | Mapping[str, Any]] = "all",
            links: Sequence[Degrade | Mapping[str, Any]] = (),
        ) -> None: ...

    relay: RelaySpec = RelaySpec()
    """The relay chain; by default Rococo's runtime with four validators."""
    parachains: tuple[ParachainSpec, ...] = ()
    """Parachains with their collators, each id once. None by default."""
    channels: Annotated[Literal["all", "none"], Choices(_CHANNELS)] | tuple[ChannelSpec, ...] = "all"
    """HRMP channels that are open at the barrier t0: listed one by one, or all or none."""
    links: tuple[Degrade, ...] = ()
    """How links are from the start, before any fault: distances between regions, narrow uplinks. By default nothing
    slows them on purpose."""

    @model_validator(mode="after")
    def _consistent(self) -> NetworkSpec:
        topology = self.topology()
        for link in self.links:
            link.affected(topology)
        check_channels(topology, configured(self.relay.genesis))
        return self

    def topology(self) -> Topology:
        """Everything resolved; raises :class:`InputError` for names used twice, nodes of one chain with one account or
        channels between unknown chains."""
        nodes: list[Node] = []
        groups = [group for _, group in self.groups()]
        for group in groups:
            for _, _, problem in (*misused_keys(group), *unable_to_warp(group, sum(map(len, groups)))):
                raise InputError(problem)
            nodes += _with_keys_of_twins(group)
        ids = [para.id for para in self.parachains]
        if len(set(ids)) < len(ids):
            raise InputError("two parachains have the same id")
        if not any(node.role == "validator" and node.twin_of is None and node.authority for node in nodes):
            raise InputError("a relay chain needs a validator")
        return Topology(
            relay=_chain(self.relay, RELAY, "rococo"),
            parachains=tuple(
                replace(_chain(para, str(para.id), "penpal"), registered=para.registered) for para in self.parachains
            ),
            nodes=tuple(nodes),
            channels=self._channels(),
        )

    def groups(self) -> Iterator[tuple[tuple[str | int, ...], list[Node]]]:
        """The nodes that are listed together, by their place in the file. Twins still have accounts of their own."""
        yield ("relay", "validators"), self._nodes(self.relay, RELAY, "validator", _named(self.relay.validators))
        yield ("relay", "nodes"), self._nodes(self.relay, RELAY, "full", self.relay.nodes)
        for index, para in enumerate(self.parachains):
            collators = para.collators
            if isinstance(collators, int):
                ends = ("",) if collators == 1 else tuple(f"-{number + 1}" for number in range(collators))
                collators = tuple(NodeSpec(name=f"collator-{para.id}{end}") for end in ends)
            yield ("parachains", index, "collators"), self._nodes(para, str(para.id), "collator", collators)

    def _nodes(self, chain: ChainSpec, chain_id: str, role: Role, specs: tuple[NodeSpec, ...]) -> list[Node]:
        image = chain.image or usual_image(role)
        return [
            Node(
                name=spec.name,
                chain=chain_id,
                role=role,
                account=spec.account or f"//{spec.name.title()}",
                image=spec.image or image,
                region=spec.region,
                provider=spec.provider,
                flags=chain.flags + spec.flags,
                env=tuple(sorted(spec.env.items())),
                command=spec.command,
                memory=spec.resources.memory,
                pids=spec.resources.pids,
                cpus=spec.resources.cpus,
                joins_late=spec.joins_late,
                authority=spec.authority,
                sync=spec.sync,
                twin_of=spec.twin_of,
            )
            for spec in specs
        ]

    def _channels(self) -> tuple[Channel, ...]:
        if self.channels == "none":
            return ()
        if self.channels == "all":
            ids = [str(para.id) for para in self.parachains if para.registered]
            return tuple(Channel(sender=one, recipient=other) for one in ids for other in ids if one != other)
        for channel in self.channels:
            for _, problem in unopenable(channel, self.parachains):
                raise InputError(problem)
        return tuple(
            Channel(
                sender=str(channel.sender),
                recipient=str(channel.recipient),
                max_capacity=channel.capacity,
                max_message_size=channel.max_message_size,
            )
            for channel in self.channels
        )


def unopenable(channel: ChannelSpec, parachains: Iterable[ParachainSpec]) -> Iterator[tuple[tuple[str, ...], str]]:
    """Why a channel cannot be opened between some of these parachains: the key in the file, and why."""
    registered = {para.id: para.registered for para in parachains}
    for key, end in (("from", channel.sender), ("to", channel.recipient)):
        if not registered.get(end, True):
            yield (key,), f"a channel names parachain {end}, which is onboarded later; channels open before that"
        if end not in registered:
            known = nearest(str(end), map(str, registered))
            yield (key,), f"a channel names parachain {end}, which is not in this network{known}"
    if channel.sender == channel.recipient:
        yield (), f"a channel from {channel.sender} to itself cannot be opened"


def _with_keys_of_twins(nodes: Sequence[Node]) -> list[Node]:
    """Nodes that are listed together, each twin with the account of the one whose keys it has."""
    accounts = {node.name: node.account for node in nodes}
    return [node if node.twin_of is None else replace(node, account=accounts[node.twin_of]) for node in nodes]


def _named(validators: int | tuple[NodeSpec, ...]) -> tuple[NodeSpec, ...]:
    if isinstance(validators, tuple):
        return validators
    return tuple(NodeSpec(name=usual_name(number)) for number in range(validators))


def usual_name(number: int) -> str:
    """The name of a relay chain's validator that is given none, counted from 0."""
    return NAMES[number] if number < len(NAMES) else f"validator-{number + 1}"


def _chain(spec: ChainSpec, chain_id: str, default_runtime: str) -> Chain:
    runtime = spec.runtime or (None if spec.spec else default_runtime)
    is_file = runtime is not None and runtime.endswith(".wasm")
    return Chain(
        id=chain_id,
        runtime=None if is_file else runtime,
        runtime_file=runtime if is_file else None,
        spec_file=spec.spec,
        genesis=json.dumps(spec.genesis, sort_keys=True),
        sudo=spec.sudo or Chain.sudo,
        tokens=tuple(spec.tokens.items()),
        preset=spec.preset,
    )
