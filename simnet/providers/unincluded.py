"""Why a parachain has no candidate included: what the relay chain's state, the journal and the nodes' logs show."""

from __future__ import annotations

import re
from collections import deque
from collections.abc import Iterable
from contextlib import suppress
from pathlib import Path

from simnet.chain.parachain_host import CLAIM_QUEUE, VALIDATOR_GROUPS, claims_from, groups_from
from simnet.chain.rpc import Rpc
from simnet.chain.runtime_types import runtime_types
from simnet.codec import DecodeError, Header, map_key, twox_64, u32
from simnet.errors import RpcError, SimnetError
from simnet.journal import Evidence
from simnet.network.topology import RELAY, Node
from simnet.providers.network import Network
from simnet.regular_files import only_regular

_TOLD = (re.compile(r"\bERROR\b|panicked|not built|not offered|refused"), re.compile(r"\bWARN\b"))
"""Lines of a node's log that may say why, graver ones first."""

_LINES = 2000
"""Lines from a log's end that are looked through."""

_LETTERS = 200
_TIME = re.compile(r"^[\d\s:.\-]+")
"""What a log's line begins with."""


def unregistered(network: Network) -> list[str]:
    """Parachains that the relay chain does not know; none where no node of it answers."""
    try:
        rpc = _relay(network)
        return [chain.id for chain in network.topology.parachains if _registration(rpc, chain.id) is None]
    except RpcError:
        return []


def included(evidence: Evidence, since: float) -> list[str]:
    """Parachains of which a candidate was included after that time, in any fork."""
    events = evidence.all_events("ParaInclusion", "CandidateIncluded")
    return list(dict.fromkeys(str(one.data.fields.get("para_id")) for one in events if one.t > since))


def why_unincluded(network: Network, paras: Iterable[str], since: float) -> str:
    """Of parachains that got no candidate included since then, the first cause that is found for each, in a
    sentence."""
    return "; ".join(f"parachain {para}: {_why(network, para, since)}" for para in paras)


def _why(network: Network, para: str, since: float) -> str:
    found = None
    with suppress(SimnetError, DecodeError):  # then the journal says what it can
        found = _of_the_chain(network, para)
    return (
        found
        or _of_candidates(network, para, since)
        or _of_collators(network, para, since)
        or _of_backing(network, para, since)
    )


def _of_the_chain(network: Network, para: str) -> str | None:
    """No registration, no core, or a core that no validator serves."""
    rpc = _relay(network)
    registration = _registration(rpc, para)
    if registration is None:
        return "it is not registered on the relay chain"
    types = runtime_types(rpc)
    claims = claims_from(types.answer(CLAIM_QUEUE, _call(rpc, CLAIM_QUEUE)))
    cores = [core for core, queue in claims.items() if int(para) in queue]
    if not cores:
        on_demand = types.stored("Paras", "ParaLifecycles", registration) == "Parathread"
        return "it is on demand, and nobody ordered a core" if on_demand else "no core is assigned to it"
    groups, rotation = groups_from(types.answer(VALIDATOR_GROUPS, _call(rpc, VALIDATOR_GROUPS)))
    served = [core for core in cores if (group := rotation.group(core, len(groups))) is not None and groups[group]]
    if served:
        return None
    validators = sum(map(len, groups))
    return (
        f"core {' and '.join(map(str, cores))}, which is assigned to it, has no validators: {validators} make groups "
        f"for {sum(map(bool, groups))} of {len(groups)} cores"
    )


def _of_candidates(network: Network, para: str, since: float) -> str | None:
    """Backed, and never available to enough validators."""
    evidence = network.evidence
    counts = {
        name: sum(
            record.t > since and str(record.data.fields.get("para_id")) == para
            for record in evidence.all_events("ParaInclusion", f"Candidate{name}")
        )
        for name in ("Backed", "TimedOut")
    }
    if not counts["Backed"]:
        return None
    down = [node.name for node in network.topology.validators if node.name not in network.running(RELAY)]
    told = f"; {', '.join(down)} do not run" if down else ""
    return (
        f"{counts['Backed']} candidates were backed and none became available, {counts['TimedOut']} timed out: too few "
        f"validators got their chunks{told}"
    )


def _blocks(network: Network, para: str, since: float) -> int:
    """Blocks of the parachain that were first seen since then."""
    return sum(block.height > 0 and block.t > since for block in network.evidence.blocks.get(para, {}).values())


def _of_collators(network: Network, para: str, since: float) -> str | None:
    """Nobody made a block."""
    running = network.running(para)
    if not running:
        return "none of its collators runs"
    if _blocks(network, para, since):
        return None
    return "its collators made no block" + _told(network, network.topology.on_chain(para))


def _of_backing(network: Network, para: str, since: float) -> str:
    """Blocks were made, and no candidate was backed."""
    head = f"no candidate was backed, though its collators made {_blocks(network, para, since)} blocks"
    try:
        limit = _head_limit(_relay(network))
        size = max(len(_head(network.rpc(name))) for name in network.running(para))
    except (SimnetError, DecodeError, ValueError):
        limit = size = 0
    if size > limit:
        return f"{head}: its head has {size} bytes, and max_head_data_size of the relay chain is {limit}"
    return head + _told(network, [*network.topology.on_chain(para), *network.topology.validators])


def _registration(rpc: Rpc, para: str) -> bytes | None:
    """What the relay chain has of the parachain's life (ParaLifecycle), encoded; None where it does not know it."""
    number = u32(int(para))
    return _stored(rpc, map_key("Paras", "ParaLifecycles", twox_64(number) + number))


def _head_limit(rpc: Rpc) -> int:
    types = runtime_types(rpc)
    raw = _stored(rpc, types.metadata.storage_key("Configuration", "ActiveConfig"))
    return int(types.stored("Configuration", "ActiveConfig", raw)["max_head_data_size"])


def _stored(rpc: Rpc, key: bytes) -> bytes | None:
    value = rpc.call("state_getStorage", ["0x" + key.hex()])
    return None if value is None else bytes.fromhex(value[2:])


def _head(rpc: Rpc) -> bytes:
    return Header.from_json(rpc.call("chain_getHeader")).encode()


def _relay(network: Network) -> Rpc:
    """A node of the relay chain that answers; raises :class:`RpcError`."""
    last = RpcError("none runs")
    for name in network.running(RELAY):
        try:
            rpc = network.rpc(name)
            rpc.call("chain_getBlockHash", [0])
        except RpcError as error:
            last = error
        else:
            return rpc
    raise last


def _call(rpc: Rpc, function: str) -> bytes:
    return bytes.fromhex(rpc.call("state_call", [function, "0x"])[2:])


def _told(network: Network, nodes: Iterable[Node]) -> str:
    """The last line that may say why, of the first of these nodes whose log has one."""
    for node in nodes:
        line = _last(network.run_dir / "logs" / f"{node.name}.log")
        if line is not None:
            return f"; {node.name} says: {line}"
    return ""


def _last(log: Path) -> str | None:
    try:
        with open(log, encoding="utf-8", errors="replace", opener=only_regular) as lines:
            last = deque(lines, _LINES)
    except OSError:
        return None
    found = next((line for grave in _TOLD for line in reversed(last) if grave.search(line)), None)
    if found is None:
        return None
    line = " ".join(_TIME.sub("", found).split())
    return line if len(line) <= _LETTERS else line[:_LETTERS].rstrip() + " …"
