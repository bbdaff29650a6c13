"""Affinity: how near features are, and how near chance alone would put them."""

from armillary.affinity.approximate import APPROXIMATE_FROM as APPROXIMATE_FROM
from armillary.affinity.approximate import approximate_knn as approximate_knn
from armillary.affinity.approximate import nearest as nearest
from armillary.affinity.cosine_knn import cosine_knn as cosine_knn
from armillary.affinity.flatten import flatten as flatten
from armillary.affinity.null_decoder import EdgeThreshold as EdgeThreshold
from armillary.affinity.null_decoder import coordinates_permuted as coordinates_permuted
from armillary.affinity.null_decoder import edge_threshold as edge_threshold
from armillary.affinity.null_decoder import isotropic as isotropic
from armillary.affinity.null_decoder import spectrum_matched as spectrum_matched
