"""An endpoint as one side of `simnet diff`."""

from __future__ import annotations

from simnet.runtime.diff import code_source, diff_of
from tests.providers.simulated.rpc.networks import Served


def test_the_code_at_a_served_nodes_best_block_is_compared(standing: Served) -> None:
    diff = diff_of(code_source(standing.url()), code_source("rococo"))
    assert diff.old.code_hash == diff.new.code_hash
    assert diff.old.block is not None
    assert diff.authorized.state == "none"
