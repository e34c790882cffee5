"""What differs between two runtimes by their metadata: types by what they encode to, everything else by name."""

from simnet.chain.changes._difference import Difference, Effect, How, RuntimePart
from simnet.chain.changes._metadata_changes import metadata_changes

__all__ = ["Difference", "Effect", "How", "RuntimePart", "metadata_changes"]
