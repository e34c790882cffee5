"""Rules that faults, checks and providers keep, whoever wrote them: base classes for pytest, one family a module."""

from simnet.testing._conformance._checks import CheckConformance
from simnet.testing._conformance._faults import FaultConformance
from simnet.testing._conformance._providers import ProviderConformance
from simnet.testing._conformance._stage import TWO_REGIONS

__all__ = ["TWO_REGIONS", "CheckConformance", "FaultConformance", "ProviderConformance"]
