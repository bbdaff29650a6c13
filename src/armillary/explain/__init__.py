"""Explanations: how much of a space survives when only what is understood of it is said."""

from armillary.explain.bench import explain as explain
from armillary.explain.disk import open_explanation as open_explanation
from armillary.explain.gauges import GAUGES as GAUGES
from armillary.explain.knockoff import Knockoff as Knockoff
from armillary.explain.scores import Reader as Reader
from armillary.explain.scores import Score as Score
from armillary.explain.sentence import Sentence as Sentence
from armillary.explain.sentence import Verdict as Verdict
from armillary.explain.subject import FeatureGroup as FeatureGroup
from armillary.explain.subject import Split as Split
from armillary.explain.subject import Subject as Subject
from armillary.explain.table import Explanation as Explanation
