"""What suites of users need: a network to put their own checks and plugins on, and what a test makes of a real one.

`ToyProvider` launches toy networks: in memory, on a virtual clock, without Docker. They are no simulation; nothing that
holds on them says anything about Polkadot. `NetworkUnderTest` is what the `network` fixture gives.
"""

from simnet.testing._network import ToyNetwork
from simnet.testing._provider import ToyProvider
from simnet.testing._under_test import ExpectationError, NetworkUnderTest

__all__ = ["ExpectationError", "NetworkUnderTest", "ToyNetwork", "ToyProvider"]
