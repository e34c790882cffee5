"""Chains of families that are not bundled; runtimes/README.md says what their runtimes were built from."""
