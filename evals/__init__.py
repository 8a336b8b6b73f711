"""Suites that measure how consistently answers are graded."""
