"""Sparse autoencoders: one module a format, one registry (formats), one door (door)."""
