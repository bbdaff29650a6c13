"""Inference: tests with their nulls, multiplicity, calibration."""

from armillary.inference.monte_carlo import NullTest as NullTest
