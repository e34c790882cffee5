"""For all tests."""

from hypothesis import settings

pytest_plugins = ["pytester"]

collect_ignore_glob = ["*.yaml"]
"""Scenarios that are stored as data would start real networks."""

# No test asserts a wall time: machines differ fourfold, and other work runs beside the tests.
settings.register_profile("without deadlines", settings.default, deadline=None)
settings.load_profile("without deadlines")
