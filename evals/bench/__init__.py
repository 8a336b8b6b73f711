"""Benchmarks: `make bench` prints every figure that ARCHITECTURE.md names. They print; they never fail."""
