"""Readers: what is asked of a knockoff, one module a reader."""
