"""A curved sheet: one coordinate is a quadratic function of two others."""

from dataclasses import replace
from typing import Any

import numpy as np
from jaxtyping import Float

from armillary.core.errors import BadInput
from armillary.worlds.charted import leading
from armillary.worlds.charts import Chart, chart_factor, normalised
from armillary.worlds.drawn import Sample
from armillary.worlds.embedding import embedding, gaussian_twin
from armillary.worlds.entry import Entry, Recovered, SaePlan
from armillary.worlds.truth import Gauge, Symmetry, Truth
from armillary.worlds.world import World

FORMS = {"saddle": -1, "paraboloid": 1, "cylinder": 0}
_GROUPS = {"saddle": "D_2d", "paraboloid": "C_4v", "cylinder": "C_2v"}
_ROWS = 2000
_BOUND = 4.0


def sheet(form: str) -> Chart:
    """Return ``(x, y, 0.8 (x^2 + s y^2))`` on [-1, 1]^2, centred and of size 1.

    ``s`` is -1 for a saddle, 1 for a paraboloid, 0 for a cylinder. The factor 0.8 keeps the third
    coordinate's variance below that of the first two.

    Raises
    ------
    BadInput
        If there is no such form.
    """
    if form not in FORMS:
        raise BadInput(f"there is no sheet {form!r}: {', '.join(FORMS)}")
    sign = FORMS[form]

    def points(at: np.ndarray) -> np.ndarray:
        return np.column_stack([at, 0.8 * (at[:, 0] ** 2 + sign * at[:, 1] ** 2)])

    return normalised(
        Chart(
            form, ("first", "second"), (-1.0, -1.0), (1.0, 1.0),
            points, lambda x: np.clip(x[:, :2], -1, 1), (False, False),
        )
    )  # fmt: skip


def build(*, seed: int, size: str, form: str, d_model: int, noise: float = 0.02) -> World:
    """Draw uniform points of ``sheet(form)`` in a random frame, with Gaussian noise.

    Parameters
    ----------
    seed, size
        As everywhere.
    form
        ``"saddle"``, ``"paraboloid"``, or ``"cylinder"``, which ``recover`` always refuses.
    d_model
        Dimension of the activations.
    noise
        Standard deviation on every coordinate of d_model.
    """
    chart = sheet(form)
    axes = embedding(d_model, 3, rng=np.random.default_rng([seed, 13]))
    factor = chart_factor("sheet", chart, axes)

    def draw(n: int, rng: np.random.Generator) -> Sample:
        at = chart.draw(n, rng=rng)
        rows = factor.embed(at) + noise * rng.standard_normal((n, d_model))
        return Sample(rows.astype(np.float32), {"sheet": at}, {"sheet": np.ones(n, dtype=bool)})

    def moved(sign_first: int, sign_second: int, sample: Sample) -> np.ndarray:
        at = sample.coordinates["sheet"]
        shift = factor.embed(at * np.array([sign_first, sign_second])) - factor.embed(at)
        return sample.activations + shift

    def exchanged(sample: Sample) -> np.ndarray:
        at = sample.coordinates["sheet"]
        return sample.activations + (factor.embed(at[:, ::-1]) - factor.embed(at))

    truth = Truth(
        kind="manifold",
        params={"form": form, "d_model": d_model, "noise": noise},
        factors=(factor,),
        gauge=Gauge(rotation=("sheet",), words="the normal's sign: up and down are one"),
        symmetry=Symmetry(_GROUPS[form], 4 if form == "cylinder" else 8, {
            "the first coordinate reflected": lambda s: moved(-1, 1, s),
            "the second coordinate reflected": lambda s: moved(1, -1, s),
            **({} if form == "cylinder" else {"coordinates exchanged": exchanged}),
        }),
        nulls=("gaussian", "opposite", "cylinder"),
    )  # fmt: skip
    return World("hypersurface", size, seed, d_model, draw, truth)


def curvatures(
    points: Float[np.ndarray, "token 3"],
) -> tuple[Float[np.ndarray, " 2"], float]:
    """Fit the third coordinate by a quadratic function of the first two (least squares).

    Returns
    -------
    tuple
        Eigenvalues of the second derivatives, falling, and the largest standard error of an
        eigenvalue (``u^T C u`` of the coefficients' covariance, u the eigenvector's products).
    """
    x, y, z = points.T
    design = np.column_stack([np.ones_like(x), x, y, x**2, x * y, y**2])
    coefficients = np.linalg.pinv(design) @ z
    spread = float(((z - design @ coefficients) ** 2).sum()) / (len(z) - 6)
    covariance = spread * np.linalg.inv(design.T @ design)[3:, 3:]
    a, b, c = (float(v) for v in coefficients[3:])
    value, axes = np.linalg.eigh(np.array([[2 * a, b], [b, 2 * c]]))
    # the eigenvalue of u is 2 a u1^2 + 2 b u1 u2 + 2 c u2^2
    along = np.stack([2 * axes[0] ** 2, 2 * axes[0] * axes[1], 2 * axes[1] ** 2])
    errors = np.sqrt(np.einsum("ki,kl,li->i", along, covariance, along))
    return value[::-1], float(errors.max())


def recover(world: World, rng: np.random.Generator) -> Recovered:
    """Measure both curvatures of the sheet and compare their signs with those claimed.

    2,000 rows, centred, are laid into their three leading axes; the third is the normal (the
    sheet's height has the least variance and no covariance with the others). With the curvatures
    ``k`` of ``curvatures`` and their standard error, ``value = min |k| / error``, and 0 where the
    product of signs is not the claimed one (-1 for a saddle, +1 for a paraboloid). Where a sheet
    is flat in a direction, ``k / error`` there is standard normal: the bound 4 is passed by chance
    in 6 of 100,000 draws.
    """
    form = str(world.truth.params["form"])
    rows = world.activations(_ROWS, rng).astype(np.float64)
    points, left_out = leading(rows - rows.mean(axis=0), 3)
    values, error = curvatures(points)
    same = int(np.sign(values[0] * values[1])) == FORMS[form]
    return Recovered(
        "the lesser curvature over its standard error",
        float(np.abs(values).min()) / error if same else 0.0,
        _BOUND,
        {"curvatures": values.tolist(), "standard error": error, "outside the axes": left_out},
    )


def opposite(*, seed: int, size: str, form: str, **parameters: Any) -> World:
    """Make the control that curves the other way in one direction: paraboloid for saddle."""
    other = "saddle" if form == "paraboloid" else "paraboloid"
    claimed = build(seed=seed, size=size, form=form, **parameters)
    made = build(seed=seed, size=size, form=other, **parameters)
    return replace(claimed, draw=made.draw)


def cylinder(*, seed: int, size: str, form: str, **parameters: Any) -> World:
    """Make the control that is curved in one direction only."""
    claimed = build(seed=seed, size=size, form=form, **parameters)
    made = build(seed=seed, size=size, form="cylinder", **parameters)
    return replace(claimed, draw=made.draw)


ENTRY = Entry(
    name="hypersurface",
    family="manifolds",
    title="x3 = a (x1^2 - x2^2): a saddle (or a paraboloid) with noise",
    motive="colours as a paraboloid, quantities of two variables that bend into a third",
    sizes={
        "tiny": {"form": "saddle", "d_model": 8},
        "full": {"form": "saddle", "d_model": 64},
    },
    build=build,
    recover=recover,
    controls={"gaussian": gaussian_twin(build), "opposite": opposite, "cylinder": cylinder},
    rates=(1.0, 0.0),
    sae={
        "tiny": SaePlan("relu", 32, l1=0.05),
        "full": SaePlan("relu", 512, l1=0.05, steps=3000),
    },
    expected="open; tiles where sparse, guessed",
)
