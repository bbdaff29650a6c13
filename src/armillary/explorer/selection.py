"""A group that a person chose: the battery of the survey on it alone, and what may be said of it.

The steps are those for a group that the survey finds: principal coordinates in the tangent plane, a
Haar (see ``placement``) and the spectrum test, every shape fitted, the winner against its best
impostor. What it cannot have is a q: nobody knows how many groups an eye went over before.
"""

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any

import numpy as np
from jaxtyping import Float, Int

from armillary.atlas import Atlas
from armillary.core import BadInput, FeatureSpace, Finding, Group, ShapeFit
from armillary.explorer.bodies import Bodies
from armillary.explorer.placement import chosen_placement_test
from armillary.explorer.schema import Panel, Row
from armillary.explorer.vectors import Vectors
from armillary.explorer.words import number
from armillary.inference import NullTest
from armillary.shape import Verdict, cloud_scores, judge
from armillary.survey.claims import make_findings
from armillary.survey.groups import KEPT_AXES, mean_cosine
from armillary.survey.settings import MOST_JUDGED, Settings
from armillary.survey.spectrum import joint, spectrum_block, spectrum_tests
from armillary.survey.verdicts import FLAT_SHAPES

LEAST = 5
MOST = 5_000
BY_EYE = "chosen by eye: p only"
NOTHING = "chosen by eye: nothing found"
NOT_TESTED = ("Principal coordinates only: the tests are running.",)

Tell = Callable[[str, float], None]
Show = Callable[[Panel], None]


class Chosen:
    """A group of features, judged step by step.

    Parameters
    ----------
    vectors
        Of the atlas that they were chosen on.
    features
        Their ids.
    seed
        Of everything random.
    """

    def __init__(self, vectors: Vectors, features: Sequence[int], *, seed: int) -> None:
        centred = vectors.centred()
        rows = vectors.rows(features)
        self.n_chosen, self.settings, self._vectors = rows.size, Settings(seed=seed), vectors
        if rows.size > MOST_JUDGED:
            rng = np.random.default_rng([seed, 0, 1])
            rows = np.sort(rng.choice(rows, MOST_JUDGED, replace=False))
        directions = np.asarray(centred[rows], dtype=np.float64)
        if np.unique(directions, axis=0).shape[0] < LEAST:
            raise BadInput(
                f"Fewer than {LEAST} of these features differ: there is nothing to test."
            )
        self.scores: Float[np.ndarray, "point axis"] = cloud_scores(directions)
        self.mean_cosine = mean_cosine(directions)
        labels = np.array(vectors.atlas.features["label"].to_pylist(), dtype=object)[rows]
        ids = vectors.atlas.features["feature_id"].to_numpy()[rows]
        source = {"uri": vectors.atlas.source}
        self.space = FeatureSpace(directions, ids, {"label": labels}, source)

    @property
    def rows(self) -> Int[np.ndarray, " point"]:
        """Rows of the group's own space: all of them."""
        return np.arange(self.space.n_features)

    def coordinates(self) -> Panel:
        """Return the panel that can be drawn before anything is tested."""
        blank = NullTest(0.0, np.empty(0), "")
        nothing = ShapeFit("none", 0.0, (0, 1))
        _, panel = self._drawn(self._finding(nothing, nothing, blank, None, grade=""), blank)
        return replace(panel, evidence=NOT_TESTED, parameters=(), nulls=())

    def judged(self, tell: Tell) -> tuple[Row, Panel]:
        """Return the line and the panel of the group.

        Parameters
        ----------
        tell
            Told of every stage, and of the share done.
        """
        n, settings = self.space.n_features, self.settings
        tell("placement null", 0.15)
        rng = np.random.default_rng([settings.seed, n, 3])
        haar = chosen_placement_test(
            self.space.directions,
            n_null=settings.n_placement - 1,
            rng=rng,
            tell=lambda share: tell("placement null", 0.15 + 0.35 * share),
        )
        tell("spectrum null", 0.5)
        test, p = self._with_spectrum(haar)
        tell("shapes and their impostors", 0.6)
        flat_only = bool(p[0, 0] > settings.level >= p[1, 0])
        verdicts = judge(
            self.scores, n_null=settings.n_null, n_rival=settings.n_rival,
            n_resample=settings.n_resample, rng=np.random.default_rng([settings.seed, 0, 2]),
            only=FLAT_SHAPES if flat_only else None,
        )  # fmt: skip
        tell("drawing", 0.95)
        claims = make_findings(
            {0: verdicts}, {0: self.rows}, placement=[test], q=p, q_by=p,
            tightness=np.array([self.mean_cosine]), level=settings.level,
        )  # fmt: skip
        main = next((c for c in claims if c.fit.nats == verdicts[0].fit.nats), None)
        finding = main or (claims[0] if claims else self._no_claim(verdicts[0], test))
        beside = [claim for claim in claims if claim is not finding]
        rests, p_shown = test, float(p.min())
        if claims and finding.fit.shape not in FLAT_SHAPES:  # which may not rest on the spectrum
            rests, p_shown = haar, float(p[0, 0])
            finding = replace(finding, placement=haar)
        row, panel = self._drawn(_by_eye(finding, claimed=bool(claims)), rests)
        said = self._said(finding, verdicts[0], p=p_shown, beside=beside, claimed=bool(claims))
        return replace(row, p=p_shown), replace(panel, evidence=said)

    def _with_spectrum(self, haar: NullTest) -> tuple[NullTest, Float[np.ndarray, "test cluster"]]:
        """Join the Haar test with the spectrum test, as the survey does."""
        n, settings = self.space.n_features, self.settings
        folder = self._vectors.shares()
        spectrum_block(n, n_draws=settings.n_spectrum, seed=settings.seed, folder=str(folder))
        variance = np.square(self.scores).mean(axis=0)
        spectrum = spectrum_tests([n], [variance], folder)
        tests, p = joint([haar], np.array([haar.pvalue]), spectrum, sizes=[n])
        return tests[0], p

    def _no_claim(self, verdict: Verdict, test: NullTest) -> Finding:
        """Return a finding of no shape: where nothing is claimed, nothing came second."""
        nothing = ShapeFit("none", 0.0, (0, 1))
        rival = verdict.rival if verdict.fit.shape != "none" else None
        return self._finding(nothing, nothing, test, rival, grade=NOTHING)

    def _finding(
        self, fit: ShapeFit, second: ShapeFit, test: NullTest, rival: NullTest | None, *, grade: str
    ) -> Finding:
        nan = float("nan")
        return Finding(
            group_id=0, rows=self.rows, fit=fit, runner_up=second, placement=test, q=nan, q_by=nan,
            rival=rival, percentile=nan, effect=0.0, margin=nan, stability=nan,
            weakest_null="", grade=grade,
        )  # fmt: skip

    def _drawn(self, finding: Finding, test: NullTest) -> tuple[Row, Panel]:
        """Return line and panel of an atlas that holds this group alone; they belong to no line."""
        variance = np.square(self.scores).mean(axis=0)
        group = Group(
            group_id=0, rows=self.rows, method="chosen by eye", scale=0.0,
            mean_cosine=self.mean_cosine, scores=self.scores[:, :KEPT_AXES],
            spectrum=variance / variance.sum(), test=test, q=float("nan"),
        )  # fmt: skip
        manifest: dict[str, Any] = {"seed": self.settings.seed}
        bodies = Bodies(Atlas.from_survey(self.space, [group], [finding], manifest=manifest))
        row: Row = bodies.body("atlas").findings[0]
        panel: Panel = bodies.body("panel/0")
        return replace(row, finding=-1, group=-1), replace(panel, row=-1)

    def _said(
        self, finding: Finding, verdict: Verdict, *, p: float, beside: list[Finding], claimed: bool
    ) -> tuple[str, ...]:
        """Return what speaks for and against the group, in sentences."""
        settings, test = self.settings, finding.placement
        said = [
            "You chose these features by eye: p is of this one test, and no q over all groups "
            "stands behind it. Of many groups looked at, one in twenty has p ≤ 0.05 by chance.",
            f"Is there structure at all? p = {number(p)}: the smaller of two placement tests, "
            f"doubled; {number(2 * test.reach)} is the smallest that these draws can give. Shown: "
            f"{test.null.size:,} draws of {test.name}.",
        ]
        if not claimed:
            said.append(self._why_nothing(verdict, p=p))
        else:
            said.append(
                f"{_name(finding.fit.shape).capitalize()} saves {number(finding.effect)} nats a "
                f"point over a Gaussian of like covariance, {number(finding.margin)} more than "
                f"{_name(finding.runner_up.shape)}."
            )
            said.append(_against(finding.rival, level=settings.level))
            said.append(f"The same shape wins in {100 * finding.stability:.0f} % of resamples.")
        said += [
            f"Beside it, {_name(one.fit.shape)}: {number(one.effect)} nats a point. "
            + _against(one.rival, level=settings.level)
            for one in beside
        ]
        n = self.space.n_features
        said.append(f"{n:,} features, mean cosine {number(self.mean_cosine)}.")
        if n < self.n_chosen:
            said.append(f"Judged on {n:,} of {self.n_chosen:,} features (random, seeded).")
        if n <= 8:
            said.append(f"{n} points carry little evidence for any shape: read the margin first.")
        return tuple(said)

    def _why_nothing(self, verdict: Verdict, *, p: float) -> str:
        best = verdict.fit
        if p > self.settings.level:
            return "Nothing is claimed: these features lie as a cloud of the same spectrum might."
        if best.shape == "none":
            return "Nothing is claimed: no shape fits better than a Gaussian of like covariance."
        if verdict.heavy_tails_suffice:
            why = "heavy tails are reason enough for the best fit"
            return f"Nothing is claimed: {why}, {_name(best.shape)}."
        return (
            "Nothing is claimed: only the spectrum stands out, and a claim of "
            f"{_name(best.shape)} may not rest on that."
        )


def _by_eye(finding: Finding, *, claimed: bool) -> Finding:
    """Return the finding without what only a survey of all groups can know."""
    nan = float("nan")
    grade = BY_EYE if claimed else NOTHING
    return replace(finding, q=nan, q_by=nan, percentile=nan, rank=0, grade=grade)


def _against(rival: NullTest | None, *, level: float) -> str:
    if rival is None:
        return "Against its best impostor: not tested."
    held = "it holds" if rival.pvalue <= level else "it does not hold"
    return (
        f"Against its best impostor {held}: p = {number(rival.pvalue)} on "
        f"{rival.null.size:,} draws of {rival.name}."
    )


def _name(shape: str) -> str:
    return shape.replace("_", " ")
