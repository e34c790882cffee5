"""The tokens of chains as far as a network's topology tells them."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from simnet.network.topology import Chain

Tokens = Sequence[tuple[str, int]]
"""Symbols of a chain's tokens with their decimals, the native one first."""

AGAIN = "-again"
"""Behind the name of a bundled runtime: the same code with another hash."""

USUAL_TOKENS: Tokens = (("UNIT", 12),)
"""What simnet writes into the specs that it makes, as chain-spec-builder does."""

_AMOUNT = re.compile(r"(?P<sign>[+-]?)(?P<whole>\d+)(?:\.(?P<part>\d+))?\s*(?P<unit>[^\W\d]\S*)", re.ASCII)


@dataclass(frozen=True)
class WrittenAmount:
    """``-1.5 WND``: a sign, digits before and behind the point, and a unit, which begins with a letter."""

    sign: str
    whole: str
    part: str
    """Without the zeros at its end."""
    unit: str

    @classmethod
    def read(cls, text: str) -> WrittenAmount | None:
        """None for text of another form."""
        found = _AMOUNT.fullmatch(text.strip())
        return None if found is None else cls(found["sign"], found["whole"], _part(found["part"]), found["unit"])

    def smallest(self, decimals: int) -> int | None:
        """In the smallest unit; None where the token has fewer decimals."""
        if len(self.part) > decimals:
            return None
        return int(self.sign + self.whole + self.part.ljust(decimals, "0"))


def _part(digits: str | None) -> str:
    return (digits or "").rstrip("0")


_BUNDLED: Mapping[str, Tokens] = {
    "rococo": (("ROC", 12),),
    "westend": (("WND", 12),),
    "asset-hub-westend": (("WND", 12),),
    "penpal": (("UNIT", 12),),
}
"""Native tokens of the bundled runtimes, as the specs of these chains have them in polkadot-sdk (polkadot/node/service
chain_spec.rs; cumulus/polkadot-parachain chain_spec/asset_hubs.rs, penpal.rs)."""


def known_tokens(chain: Chain, of_spec: Tokens = ()) -> dict[str, int]:
    """Decimals of a chain's tokens by their symbols, the native one first: those of the network file, else ``of_spec``,
    which are those of its chain spec, else of its bundled runtime, else the usual ones."""
    return dict(chain.tokens or of_spec or _BUNDLED.get((chain.runtime or "").removesuffix(AGAIN), USUAL_TOKENS))
