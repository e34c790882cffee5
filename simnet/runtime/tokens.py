"""The tokens of a network's chains, and how values are written that are encoded for each of them."""

from __future__ import annotations

from functools import lru_cache, partial
from pathlib import Path

from simnet.chain.writing import Writing
from simnet.network.known_tokens import Tokens, known_tokens
from simnet.network.topology import Chain, Topology
from simnet.runtime.chain_spec import read_spec, tokens_in


def tokens_of(chain: Chain) -> dict[str, int]:
    """Decimals of a chain's tokens by their symbols, the native one first: those of the network file, else of the
    properties of its chain spec, else of its bundled runtime, else what simnet writes into specs of its own.

    Raises :class:`InputError` for a spec that cannot be read.
    """
    if chain.tokens or chain.spec_file is None:
        return known_tokens(chain)
    return known_tokens(chain, _tokens_of_spec(chain, _stamp(chain)))


def tokens_of_specs(topology: Topology) -> dict[str, dict[str, int]] | None:
    """Tokens that chain specs alone tell, by chain, which a journal has to have; None where there are none."""
    chains = (topology.relay, *topology.parachains)
    return {chain.id: tokens_of(chain) for chain in chains if chain.spec_file is not None and not chain.tokens} or None


def writing_of(topology: Topology, chain_id: str) -> Writing:
    """How values are written that are encoded for a chain of a network."""
    chain = topology.chain(chain_id)
    return Writing(
        chain=chain.id,
        names={node.name: node.account for node in topology.nodes},
        parachains=tuple(one.id for one in topology.parachains),
        tokens=partial(tokens_of, chain),
    )


@lru_cache(maxsize=16)
def _tokens_of_spec(chain: Chain, stamp: tuple[int, int] | None) -> Tokens:
    return tokens_in(read_spec(chain))


def _stamp(chain: Chain) -> tuple[int, int] | None:
    """What changes when the chain's spec does."""
    try:
        seen = Path(chain.spec_file or "").stat()
    except OSError:
        return None
    return seen.st_mtime_ns, seen.st_size
