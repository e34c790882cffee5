"""The sandbox image: a node's network namespace and the link agent that shapes what enters and leaves it.

The agent runs inside the image as the package ``sandbox``, on Debian's Python with the standard library only; hence the
relative imports. On the host the modules are importable for their pure parts.
"""
