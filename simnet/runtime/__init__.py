"""Runtimes of chains: the host that executes them, the bundled ones, genesis and chain specs made by them."""
