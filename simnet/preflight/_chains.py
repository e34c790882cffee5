"""What is wrong with a network's chains at genesis, each at its key of the network."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from math import inf

from simnet.fields import KeyPath
from simnet.network.account_formats import AccountFormat
from simnet.network.accounts import DEVELOPMENT
from simnet.network.topology import RELAY, Chain, Topology
from simnet.preflight._facts import CoreFacts, Facts
from simnet.preflight._needs import lacks
from simnet.providers.dispatch_origins import Origin, Root, Signed
from simnet.runtime.genesis_patch import configured
from simnet.scenario.mistakes import Mistake
from simnet.scenario.steps import Step


def in_chains(
    topology: Topology, facts: Facts, steps: Sequence[Step] = (), *, writes_blocks: bool = True
) -> list[Mistake]:
    """Genesis that cannot be made, sudo keys that simnet would need and has not, parachains that nobody would back.
    Where the provider ``writes_blocks``, storage of the relay chain needs no key."""
    out = [Mistake((*_way(topology, one.chain), *one.part), str(one), one.of_key) for one in facts.wrong]
    for chain in (topology.relay, *topology.parachains):
        if chain.id not in facts.chains:
            continue
        at = (*_way(topology, chain.id), "runtime" if chain.spec_file is None else "spec")
        found = lacks(topology, chain, facts.chains[chain.id], steps)
        out += [Mistake(at, f"the runtime of {name_of(chain.id)}: {one}") for one in found]
        uses = _sudo_uses(topology, chain, steps, writes_blocks=writes_blocks)
        if uses:
            out += _sudo(topology, chain, facts, uses)
    if facts.cores is not None:
        out += _cores(topology, facts.cores)
    return out


def name_of(chain_id: str) -> str:
    """The chain in a sentence."""
    return "the relay chain" if chain_id == RELAY else f"parachain {chain_id}"


def _way(topology: Topology, chain_id: str) -> KeyPath:
    """Where a chain stands in a network's file."""
    if chain_id == RELAY:
        return (RELAY,)
    return ("parachains", [chain.id for chain in topology.parachains].index(chain_id))


def _sudo_uses(topology: Topology, chain: Chain, steps: Sequence[Step], *, writes_blocks: bool) -> list[str]:
    """What the chain's sudo key is needed for."""
    uses = ["opens channels"] if topology.channels and chain.id == RELAY else []
    if any(step.send is not None and step.send.sender == chain.id for step in steps):
        uses.append("sends mail from there")
    own = [step.submit for step in steps if step.submit is not None and step.submit.expect == "success"]
    if any(one.chain == chain.id and _by_sudo_key(one.origin) for one in own):
        uses.append("submits calls as root")
    written = any(step.set_storage is not None and step.set_storage.chain == chain.id for step in steps)
    if written and not (chain.id == RELAY and writes_blocks):
        uses.append("sets storage")
    if any(step.upgrade is not None and step.upgrade.chain == chain.id for step in steps):
        uses.append("upgrades it")
    return uses


def _by_sudo_key(origin: Origin) -> bool:
    """Whether a call is signed by the chain's own sudo key, or whoever has it."""
    return not isinstance(origin, Signed) and not (isinstance(origin, Root) and origin.signer is not None)


def _sudo(topology: Topology, chain: Chain, facts: Facts, uses: list[str]) -> Iterator[Mistake]:
    found = facts.chains[chain.id]
    if found.accounts is None:
        return
    public = found.form.of(chain.sudo)
    name, why = name_of(chain.id), " and ".join(uses)
    way = (*_way(topology, chain.id), *(("genesis", "sudo", "key") if chain.sudo == Chain.sudo else ("sudo",)))
    if "Sudo" not in found.metadata.pallets:
        if chain.id == RELAY and topology.channels:
            hint = "write channels: none, and have them opened by other means"
            yield Mistake(("channels",), f"the runtime of the relay chain has no Sudo pallet to open them by; {hint}")
    elif found.sudo is None:
        hint = "give it one in `genesis`"
        if chain.id == RELAY and uses == ["sets storage"]:
            hint += ", or run this on simulated nodes, which need none for that"
        yield Mistake(way, f"sudo of {name} has no key, and simnet {why} by it; {hint}")
    elif found.sudo != public:
        owner = _owner(topology, found.sudo, found.form)
        told = f"{found.form.text(found.sudo)}{f' ({owner})' if owner else ''}"
        hint = f"give its secret URI to the chain, sudo: {owner or '//NAME'}"
        yield Mistake(way, f"sudo's key of {name} is {told}, not {chain.sudo}'s, by which simnet {why}; {hint}")
    elif public not in found.accounts:
        yield Mistake(
            way, f"{chain.sudo}, the sudo key of {name}, has nothing there to pay with, and simnet {why} by it"
        )


def _owner(topology: Topology, account: bytes, form: AccountFormat) -> str | None:
    """A secret URI of that account, if it is one that this network or everybody has."""
    known = dict.fromkeys([*DEVELOPMENT, *(node.account for node in topology.nodes)])
    return next((uri for uri in known if form.of(uri) == account), None)


def _cores(topology: Topology, cores: CoreFacts) -> Iterator[Mistake]:
    """Parachains whose cores have no validators: of as many groups as cores, the last ones are empty where cores
    outnumber validators, and groups move on only so far in a session (polkadot-runtime-parachains scheduler.rs,
    initializer_on_new_session and group_assigned_to_core)."""
    moves = 0 if cores.rotation == 0 else (cores.session - 1) // cores.rotation
    unserved = {
        chain.id: assigned
        for chain in topology.parachains
        if (assigned := cores.assigned.get(int(chain.id)))
        and all((core + move) % cores.cores >= cores.validators for core in assigned for move in range(moves + 1))
    }
    if not unserved:
        return
    given = cores.extra - sum(len(one) for one in cores.assigned.values())
    config = configured(json.loads(topology.relay.genesis))
    params = config.get("scheduler_params")
    way: KeyPath = (RELAY, "validators")
    hint = "give the relay chain more validators"
    if (config.get("max_validators") or inf) < len(topology.validators):
        way = (RELAY, "genesis", "configuration", "config", "max_validators")
        hint = "max_validators lets no more of them judge candidates: make that more, or leave it out"
    elif isinstance(params, dict) and params.get("num_cores"):
        way = (RELAY, "genesis", "configuration", "config", "scheduler_params", "num_cores")
        hint = f"genesis adds a core for each parachain to the {given} of num_cores: make that less, or leave it out"
    told = ", ".join(f"{name_of(para)} has core {' and '.join(map(str, one))}" for para, one in unserved.items())
    served = f"{cores.validators} validators make groups for cores 0 to {cores.validators - 1} alone"
    yield Mistake(way, f"nobody would back: {told}, and {served}; {hint}")
