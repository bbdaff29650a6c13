"""Lexicon: named hypotheses about words, and the features that carry them."""

from armillary.lexicon.files import load_lexicon as load_lexicon
from armillary.lexicon.hypothesis import Hypothesis as Hypothesis
from armillary.lexicon.matching import Match as Match
from armillary.lexicon.matching import match as match
from armillary.lexicon.matching import match_all as match_all
from armillary.lexicon.matching import spelling as spelling
