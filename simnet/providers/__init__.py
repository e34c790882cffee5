"""Where a network can run. Each provider is a package of its own; `simnet.providers.base` is what all of them offer."""
