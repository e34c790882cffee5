"""What suites of users need: a network to put their own checks and plugins on, and what a test makes of a real one.

`ToyProvider` launches toy networks: in memory, on a virtual clock, without Docker. They are no simulation; nothing that
holds on them says anything about Polkadot. `NetworkUnderTest` is what the `network` fixture gives. The conformance
classes are rules for who writes faults, checks or providers of their own.
"""

from simnet.testing._conformance import TWO_REGIONS, CheckConformance, FaultConformance, ProviderConformance
from simnet.testing._toy_network import ToyNetwork
from simnet.testing._toy_provider import ToyProvider
from simnet.testing._under_test import ExpectationError, NetworkUnderTest

__all__ = [
    "TWO_REGIONS", "CheckConformance", "ExpectationError", "FaultConformance", "NetworkUnderTest",
    "ProviderConformance", "ToyNetwork", "ToyProvider",
]  # fmt: skip
