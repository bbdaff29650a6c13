"""Studies: one analysis each, from a source to what is said of it."""
