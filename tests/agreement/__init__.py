"""Whether simulated nodes agree with real ones: scenarios that run on both, and the figures they are compared by.

`figures` reads a journal, `stored` what was seen before, `differences` what is known to differ.
`benchmarks/agreement.py` makes the stored figures and `docs/agreement.md`.
"""
