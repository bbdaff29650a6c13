"""Algebra: offsets, analogies and parallelograms, each beside shuffled pairs."""

from armillary.algebra.discovery import Bundle as Bundle
from armillary.algebra.discovery import Discovered as Discovered
from armillary.algebra.discovery import parallel_bundles as parallel_bundles
from armillary.algebra.distractors import discriminant_map as discriminant_map
from armillary.algebra.distractors import half_by_half as half_by_half
from armillary.algebra.distractors import spelling_axes as spelling_axes
from armillary.algebra.distractors import without as without
from armillary.algebra.offsets import Measured as Measured
from armillary.algebra.offsets import offset_consistency as offset_consistency
from armillary.algebra.parallelograms import additive_share as additive_share
from armillary.algebra.parallelograms import parallelogram_test as parallelogram_test
from armillary.algebra.retrieval import Answers as Answers
from armillary.algebra.retrieval import accuracy_test as accuracy_test
from armillary.algebra.retrieval import analogy_answers as analogy_answers
from armillary.algebra.retrieval import cos_add as cos_add
from armillary.algebra.retrieval import cos_mul as cos_mul
