"""Cluster: candidate groups of features from a graph."""

from armillary.cluster.components import components as components
from armillary.cluster.components import giant_size as giant_size
from armillary.cluster.groups import find_groups as find_groups
from armillary.cluster.leiden import leiden as leiden
from armillary.cluster.linkage import average_linkage as average_linkage
from armillary.cluster.linkage import linkage_pieces as linkage_pieces
from armillary.cluster.merging import merged_groups as merged_groups
