"""Which runtime each chain has as a scenario's steps go on, as far as its file tells."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from simnet.chain.calls import Calls
from simnet.chain.metadata import Metadata
from simnet.network.topology import Topology
from simnet.preflight._facts import Facts
from simnet.preflight._new_codes import NewCode
from simnet.runtime.tokens import writing_of

if TYPE_CHECKING:
    from simnet.runtime.host import RuntimeVersion


@dataclass(frozen=True)
class RuntimeInForce:
    """What calls and storage are looked at for."""

    metadata: Metadata
    calls: Calls


@dataclass
class InForce:
    """The runtimes by their chains: those of genesis until a step brings others."""

    topology: Topology
    facts: Facts
    _brought: dict[str, NewCode | None] = field(default_factory=dict)
    """What steps brought, None where nobody knows."""
    _read: dict[str, RuntimeInForce | None] = field(default_factory=dict)
    _ever: dict[str, list[NewCode | None]] = field(default_factory=dict)
    """All that steps brought, in their order."""

    def __contains__(self, chain: str) -> bool:
        """Whether the chain's runtime at genesis could be read."""
        return chain in self.facts.chains

    def changed(self, chain: str) -> bool:
        """Whether a chain may have another runtime than at genesis."""
        return chain in self._brought

    def runtime(self, chain: str) -> RuntimeInForce | None:
        """What a chain has at this step; None where that is not known."""
        if chain not in self._brought:
            found = self.facts.chains[chain]
            return RuntimeInForce(found.metadata, found.calls)
        if chain not in self._read:
            code = self._brought[chain]
            metadata = None if code is None else code.metadata()
            writing = writing_of(self.topology, chain)
            self._read[chain] = None if metadata is None else RuntimeInForce(metadata, Calls(metadata, writing))
        return self._read[chain]

    def version(self, chain: str) -> RuntimeVersion | None:
        """The version of that; None where it is not known."""
        if chain in self._brought:
            code = self._brought[chain]
            return None if code is None else code.version
        return self.facts.chains[chain].version

    def bring(self, chain: str, code: NewCode | None) -> None:
        """From here on a chain has this code, None for one that nobody knows."""
        self._ever.setdefault(chain, []).append(code)
        self._brought[chain] = code
        self._read.pop(chain, None)

    def may_have(self, chain: str, code: NewCode) -> None:
        """A chain gets this code beside the steps: which it has when a step begins is not known."""
        self.bring(chain, code)
        self._brought[chain] = None

    def later(self, chain: str) -> list[Metadata] | None:
        """What the codes that steps bring into a chain say of themselves; None where one is not known."""
        told = [None if code is None else code.metadata() for code in self._ever.get(chain, ())]
        return None if None in told else [one for one in told if one is not None]
