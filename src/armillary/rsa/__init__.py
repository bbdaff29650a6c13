"""Representational geometry: distances free of noise, rings, planes that turn, CKA, Procrustes."""

from armillary.rsa.cka import debiased_cka as debiased_cka
from armillary.rsa.cka import linear_cka as linear_cka
from armillary.rsa.crossnobis import CrossProducts as CrossProducts
from armillary.rsa.crossnobis import cross_products as cross_products
from armillary.rsa.planes import Turning as Turning
from armillary.rsa.planes import ring_turning as ring_turning
from armillary.rsa.procrustes import angular_distance as angular_distance
from armillary.rsa.procrustes import procrustes_distance as procrustes_distance
from armillary.rsa.ring import RingTests as RingTests
from armillary.rsa.ring import longest_run as longest_run
from armillary.rsa.ring import ring_tests as ring_tests
