"""Inference: tests with their nulls, multiplicity, adaptive draws, calibration."""

from armillary.inference.adaptive import AdaptiveResult as AdaptiveResult
from armillary.inference.adaptive import adaptive_pvalues as adaptive_pvalues
from armillary.inference.calibration import Calibration as Calibration
from armillary.inference.calibration import binomial_interval as binomial_interval
from armillary.inference.calibration import power as power
from armillary.inference.calibration import size as size
from armillary.inference.monte_carlo import NullTest as NullTest
from armillary.inference.multiplicity import benjamini_hochberg as benjamini_hochberg
from armillary.inference.multiplicity import benjamini_yekutieli as benjamini_yekutieli
from armillary.inference.multiplicity import holm as holm
from armillary.inference.multiplicity import weighted as weighted
from armillary.inference.order_tests import OrderTest as OrderTest
from armillary.inference.order_tests import cyclic_order_test as cyclic_order_test
from armillary.inference.order_tests import linear_order_test as linear_order_test
from armillary.inference.order_tests import pairs_test as pairs_test
from armillary.inference.turns import Turns as Turns
from armillary.inference.turns import fit_turns as fit_turns
