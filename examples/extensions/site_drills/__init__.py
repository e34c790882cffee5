"""Drills for who runs validators at several sites."""
