"""Evaluation: what a sparse autoencoder loses, and whether another one would agree."""

from armillary.evaluate.agreement import Agreement as Agreement
from armillary.evaluate.agreement import seed_agreement as seed_agreement
from armillary.evaluate.control import gaussian_control as gaussian_control
from armillary.evaluate.control import spectrum_control as spectrum_control
from armillary.evaluate.corpus_codes import encode_corpus as encode_corpus
from armillary.evaluate.cross_entropy import CrossEntropies as CrossEntropies
from armillary.evaluate.cross_entropy import ce_with_sae as ce_with_sae
from armillary.evaluate.cross_entropy import reconstructing as reconstructing
from armillary.evaluate.matched_nulls import null_dictionary as null_dictionary
from armillary.evaluate.matched_nulls import principal_plane as principal_plane
from armillary.evaluate.matching import KINDS as KINDS
from armillary.evaluate.matching import Matching as Matching
from armillary.evaluate.matching import match_features as match_features
from armillary.evaluate.quality import SaeQuality as SaeQuality
from armillary.evaluate.quality import evaluate_sae as evaluate_sae
