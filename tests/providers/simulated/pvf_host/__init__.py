"""Tests of the simulated PVF host."""
