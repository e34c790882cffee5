"""The genesis of a network: what its chains' runtimes are to begin with, as plain JSON data.

Pure functions over the configuration that a runtime itself offers; :mod:`simnet.runtime.genesis` has the runtimes.
"""

from __future__ import annotations

import copy
import json
from collections import Counter
from collections.abc import Iterator, Mapping
from typing import Any

from substrateinterface.utils.ss58 import ss58_decode

from simnet.chain.metadata import Metadata, NotInRuntimeError
from simnet.errors import InputError
from simnet.network.account_formats import ACCOUNT32, AccountFormat
from simnet.network.accounts import keys, sovereign_of_child, stash
from simnet.network.topology import RELAY, Chain, Topology
from simnet.runtime.chain_spec import Json

PRESET = "local_testnet"
"""The preset that bundled relay chains and parachains all have (sp-genesis-builder LOCAL_TESTNET_RUNTIME_PRESET)."""

ENDOWMENT = 10**18
"""Planck given to every account that simnet uses; as the runtimes' local presets do."""

_DEPOSITS = 10**6
"""Existential deposits that it is given at least, where the token has more decimals than the usual twelve."""

BOND = 10**14
"""Planck that a validator's stash has at stake where the relay chain itself elects, as in its local preset."""

CHAIN_IDS = {"rococo": "rococo_local_testnet", "westend": "westend_local_testnet"}
"""Chain ids of the local presets: nodes pick their authoring back-off by id (docs/protocol.md, Authoring)."""

CHANNEL_LIMITS = {
    "hrmp_max_parachain_outbound_channels": ("outbound", "sender"),
    "hrmp_max_parachain_inbound_channels": ("inbound", "recipient"),
}
"""How many HRMP channels a parachain may have from itself and to itself (polkadot-runtime-parachains configuration.rs),
with which end of them it is; the local presets have 4."""

MOST_CHANNELS = 128
"""What either may be at most (HRMP_MAX_INBOUND_CHANNELS_BOUND and HRMP_MAX_OUTBOUND_CHANNELS_BOUND of its hrmp.rs)."""


def endowment(metadata: Metadata) -> int:
    """Planck given to an account of a chain: as much as of bundled ones, and as many deposits where that is more."""
    try:
        return max(ENDOWMENT, _DEPOSITS * int(metadata.constant("Balances", "ExistentialDeposit")))
    except NotInRuntimeError:
        return ENDOWMENT


def chain_id(chain: Chain) -> str:
    """The chain spec's id; node databases and keystores lie under it."""
    if chain.id == RELAY:
        return CHAIN_IDS.get(chain.runtime or "", "simnet_relay_local_testnet")
    return f"simnet_para_{chain.id}"


def merge(base: Json, over: Json) -> Json:
    """``over`` laid over ``base`` as sc-chain-spec 54 does it (json_patch.rs): mappings merge deeply, everything else
    replaces, null too. Neither is changed."""
    out = copy.deepcopy(base)
    for key, value in over.items():
        if isinstance(value, dict) and isinstance(out.get(key), dict):
            out[key] = merge(out[key], value)
        else:
            out[key] = copy.deepcopy(value)
    return out


def laid_over(base: Json, over: Json) -> Json:
    """``over``, what a network file says of a chain's genesis, laid over ``base`` as :func:`merge` does it, but for
    balances: a balance that it names counts, and the accounts that it does not name keep theirs. Other accounts that
    simnet and the runtime's own genesis rely on would be lost with a list in place of a list.
    """
    out = merge(base, over)
    ours, theirs = _balances(base), _balances(over)
    if ours and theirs:
        out["balances"]["balances"] = [*{**ours, **theirs}.values()]
    return out


def _balances(config: Json) -> dict[str, list[Any]] | None:
    """Entries of ``balances.balances`` by public key; None where that is no list of pairs, which the runtime will
    tell."""
    pallet = config.get("balances")
    listed = pallet.get("balances") if isinstance(pallet, dict) else None
    if not isinstance(listed, list) or not all(isinstance(one, list) and len(one) == 2 for one in listed):
        return None
    return {_public(one[0]): one for one in listed}


def _public(account: Any) -> str:
    """An address as the hex of its key, whatever its format is; what is no address stays as it is."""
    if str(account).startswith("0x"):
        return str(account).lower()
    try:
        return str(ss58_decode(str(account)))
    except ValueError:
        return str(account)


def relay_config(
    base: Json, topology: Topology, parachains: dict[str, tuple[str, str]], amount: int = ENDOWMENT
) -> Json:
    """Genesis configuration of the relay chain.

    ``base`` is the runtime's own, its preset over its default; only what it names is set. ``parachains`` gives genesis
    head and validation code, both as 0x hex, of each parachain by id, ``amount`` what accounts get, in planck. Channels
    are not opened here: messages that genesis enqueues make collators panic (docs/traps.md, Genesis); where they are
    more than the preset allows, its limit is raised, unless the network sets that itself. Where the relay chain's own
    staking pallet elects, each validator is a staker, there is a seat for each, and none is spared from slashes. Raises
    :class:`InputError` for parachains on a runtime that knows none, and for more channels than the network's limit
    allows.
    """
    if parachains and "paras" not in base:
        raise InputError("the runtime of the relay chain has no `paras` in its genesis: it is not a relay chain's")
    funded = [keys_ for node in topology.with_keys(RELAY) for keys_ in (keys(node.account), stash(node.account))]
    stashes = [stash(node.account).address for node in topology.validators]
    session_keys = [_session_keys(base, keys(node.account).session_keys()) for node in topology.validators]
    children = [sovereign_of_child(int(para.id)) for para in topology.parachains]
    sudo = keys(topology.relay.sudo).address
    ours: Json = {
        "balances": {"balances": _endowed(base, [*(one.address for one in funded), *children, sudo], amount)},
        "session": {"keys": [[stash, stash, public] for stash, public in zip(stashes, session_keys, strict=True)]},
        "staking": {
            "validatorCount": len(stashes),
            "stakers": [[stash, stash, BOND, "Validator"] for stash in stashes],
            "invulnerables": [],
        },
        "paras": {"paras": [[int(para), [head, code, True]] for para, (head, code) in parachains.items()]},
        "hrmp": {"preopenHrmpChannels": []},
        "sudo": {"key": sudo},
    }
    if raised := raised_limits(base, topology):
        ours["configuration"] = {"config": {key: new for key, (_, new) in raised.items()}}
    made = _configuration(base, ours, topology.relay)
    check_channels(topology, configured(made))
    return made


def configured(genesis: Json) -> Json:
    """The host configuration in a relay chain's genesis; empty where it has none."""
    pallet = genesis.get("configuration")
    config = pallet.get("config") if isinstance(pallet, dict) else None
    return config if isinstance(config, dict) else {}


def raised_limits(base: Json, topology: Topology) -> dict[str, tuple[int, int]]:
    """Limits of channels that a network exceeds and does not set itself, as the preset has them and as they must be."""
    preset, own = configured(base), configured(json.loads(topology.relay.genesis))
    return {
        key: (preset[key], count)
        for key, (_, count) in _most_channels(topology).items()
        if key in preset and key not in own and preset[key] < count <= MOST_CHANNELS
    }


def check_channels(topology: Topology, config: Mapping[str, Any]) -> None:
    """Raises :class:`InputError` when a network has more channels than a host configuration allows."""
    for _, problem in channel_problems(topology, config):
        raise InputError(problem)


def channel_problems(topology: Topology, config: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    """The limits of ``config`` that a network's channels exceed, and in words by how much; what is not in there may be
    as high as any runtime allows."""
    for key, (para, count) in _most_channels(topology).items():
        limit = config.get(key)
        have = f"parachain {para} has {count} {CHANNEL_LIMITS[key][0]} HRMP channels"
        if not isinstance(limit, int):
            if count > MOST_CHANNELS:
                yield key, f"{have}, and no relay chain allows more than {MOST_CHANNELS}; list fewer `channels`"
        elif count > limit:
            yield key, f"{have}, and {key} is {limit}; raise it to {count}, or list fewer `channels`"


def _most_channels(topology: Topology) -> dict[str, tuple[str, int]]:
    """By limit the parachain with most such channels and their number; none without channels."""
    if not topology.channels:
        return {}
    return {
        key: Counter(getattr(channel, end) for channel in topology.channels).most_common(1)[0]
        for key, (_, end) in CHANNEL_LIMITS.items()
    }


def parachain_config(
    base: Json, chain: Chain, topology: Topology, accounts: AccountFormat = ACCOUNT32, amount: int = ENDOWMENT
) -> Json:
    """Genesis configuration of one parachain: its id, its collators, funded sovereign accounts of its siblings, and a
    sudo key where its runtime has the pallet and nobody's key.

    ``base`` and ``amount`` are as for :func:`relay_config`. Without a session pallet the collators are Aura's
    authorities from the start. The stakers that Asset Hub's preset invents are left out: these 26,000 take minutes and
    80 MB. Raises :class:`InputError` for a runtime whose id cannot be set, or whose collators have other session keys
    than Aura's.
    """
    if "parachainInfo" not in base:
        raise InputError(
            f"the runtime of chain {chain.id} has no `parachainInfo` in its genesis: it is not a parachain's"
        )

    def account(uri: str) -> str:
        return accounts.text(accounts.of(uri))

    collators = [node.account for node in topology.authorities(chain.id)]
    aura = [keys(one).address for one in collators]
    others = [int(other.id) for other in topology.parachains if other.id != chain.id]
    sudo = account(chain.sudo)
    funded = [
        *(account(node.account) for node in topology.with_keys(chain.id)),
        *(accounts.text(accounts.of_sibling(other)) for other in others),
        sudo,
    ]
    seats = zip(map(account, collators), aura, strict=True)
    ours: Json = {
        "balances": {"balances": _endowed(base, funded, amount)},
        "parachainInfo": {"parachainId": int(chain.id)},
        "collatorSelection": {"invulnerables": [account(one) for one in collators]},
        "session": {"keys": [[one, one, _session_keys(base, {"aura": key})] for one, key in seats]},
        "aura": {} if "session" in base else {"authorities": aura},
        "staking": {"devStakers": None},
        "sudo": {"key": sudo},
    }
    return _configuration(base, ours, chain)


def _configuration(base: Json, ours: Json, chain: Chain) -> Json:
    """``ours`` over the runtime's own, the network file's over both. Of ours, the pallets and their fields that the
    runtime has: it refuses any other."""
    known = {
        pallet: {name: value for name, value in fields.items() if name in base[pallet]}
        for pallet, fields in ours.items()
        if pallet in base
    }
    return laid_over(merge(base, known), json.loads(chain.genesis))


def _session_keys(base: Json, ours: dict[str, str]) -> dict[str, str]:
    """Of a node's keys those that the runtime wants by the names in its preset; all where that seats nobody."""
    seated = base.get("session", {}).get("keys") or [[None, None, ours]]
    names = list(seated[0][2])
    if unknown := [name for name in names if name not in ours]:
        raise InputError(
            f"the runtime's session keys are {', '.join(names)}; simnet's nodes have {', '.join(ours)}, none for "
            f"{' and '.join(unknown)}"
        )
    return {name: ours[name] for name in names}


def _endowed(base: Json, addresses: list[str], amount: int = ENDOWMENT) -> list[list[Any]]:
    have = dict(base.get("balances", {}).get("balances", []))
    for address in addresses:
        have.setdefault(address, amount)
    return [[address, held] for address, held in have.items()]
