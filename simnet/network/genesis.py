"""The genesis of a network: patches over a runtime's own preset, as plain JSON data.

Pure functions: who turns a patch into a raw chain spec is the provider's business.
"""

from __future__ import annotations

import copy
import json
from typing import Any

from simnet.network.accounts import keys, sovereign_of_child, sovereign_of_sibling
from simnet.network.topology import Chain, Topology

PRESET = "local_testnet"
"""The preset that bundled relay chains and parachains all have."""

ENDOWMENT = 10**18
"""Planck given to every account that simnet uses; as the runtimes' local presets do."""

CHAIN_IDS = {"rococo": "rococo_local_testnet", "westend": "westend_local_testnet"}
"""Chain ids of the local presets: nodes pick their authoring back-off by id (protocol-facts section 0)."""

Json = dict[str, Any]


def chain_id(chain: Chain) -> str:
    """The chain spec's id; node databases and keystores lie under it."""
    if chain.id == "relay":
        return CHAIN_IDS.get(chain.runtime or "", "simnet_relay_local_testnet")
    return f"simnet_para_{chain.id}"


def merge(base: Json, over: Json) -> Json:
    """``over`` laid over ``base``: mappings merge deeply, everything else replaces. Neither is changed."""
    out = copy.deepcopy(base)
    for key, value in over.items():
        if isinstance(value, dict) and isinstance(out.get(key), dict):
            out[key] = merge(out[key], value)
        else:
            out[key] = copy.deepcopy(value)
    return out


def relay_patch(preset: Json, topology: Topology, parachains: dict[str, tuple[str, str]]) -> Json:
    """Genesis patch of the relay chain.

    ``parachains`` gives genesis head and validation code, both as 0x hex, of each parachain by id. Channels are not
    opened here: messages that genesis enqueues make collators panic (facts.md, chain specs).
    """
    stashes = [keys(f"{node.account}//stash").address for node in topology.validators]
    sessions = [
        [stash, stash, keys(node.account).session_keys()]
        for stash, node in zip(stashes, topology.validators, strict=True)
    ]
    children = [sovereign_of_child(int(para.id)) for para in topology.parachains]
    accounts = [keys(node.account).address for node in topology.validators]
    patch: Json = {
        "balances": {"balances": _endowed(preset, [*accounts, *stashes, *children])},
        "session": {"keys": sessions},
        "paras": {"paras": [[int(para), [head, code, True]] for para, (head, code) in parachains.items()]},
        "hrmp": {"preopenHrmpChannels": []},
    }
    known = {key: value for key, value in patch.items() if key in preset or key != "hrmp"}
    return merge(merge(preset, known), json.loads(topology.relay.genesis))


def parachain_patch(preset: Json, chain: Chain, topology: Topology) -> Json:
    """Genesis patch of one parachain: its id, its collators, and funded sovereign accounts of its siblings and of
    sudo."""
    collators = [keys(node.account) for node in topology.on_chain(chain.id)]
    siblings = [sovereign_of_sibling(int(other.id)) for other in topology.parachains if other.id != chain.id]
    patch: Json = {
        "balances": {"balances": _endowed(preset, [*(key.address for key in collators), *siblings])},
        "parachainInfo": {"parachainId": int(chain.id)},
        "collatorSelection": {"invulnerables": [key.address for key in collators]},
        "session": {"keys": [[key.address, key.address, {"aura": key.address}] for key in collators]},
    }
    return merge(merge(preset, patch), json.loads(chain.genesis))


def _endowed(preset: Json, addresses: list[str]) -> list[list[Any]]:
    have = dict(preset.get("balances", {}).get("balances", []))
    for address in addresses:
        have.setdefault(address, ENDOWMENT)
    return [[address, amount] for address, amount in have.items()]
