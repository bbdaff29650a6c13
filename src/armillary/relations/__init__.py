"""Relations between two layers: which earlier features a later one depends on, and their shape."""

from armillary.relations.edge_test import EdgeTests as EdgeTests
from armillary.relations.edge_test import edge_tests as edge_tests
from armillary.relations.firing import Spans as Spans
from armillary.relations.firing import firing_spans as firing_spans
from armillary.relations.random_complex import degree_preserving as degree_preserving
from armillary.relations.regression import Parents as Parents
from armillary.relations.regression import choose_parents as choose_parents
from armillary.relations.regression import held_out_r2 as held_out_r2
from armillary.relations.regression import ridge_r2 as ridge_r2
from armillary.relations.removal import clamped as clamped
from armillary.relations.removal import removal_curve as removal_curve
from armillary.relations.virtual import VirtualWeights as VirtualWeights
from armillary.relations.virtual import carried_share as carried_share
from armillary.relations.virtual import virtual_weights as virtual_weights
