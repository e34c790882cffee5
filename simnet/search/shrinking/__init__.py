"""Making a failing schedule smaller: one pass a file, each proposes what is simpler in one respect.

``simplicity`` is what smaller means; ``shrink`` repeats all passes until none finds anything that still fails.
"""

from simnet.search.shrinking._shrink import shrink
from simnet.search.shrinking._simplicity import simplicity

__all__ = ["shrink", "simplicity"]
