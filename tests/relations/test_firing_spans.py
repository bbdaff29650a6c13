import numpy as np
import pytest
from circuit_codes import bursty, gate_codes

from armillary.core import BadInput
from armillary.relations import firing_spans


def test_a_gate_spans_its_inputs():
    earlier, later, edges = gate_codes(6000, np.random.default_rng(0))
    found = firing_spans(
        earlier, later, fit=slice(0, 3000), test=slice(3000, 6000), draws=199,
        rng=np.random.default_rng(1),
    )  # fmt: skip
    facets = found.facets()
    assert {(bit, j) for j, bits in facets.items() for bit in bits} == edges
    assert facets[3] == (0, 1)
    at = (found.later == 3) & (found.earlier == 0)
    assert found.share[at] == 1.0
    assert found.base[at] == pytest.approx(0.2, abs=0.03)


@pytest.mark.slow
def test_layers_that_share_nothing_span_nothing():
    rng, runs, spanned = np.random.default_rng(2), 40, 0
    for _ in range(runs):
        earlier, later = bursty(120, 16, 10, rng), bursty(120, 16, 10, rng)
        found = firing_spans(
            earlier, later, fit=slice(0, 960), test=slice(960, 1920), block=16, share=0.1,
            lift=1.2, draws=199, rng=rng,
        )  # fmt: skip
        spanned += bool(found.kept.any())
    assert spanned / runs <= 0.05 + 3 * np.sqrt(0.05 * 0.95 / runs)


def test_codes_of_different_texts_are_refused():
    earlier, _, _ = gate_codes(200, np.random.default_rng(5))
    other, _, _ = gate_codes(100, np.random.default_rng(5))
    with pytest.raises(BadInput, match="encode the same"):
        firing_spans(
            other, earlier, fit=slice(0, 50), test=slice(50, 100), rng=np.random.default_rng(0)
        )
