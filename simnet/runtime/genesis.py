"""Genesis of every chain, built by its own runtime: state, header, and the raw chain spec that nodes take.

Both providers start from here. The runtime's GenesisBuilder API makes storage of a configuration, and the code itself
is put in afterwards, as chain-spec-builder and nodes do it: the block is theirs to the last byte.
"""

from __future__ import annotations

import contextlib
import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from functools import partial

from simnet.chain.metadata import Metadata, NotInRuntimeError
from simnet.chain.signing_scheme import account_format
from simnet.codec import (
    DecodeError,
    blake2_256,
    compact,
    map_key,
    read_bytes,
    read_compact,
    storage_prefix,
    twox_64,
    u32,
    vec,
    vec_bytes,
)
from simnet.errors import GenesisError, HostError, InputError, RuntimeTrap, printable
from simnet.network.account_formats import ACCOUNT32
from simnet.network.topology import RELAY, Chain, Topology, nearest
from simnet.runtime.bundled import runtime_code
from simnet.runtime.chain_spec import CODE, Json, new_spec, raw_genesis, raw_storage, read_spec, runtime_genesis
from simnet.runtime.genesis_patch import (
    ENDOWMENT,
    PRESET,
    chain_id,
    check_channels,
    endowment,
    laid_over,
    merge,
    parachain_config,
    raised_limits,
    relay_config,
)
from simnet.runtime.host import Host, Runtime, State
from simnet.runtime.refused_genesis import Refusal, panicked, refused, written_way

_NAMES = "GenesisBuilder_preset_names"
_CHILD = b":child_storage:default:"
_EMPTY_ROOT = blake2_256(b"\0")
"""Root of a trie without entries: the extrinsics root of genesis."""


@dataclass(frozen=True)
class Genesis:
    """A chain's beginning."""

    chain: Chain
    state: State
    runtime: Runtime
    spec: Json
    """The chain spec without its genesis."""
    adjusted: tuple[str, ...] = ()
    """What is otherwise than in the runtime's preset because the network could not be without, in words."""

    @property
    def id(self) -> str:
        """Of the chain spec; nodes' databases and keystores lie under it."""
        return str(self.spec["id"])

    @property
    def header(self) -> bytes:
        """SCALE of the header, a parachain's genesis head."""
        return bytes(32) + compact(0) + self.state.root + _EMPTY_ROOT + vec([])

    @property
    def code(self) -> bytes:
        return self.state.get(CODE) or b""

    @property
    def relay_parent_offset(self) -> int:
        """How many relay blocks behind the best one a parachain's runtime wants its relay parents; most do not ask."""
        api = "RelayParentOffsetApi_relay_parent_offset"
        if api not in self.runtime.functions:
            return 0
        return int.from_bytes(self.state.call(self.runtime, api), "little")

    def raw_spec(self) -> bytes:
        """The raw chain spec: JSON that every node of the chain takes."""
        top = dict(self.state.items())
        children: dict[bytes, dict[bytes, bytes]] = {}
        for place in [key for key in top if key.startswith(_CHILD)]:
            del top[place]
            child = place.removeprefix(_CHILD)
            children[child] = {key: self.state.child_get(child, key) or b"" for key in self.state.child_keys(child)}
        return json.dumps({**self.spec, "genesis": raw_genesis(top, children)}).encode()


class GenesisMaker:
    """Makes the genesis of a network's chains with the runtimes of one host."""

    def __init__(self, host: Host) -> None:
        self._host = host

    def all(self, topology: Topology) -> dict[str, Genesis]:
        """Of every chain by its id, parachains first made, since the relay chain's has their heads.

        Raises :class:`GenesisError` for a runtime or chain spec that is none, a configuration that the runtime refuses,
        or a relay chain's spec file that registers the network's parachains otherwise than they are.
        """
        made, wrong = self.attempt(topology)
        if wrong:
            raise wrong[0] if len(wrong) == 1 else InputError("\n".join(map(str, wrong)))
        return made

    def attempt(self, topology: Topology) -> tuple[dict[str, Genesis], list[GenesisError]]:
        """What :meth:`all` makes, as far as it can be made, and what is wrong with each of the other chains."""
        wrong: list[GenesisError] = []
        given: dict[str, Json] = {}
        for chain in (topology.relay, *topology.parachains):
            with _told(wrong), _blamed(chain, "spec"):
                if chain.spec_file is not None:
                    given[chain.id] = read_spec(chain)
        relay = topology.relay
        relay_id = given[relay.id]["id"] if relay.id in given else chain_id(relay)
        paras: dict[str, Genesis] = {}
        for chain in topology.parachains:
            with _told(wrong):
                if chain.id in given:
                    paras[chain.id] = self._of_file(chain, given[chain.id])
                elif chain.spec_file is None:
                    spec = new_spec(chain_id(chain), chain.tokens, para_id=int(chain.id), relay_chain=relay_id)
                    paras[chain.id] = self._of_runtime(chain, spec, partial(_parachain, chain, topology))
        made: dict[str, Genesis] = {}
        with _told(wrong):
            if relay.spec_file is None:
                made[relay.id] = self._of_relay(topology, new_spec(relay_id, relay.tokens), paras)
            elif relay.id in given:
                made[relay.id] = self._of_file(relay, given[relay.id])
        if relay.id in made:
            for para in paras.values():
                with _told(wrong):
                    _check_registered(para, made[relay.id])
            if relay.id in given and topology.channels:
                with _told(wrong), _blamed(relay, "spec"):
                    check_channels(topology, _active_config(made[relay.id]))
        return {**made, **paras}, wrong

    def runtime(self, chain: Chain) -> Runtime:
        """The runtime that a chain begins with, whatever its genesis is; raises :class:`GenesisError`."""
        if chain.spec_file is None:
            with _blamed(chain, "runtime"):
                return self._runtime(chain, runtime_code(chain))
        with _blamed(chain, "spec"):
            spec = read_spec(chain)
            raw = "raw" in spec["genesis"]
            return self._runtime(chain, raw_storage(chain, spec)[0][CODE] if raw else runtime_genesis(chain, spec)[0])

    def _of_relay(self, topology: Topology, spec: Json, paras: dict[str, Genesis]) -> Genesis:
        codes = {_stand_in(one.code): one.code for one in paras.values()}
        heads = {
            para: ("0x" + one.header.hex(), "0x" + _stand_in(one.code).hex())
            for para, one in paras.items()
            if one.chain.registered
        }
        adjusted: list[str] = []

        def config(base: Json, metadata: Metadata | None) -> Json:
            accounts = ACCOUNT32 if metadata is None else account_format(metadata)
            if accounts is not ACCOUNT32:
                raise InputError(
                    f"the relay chain's accounts are {accounts.name}; simnet knows validators by {ACCOUNT32.name} alone"
                )
            for key, (old, new) in raised_limits(base, topology).items():
                adjusted.append(f"{key} {new} instead of {old}, for the network's HRMP channels")
            return relay_config(base, topology, heads, ENDOWMENT if metadata is None else endowment(metadata))

        made = _with_codes(self._of_runtime(topology.relay, spec, config), codes)
        return replace(made, adjusted=tuple(adjusted))

    def _of_runtime(self, chain: Chain, spec: Json, config: Callable[[Json, Metadata | None], Json]) -> Genesis:
        """With the runtime that the network names: its preset over its default, as ``config`` changes it."""
        with _blamed(chain, "runtime"):
            code = runtime_code(chain)
            builder = self._builder(chain, code)
            base = merge(self._preset(chain, builder, None) or {}, self._named(chain, builder))
            metadata = self._metadata(chain, builder)
            with _shaped(chain):
                made = config(base, metadata)
        return self._built(chain, spec, builder, code, made)

    def _of_file(self, chain: Chain, spec: Json) -> Genesis:
        fields = {name: value for name, value in spec.items() if name != "genesis"}
        with _blamed(chain, "spec"):
            if "raw" in spec["genesis"]:
                top, children = raw_storage(chain, spec)
                runtime = self._runtime(chain, top[CODE])
                state = self._host.state(top, children, version=runtime.version.trie_layout)
                return Genesis(chain, state, runtime, fields)
            code, config, whole = runtime_genesis(chain, spec)
            builder = self._builder(chain, code)
            if not whole:
                config = merge(self._preset(chain, builder, None) or {}, config)
            with _shaped(chain):
                config = laid_over(config, json.loads(chain.genesis))
        return self._built(chain, fields, builder, code, config)

    def _runtime(self, chain: Chain, code: bytes) -> Runtime:
        try:
            runtime = self._host.runtime(code, owners=(_name(chain),))
            runtime.version  # noqa: B018 - asked while what is wrong with it can be said
        except (HostError, RuntimeTrap) as error:
            raise InputError(f"the runtime of chain {chain.id} cannot be run: {error}") from error
        return runtime

    def _metadata(self, chain: Chain, runtime: Runtime) -> Metadata | None:
        """None for a runtime that has none, of which nothing but its genesis is asked."""
        if "Metadata_metadata" not in runtime.functions:
            return None
        try:
            return runtime.types.metadata
        except (HostError, RuntimeTrap, DecodeError, NotInRuntimeError) as error:
            raise InputError(f"the metadata of the runtime of {_name(chain)} cannot be read: {error}") from error

    def _builder(self, chain: Chain, code: bytes) -> Runtime:
        runtime = self._runtime(chain, code)
        if "GenesisBuilder_get_preset" not in runtime.functions:
            raise InputError(
                f"{runtime}, the runtime of chain {chain.id}, cannot build its genesis (it has no GenesisBuilder API); "
                f"give a raw chain spec as `spec`"
            )
        return runtime

    def _built(self, chain: Chain, spec: Json, builder: Runtime, code: bytes, config: Json) -> Genesis:
        execution = self._host.state({}).execute()
        text = json.dumps(config, sort_keys=True)
        try:
            answer = execution.call(builder, "GenesisBuilder_build_state", vec_bytes(text.encode()))
            why = None if answer[:1] == b"\0" else read_bytes(answer, 1)[0].decode(errors="replace")
        except RuntimeTrap as trap:
            raise _error(chain, panicked(trap, json.loads(chain.genesis)), "cannot build its genesis", config) from trap
        except (HostError, DecodeError) as error:
            with _blamed(chain, "runtime" if chain.spec_file is None else "spec"):
                raise InputError(f"the runtime of {_name(chain)} cannot build its genesis: {error}") from error
        if why is not None:
            raise _error(chain, refused(why, text, config), "refuses its genesis", config)
        execution.set(CODE, code)
        state = execution.finish(version=builder.version.trie_layout)
        return Genesis(chain, state, builder, spec)

    def _named(self, chain: Chain, runtime: Runtime) -> Json:
        """The preset that a network names, else the usual one; empty where the runtime has none at all.

        Raises :class:`InputError`, at the chain's ``preset`` if it has one, that lists those of the runtime.
        """
        wanted = chain.preset or PRESET
        found = self._preset(chain, runtime, wanted)
        if found is not None:
            return found
        names = self._preset_names(runtime)
        if chain.preset is None:
            if not names:
                return {}
            raise InputError(
                f"the runtime of {_name(chain)} has no preset {wanted}; name one that it has as `preset`: "
                f"{', '.join(names)}"
            )
        with _blamed(chain, "preset"):
            told = nearest(wanted, names) if names else "; it names none at all"
            raise InputError(f"the runtime of {_name(chain)} has no preset {wanted!r}{told}")

    def _preset_names(self, runtime: Runtime) -> list[str]:
        """Those that the runtime tells of."""
        if _NAMES not in runtime.functions:
            return []
        try:
            answer = self._host.state({}).call(runtime, _NAMES)
            count, offset = read_compact(answer, 0)
            names = []
            for _ in range(count):
                name, offset = read_bytes(answer, offset)
                names.append(printable(name.decode(errors="replace")))
        except (HostError, RuntimeTrap, DecodeError):
            return []
        return names

    def _preset(self, chain: Chain, runtime: Runtime, name: str | None) -> Json | None:
        """A preset by name, or the default configuration; None where the runtime has no preset of the name.

        Raises :class:`InputError` for a runtime that cannot say it, or answers what is no JSON object.
        """
        argument = b"\0" if name is None else b"\1" + vec_bytes(name.encode())
        what = "default configuration" if name is None else f"preset {name}"
        try:
            answer = self._host.state({}).call(runtime, "GenesisBuilder_get_preset", argument)
            found = None if answer[:1] == b"\0" else json.loads(read_bytes(answer, 1)[0])
        except (HostError, RuntimeTrap, DecodeError, ValueError, RecursionError) as error:
            raise InputError(f"the runtime of {_name(chain)} cannot say its {what}: {error}") from error
        if found is not None and not isinstance(found, dict):
            raise InputError(f"the runtime of {_name(chain)} answers for its {what} what is no JSON object")
        return found


def _parachain(chain: Chain, topology: Topology, base: Json, metadata: Metadata | None) -> Json:
    """A parachain's configuration, with accounts and amounts as its runtime has them."""
    if metadata is None:
        return parachain_config(base, chain, topology)
    return parachain_config(base, chain, topology, account_format(metadata), endowment(metadata))


def _active_config(genesis: Genesis) -> Json:
    """The host configuration that a relay chain's state has; empty where it has none."""
    raw = genesis.state.get(storage_prefix("Configuration", "ActiveConfig"))
    config: Json = {} if raw is None else genesis.runtime.types.stored("Configuration", "ActiveConfig", raw)
    return config


@contextlib.contextmanager
def _told(wrong: list[GenesisError]) -> Iterator[None]:
    """Adds what is raised, so that the other chains are looked at too."""
    try:
        yield
    except GenesisError as error:
        wrong.append(error)


@contextlib.contextmanager
def _blamed(chain: Chain, key: str) -> Iterator[None]:
    """Blames a key of the chain, ``runtime`` or ``spec``, for what is raised."""
    try:
        yield
    except GenesisError:
        raise
    except InputError as error:
        raise GenesisError(str(error), chain=chain.id, part=(key,)) from error


def _name(chain: Chain) -> str:
    return "the relay chain" if chain.id == RELAY else f"chain {chain.id}"


@contextlib.contextmanager
def _shaped(chain: Chain) -> Iterator[None]:
    """Says of a preset in which something else stands where pallets of all known runtimes have theirs that it is so."""
    try:
        yield
    except (KeyError, IndexError, TypeError, AttributeError, ValueError, RecursionError) as error:
        if isinstance(error, InputError):
            raise
        raise InputError(
            f"the genesis configuration of the runtime of {_name(chain)} has another shape than simnet knows: "
            f"{type(error).__name__}: {printable(str(error))}"
        ) from error


def _error(chain: Chain, refusal: Refusal, what: str, config: Json) -> GenesisError:
    """That a runtime refused a configuration: at the part of the network file's ``genesis`` that it came from, if it
    came from there."""
    where = ".".join(map(str, refusal.way))
    message = f"the runtime of {_name(chain)} {what}: {f'{where}: ' if where else ''}{printable(refusal.said)}"
    written = json.loads(chain.genesis)
    if not written:
        return GenesisError(message, chain=chain.id, part=("runtime" if chain.spec_file is None else "spec",))
    way = written_way(refusal.way, written, config)
    return GenesisError(message, chain=chain.id, part=("genesis", *way), of_key=refusal.of_key and way == refusal.way)


def _stand_in(code: bytes) -> bytes:
    """Bytes that stand for a validation code while genesis is built: as JSON, the codes of a dozen parachains would
    be more than a runtime may allocate at once."""
    return b"simnet stands in for " + blake2_256(code)


def _with_codes(genesis: Genesis, codes: dict[bytes, bytes]) -> Genesis:
    """The same genesis with codes in place of what stood for them, and their hashes in place of its hash."""
    if not codes:
        return genesis
    changes = [(vec_bytes(stand_in), vec_bytes(code)) for stand_in, code in codes.items()]
    changes += [(blake2_256(stand_in), blake2_256(code)) for stand_in, code in codes.items()]
    execution = genesis.state.execute()
    for key, value in genesis.state.items():
        new_key, new_value = key, value
        for old, new in changes:
            new_key, new_value = new_key.replace(old, new), new_value.replace(old, new)
        if (new_key, new_value) != (key, value):
            execution.set(key, None)
            execution.set(new_key, new_value)
    state = execution.finish(version=genesis.runtime.version.trie_layout)
    return replace(genesis, state=state)


def _check_registered(para: Genesis, relay: Genesis) -> None:
    """Raises :class:`GenesisError` if the relay chain registers the parachain as another than it is, or has it not
    though its spec file is given; a network's own ``genesis`` may leave a parachain for a later registration."""
    number = u32(int(para.chain.id))
    hashed = twox_64(number) + number
    head = relay.state.get(map_key("Paras", "Heads", hashed))
    code = relay.state.get(map_key("Paras", "CurrentCodeHash", hashed))
    if head is None and relay.chain.spec_file is None:
        return
    if head is None:
        wrong = f"does not register parachain {para.chain.id}"
    elif head != vec_bytes(para.header):
        wrong = f"registers parachain {para.chain.id} with another genesis head than it has here"
    elif code != blake2_256(para.code):
        wrong = f"registers parachain {para.chain.id} with another runtime than it has here"
    else:
        return
    if relay.chain.spec_file is None:
        message = f"the relay chain's genesis {wrong}; leave `paras` out, and simnet registers the network's parachains"
        raise GenesisError(message, chain=relay.chain.id, part=("genesis", "paras"))
    raise GenesisError(
        f"{relay.chain.spec_file} {wrong}: give the chain spec that it was registered from as the parachain's `spec`, "
        f"or name a `runtime` for the relay chain, and simnet registers the network's parachains itself",
        chain=relay.chain.id,
        part=("spec",),
    )
