"""What the benchmarks say about noise, and that their reference is what it was; no test here asserts a time."""
