"""Upgrades with something going wrong: scenarios, and the code that they bring, made from bundled runtimes."""
