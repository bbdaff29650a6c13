"""Trees: one of a whole dictionary, and whether a region is one at all."""

from armillary.trees.average_tree import average_tree as average_tree
