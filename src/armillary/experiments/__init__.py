"""Experiments: autoencoders trained on worlds, sweeps over them, the survey run on worlds."""
