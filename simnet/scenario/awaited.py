"""What a step can wait for."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal

AwaitedState = Literal[
    "ready",
    "in_sync",
    "producing",
    "finalizing",
    "stalled",
    "parachains_included",
    "one_chain",
    "delivered",
    "ended",
]

STATES: Mapping[str, str] = {
    "ready": "The JSON-RPC of every named node that should run has answered at least once. Steps that start nodes"
    " (`heal`, `start`, `restart` and the like) wait for theirs by themselves; use it where a window of the schedule"
    " starts one.",
    "in_sync": "Every named node that should run says that it syncs no more, and those of the relay chain have a best"
    " block at most two below the highest. Use it after a wipe, a restore or a late start.",
    "producing": "The best block of every named relay-chain node that should run has risen since the step began. Use it"
    " to see authoring go on, also while finality stands.",
    "finalizing": "Every named relay-chain node that should run has finalized two blocks more than when the step began:"
    " two, so that a round left over from before does not count. Use it after healing.",
    "stalled": "No named relay-chain node that should run has finalized a block for 18 s (three slots), counted from"
    " the step's beginning at the earliest, while one went on to import blocks. Use it to be sure that a fault has"
    " stopped finality before going on.",
    "parachains_included": "Every parachain has had a candidate included since the step began. Use it after an"
    " onboarding, or to see parachains go on after healing.",
    "one_chain": "All named relay-chain nodes that should run follow one chain: two blocks below the lowest best block"
    " they have one ancestor. Use it after a partition.",
    "delivered": "Every message asked for has arrived. A message that cannot arrive any more fails the step at once:"
    " refused by its sender's chain, failed at its recipient, or discarded on its way.",
    "ended": "Every message asked for has ended, however: processed with or without success, refused, or discarded. Use"
    " it where a message is meant to fail.",
}
"""What a ``wait`` step can wait for, and a ``roll`` between its nodes, and when it has come."""
