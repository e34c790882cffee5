"""Rules that faults, checks and providers keep, whoever wrote them: base classes for pytest, one family a module."""
