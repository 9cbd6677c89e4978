"""Benchmarks of Duly: `make bench`."""
