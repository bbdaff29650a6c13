"""Subject: the mean is free for every theory."""

from dataclasses import replace

import numpy as np
import pytest
from bench_subject import tiny_subject
from toy_knockoffs import made, random

from armillary.core.errors import BadInput
from armillary.explain import Split


def test_the_true_decoder_adds_its_bias():
    subject = replace(tiny_subject(), bias=np.arange(8, dtype=np.float32))
    true = subject.space.directions
    expected = subject.test.codes @ true + subject.bias
    np.testing.assert_allclose(subject.made(true, subject.test), expected, atol=1e-6)
    again = subject.made(true.copy(), subject.test)  # said by value, not known to be the true one
    np.testing.assert_allclose(again, expected, atol=1e-5)


def test_whatever_is_placed_the_mean_over_calibration_is_the_true_one():
    subject = replace(tiny_subject(), bias=np.arange(8, dtype=np.float32))
    true = subject.made(subject.space.directions, subject.calibration).mean(
        axis=0, dtype=np.float64
    )
    np.testing.assert_allclose(subject.centre, true, atol=1e-5)
    for rows in (random(subject), np.zeros_like(subject.space.directions)):
        activations = subject.made(rows, subject.calibration)
        np.testing.assert_allclose(activations.mean(axis=0, dtype=np.float64), true, atol=1e-5)
        same = made(subject, rows).activations(subject, subject.calibration)
        np.testing.assert_allclose(same, activations, atol=1e-6)


def test_what_does_not_fit_together_is_refused():
    subject = tiny_subject()
    with pytest.raises(BadInput, match=r"bias has shape \(3,\)"):
        replace(subject, bias=np.zeros(3, np.float32))
    with pytest.raises(BadInput, match="do not fit 30 features"):
        replace(subject, test=Split(subject.test.codes[:, :5], subject.test.unit))
