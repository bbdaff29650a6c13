"""Readers: what survives in a knockoff, each on its own scale."""
