"""For all tests."""

pytest_plugins = ["pytester"]

collect_ignore_glob = ["*.yaml"]
"""Scenarios that are stored as data would start real networks."""
