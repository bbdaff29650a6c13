"""Trees: one of a whole dictionary, and whether a region is one at all."""

from armillary.trees.average_tree import average_tree as average_tree
from armillary.trees.cophenetic import cophenetic as cophenetic
from armillary.trees.cophenetic import cophenetic_correlation as cophenetic_correlation
from armillary.trees.cophenetic import linkage_of as linkage_of
from armillary.trees.evidence import RING as RING
from armillary.trees.evidence import TREE as TREE
from armillary.trees.evidence import Evidence as Evidence
from armillary.trees.evidence import evidence as evidence
from armillary.trees.four_point import four_point_excess as four_point_excess
from armillary.trees.four_point import gromov_delta as gromov_delta
from armillary.trees.four_point import quartets as quartets
from armillary.trees.four_point import squared_distances as squared_distances
from armillary.trees.near_far import NearFar as NearFar
from armillary.trees.near_far import families as families
from armillary.trees.near_far import leaf_order as leaf_order
from armillary.trees.near_far import near_far as near_far
from armillary.trees.triplets import folds_of as folds_of
from armillary.trees.triplets import held_out_triplets as held_out_triplets
