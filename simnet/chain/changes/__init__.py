"""What differs between two runtimes by their metadata: types by what they encode to, everything else by name."""

from simnet.chain.changes._change import Change, Effect, How, Kind
from simnet.chain.changes._metadata_changes import metadata_changes

__all__ = ["Change", "Effect", "How", "Kind", "metadata_changes"]
