"""JSON-RPC of simulated nodes, in process: methods, parameters, results and errors are those of a Substrate node.

Each group of methods is a module, which this page imports so that it registers.
"""

from simnet.providers.simulated.rpc import (  # noqa: F401 - each registers its methods
    _archive,
    _author,
    _chain,
    _chain_head_operations,
    _childstate,
    _consensus,
    _heads,
    _payment,
    _state,
    _storage_watch,
    _system,
    _transactions,
)
from simnet.providers.simulated.rpc._errors import (
    INTERNAL_ERROR,
    INVALID_REQUEST,
    PARSE_ERROR,
    InvalidParamsError,
    RefusedError,
)
from simnet.providers.simulated.rpc._failures import Failures
from simnet.providers.simulated.rpc._limits import LARGEST_ANSWER, too_big
from simnet.providers.simulated.rpc._node import ENDINGS, SUBSCRIPTIONS, NodeRpc
from simnet.providers.simulated.rpc._values import header_json

__all__ = [
    "ENDINGS",
    "INTERNAL_ERROR",
    "INVALID_REQUEST",
    "LARGEST_ANSWER",
    "PARSE_ERROR",
    "SUBSCRIPTIONS",
    "Failures",
    "InvalidParamsError",
    "NodeRpc",
    "RefusedError",
    "header_json",
    "too_big",
]
