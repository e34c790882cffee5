"""What hostile clients send to a node's JSON-RPC: every method with odd parameters, wrong envelopes, no JSON at all."""

from __future__ import annotations

import json
from typing import Any

from hypothesis import strategies as st

from simnet.codec import storage_prefix
from simnet.providers.simulated.rpc import ENDINGS, SUBSCRIPTIONS, NodeRpc
from simnet.providers.simulated.rpc._node import METHODS

NAMES = sorted({*METHODS, *SUBSCRIPTIONS, *ENDINGS})

_ODD_NUMBERS = (-1, 0, 1, 1000, 1001, 1 << 32, 1 << 53, 1 << 64, 1 << 256, -(1 << 64), 0.5, 1e308)

_ODD_TEXTS = (
    "",
    "0x",
    "0x0",
    "0xzz",
    "0x 00",
    "0x" + "00" * 31,
    "0x" + "11" * 32,
    "0x" + "ff" * 5000,
    "0x" + b":code".hex(),
    "0x" + b":child_storage:default:".hex(),
    "0x" + b":child_storage:default:a".hex(),
    "0x" + storage_prefix("System", "Account").hex(),
    "5GrwvaEF5zXb26Fz9rcQpDWS57CtERHpNehXCPcNoHGKutQY",
    "5Grw",
    "Metadata_metadata_at_version",
    "Core_execute_block",
    "//Alice",
    "/soft///password",
    "bottom drive obey",
    "babe",
    "\ud800",
    "ﬀ\u202e\0",
    "1",
    "best",
)


def nested(depth: int) -> str:
    return "[" * depth + "]" * depth


def values(rpc: NodeRpc) -> st.SearchStrategy[Any]:
    """Parameters: what a method may take, of this node, and what none takes."""
    best = rpc.node.own.best
    here = ["0x" + one.hash.hex() for one in (best, rpc.node.own.finalized, rpc.ledger.genesis)]
    leaves = (
        st.none()
        | st.booleans()
        | st.sampled_from(_ODD_NUMBERS)
        | st.sampled_from((*_ODD_TEXTS, *here, *here, *here))
        | st.sampled_from(["0x" + one.hex() for one in best.extrinsics])
        | st.text(max_size=8)
        | st.integers()
        | st.sampled_from([{"key": "0x", "type": "descendantsHashes"}, {"hash": here[0]}, {"extrinsic": "0x00"}])
        | st.integers(2, 700).map(lambda depth: json.loads(nested(depth)))
    )
    return st.recursive(
        leaves,
        lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.sampled_from(("key", "type", "hash")), inner),
        max_leaves=6,
    )


def requests(rpc: NodeRpc) -> st.SearchStrategy[dict[str, Any]]:
    """Requests that ask for an answer, in right envelopes and wrong ones."""
    value = values(rpc)
    named = st.dictionaries(st.sampled_from(("hash", "keys", "prefix", "count", "startKey", "bytes", "x")), value)
    params = st.lists(value, max_size=5) | named | value
    right = st.fixed_dictionaries(
        {
            "jsonrpc": st.just("2.0"),
            "id": st.integers(0, 9) | st.text(max_size=3),
            "method": st.sampled_from(NAMES),
        },
        optional={"params": params},
    )
    wrong = st.fixed_dictionaries({"id": value}, optional={"jsonrpc": value, "method": value, "params": params})
    return st.one_of(right, right, right, wrong)


def messages(rpc: NodeRpc) -> st.SearchStrategy[str | bytes]:
    """Whole messages: requests, batches, and bytes that are neither."""
    request = requests(rpc)
    wrong = values(rpc).filter(lambda one: not (isinstance(one, dict) and "id" not in one))
    batch = st.lists(request | wrong, max_size=4)
    text = (request | batch).map(json.dumps)
    noise = (
        st.binary(max_size=40)
        | st.integers(1, 100_000).map(lambda depth: "[" * depth)
        | st.integers(1, 5000).map(lambda depth: '{"id":' * depth)
        | st.integers(1, 5000).map(
            lambda digits: '{"id":1,"method":"chain_getBlockHash","params":[' + "9" * digits + "]}"
        )
        | st.sampled_from(('{"id":NaN}', "[Infinity]", "{}", "", "null", "\x00", '{"id":1}{"id":2}'))
        | text.map(lambda one: one.encode("utf-16"))
        | text.map(lambda one: one[: len(one) // 2])
    )
    return st.one_of(text, text, text, noise)
