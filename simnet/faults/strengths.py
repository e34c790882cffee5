"""The only strengths that a search draws, weakest first."""

DOWN = (0.0, 1.0, 2.0, 5.0, 10.0, 20.0)
"""Seconds that each node of a restart stays down."""
DELAYS = (0.05, 0.1, 0.2, 0.5, 1.0, 2.0, 5.0, 10.0)
"""Seconds."""
LOSSES = (0.01, 0.02, 0.05, 0.1, 0.2, 0.3, 0.5, 0.75)
"""Shares of packets."""
RATES = (100e6, 10e6, 1e6, 100e3, 10e3)
"""Bits per second: the widest is the weakest."""
