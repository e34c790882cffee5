"""What a chain's runtime lacks of what simnet and nodes ask of it: each API or pallet with what it is needed for."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from simnet.chain.authorities import aura_keys
from simnet.journal import SLOT
from simnet.network.account_formats import ACCOUNT32
from simnet.network.topology import RELAY, Chain, Topology
from simnet.preflight._facts import ChainFacts
from simnet.scenario.steps import Step

_RELAY_SLOT = round(SLOT * 1000)
"""Milliseconds."""

_AURA = ("sp_consensus_aura", "sr25519")
"""How the path of Aura's keys begins where they are sr25519 (sp-consensus-aura)."""


@dataclass(frozen=True)
class RuntimeNeed:
    """Functions of one runtime API, and what for."""

    api: str
    functions: tuple[str, ...]
    what: str

    def lacking(self, has: Iterable[str]) -> str | None:
        """In a sentence, what is not there; None where all is."""
        there = {name.partition("_")[2] for name in has if name.startswith(f"{self.api}_")}
        missing = [name for name in self.functions if name not in there]
        if not missing:
            return None
        which = "" if not there else f"'s {', '.join(missing)}"
        return f"it lacks the runtime API {self.api}{which}, needed for {self.what}"


_EVERY = (
    RuntimeNeed("Core", ("version", "initialize_block", "execute_block"), "blocks: nodes begin and import them by it"),
    RuntimeNeed(
        "BlockBuilder", ("apply_extrinsic", "finalize_block", "inherent_extrinsics"), "blocks: authors build them by it"
    ),
    RuntimeNeed("Metadata", ("metadata",), "reading events and storage, and for calls"),
    RuntimeNeed("TaggedTransactionQueue", ("validate_transaction",), "transactions: nodes take none without it"),
)
_BY_CHAIN = {
    True: (
        RuntimeNeed(
            "BabeApi", ("configuration", "current_epoch", "next_epoch"), "blocks: validators get their slots by it"
        ),
        RuntimeNeed("GrandpaApi", ("grandpa_authorities",), "finality"),
    ),
    False: (
        RuntimeNeed("AuraApi", ("slot_duration", "authorities"), "blocks: collators get their slots by it"),
        RuntimeNeed(
            "CollectCollationInfo", ("collect_collation_info",), "candidates: what the relay chain is to include"
        ),
    ),
}
_HOST = RuntimeNeed(
    "ParachainHost",
    (
        "validators",
        "validator_groups",
        "availability_cores",
        "claim_queue",
        "session_index_for_child",
        "session_info",
        "persisted_validation_data",
        "validation_code_hash",
        "candidate_events",
        "dmq_contents",
        "inbound_hrmp_channels_contents",
        "on_chain_votes",
        "disputes",
    ),
    "parachains: their candidates are backed, included and disputed by it (version 11 or later)",
)
_NONCE = RuntimeNeed("AccountNonceApi", ("account_nonce",), "signed calls: which nonce comes next")
_KEYS = RuntimeNeed(
    "SessionKeys", ("generate_session_keys", "decode_session_keys"), "rotate_keys: nodes make keys by it"
)


def lacks(topology: Topology, chain: Chain, facts: ChainFacts, steps: Sequence[Step]) -> Iterator[str]:
    """A sentence for each thing that the chain lacks, or has otherwise than simnet can take it."""
    needs = [*_EVERY, *_BY_CHAIN[chain.id == RELAY]]
    if chain.id == RELAY and topology.parachains:
        needs.append(_HOST)
    if signs(topology, chain, steps):
        needs.append(_NONCE)
    rotated = [step.rotate_keys.node for step in steps if step.rotate_keys is not None]
    if any(node.chain == chain.id for node in topology.nodes if node.name in rotated):
        needs.append(_KEYS)
    yield from filter(None, (need.lacking(facts.functions) for need in needs))
    mailed = any(step.send is not None and step.send.recipient == chain.id for step in steps)
    if mailed and "MessageQueue" not in facts.metadata.pallets:
        yield "it lacks the pallet MessageQueue, needed for `send` to it: by its events simnet sees that messages ended"
    if chain.id == RELAY and facts.form is not ACCOUNT32:
        yield f"its accounts are {facts.form.name}; simnet knows validators by {ACCOUNT32.name} alone"
    if chain.id == RELAY and facts.slot not in (None, _RELAY_SLOT):
        yield f"its slots are of {facts.slot} ms; simnet's relay chains have slots of {_RELAY_SLOT} ms"
    elif facts.slot == 0:
        yield "its slots are of 0 ms"
    keys = aura_keys(facts.metadata)
    if chain.id != RELAY and keys is None:
        yield "it lacks the pallet Aura with its item Authorities, needed for telling who made a block"
    elif chain.id != RELAY and keys is not None and keys[: len(_AURA)] != _AURA:
        yield f"its Aura keys are {'::'.join(keys)}; simnet's collators seal with sr25519"
    if facts.unsigned is not None and signs(topology, chain, steps):
        yield f"simnet can sign nothing for it: {facts.unsigned}"


def signs(topology: Topology, chain: Chain, steps: Sequence[Step]) -> bool:
    """Whether simnet signs calls on the chain."""
    if chain.id == RELAY and (topology.channels or any(step.onboard is not None for step in steps)):
        return True
    for step in steps:
        asked = step.submit or step.upgrade or step.set_storage or step.xcm or step.claim
        if asked is not None and asked.chain == chain.id:
            return True
        sends = step.send or step.transfer
        if sends is not None and sends.sender == chain.id:
            return True
        if step.rotate_keys is not None and chain.id in [
            node.chain for node in topology.nodes if node.name in (step.rotate_keys.node, step.rotate_keys.owner)
        ]:
            return True
    return False
