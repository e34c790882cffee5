"""What a client may send and leave unread. Numbers are those of a real node without options."""

from __future__ import annotations

LARGEST_REQUEST = 15 << 20
"""Bytes (sc-cli 0.64, ``RPC_DEFAULT_MAX_REQUEST_SIZE_MB``)."""

CONNECTIONS = 100
"""Of one port: open ones, and requests under way (sc-cli 0.64, ``RPC_DEFAULT_MAX_CONNECTIONS``)."""

SUBSCRIPTIONS_EACH = 1024
"""Of one connection (sc-cli 0.64, ``RPC_DEFAULT_MAX_SUBS_PER_CONN``)."""

KEPT = 1 << 20
"""Bytes of the parameters of all subscriptions of one connection. Nodes keep what they are sent."""

POOLED = 20 << 20
"""The same of subscriptions that watch extrinsics, of which one may hold a chain's next code: as much as a node's pool
holds (sc-cli 0.64, ``--pool-kbytes``)."""

LARGE = 256 << 10
"""Bytes of a request from which on no other such is under way: as values of Python it takes up to fifty times that."""

WAITING = 64
"""Messages of one connection that wait, each way (sc-cli 0.64, ``RPC_DEFAULT_MESSAGE_CAPACITY_PER_CONN``)."""

WAITING_MORE = 16
"""Notifications that each subscription may have waiting besides (sc-rpc 57, utils.rs ``DEFAULT_BUF_SIZE``)."""

OVERSIZED_REQUEST, TOO_MANY_SUBSCRIPTIONS, TOO_BIG_BATCH = -32007, -32006, -32011
REACHED_LIMITS = -32800
"""jsonrpsee-types 0.24, error.rs; the last sc-rpc-spec-v2 0.62, chain_head/error.rs."""
