"""Affinity: how near features are, and how near chance alone would put them."""

from armillary.affinity.approximate import APPROXIMATE_FROM as APPROXIMATE_FROM
from armillary.affinity.approximate import approximate_knn as approximate_knn
from armillary.affinity.approximate import nearest as nearest
from armillary.affinity.codes_knn import codes_affinity as codes_affinity
from armillary.affinity.codes_knn import codes_knn as codes_knn
from armillary.affinity.cosine_knn import cosine_knn as cosine_knn
from armillary.affinity.fired import fired_means as fired_means
from armillary.affinity.flatten import flatten as flatten
from armillary.affinity.null_decoder import EdgeThreshold as EdgeThreshold
from armillary.affinity.null_decoder import coordinates_permuted as coordinates_permuted
from armillary.affinity.null_decoder import edge_threshold as edge_threshold
from armillary.affinity.null_decoder import isotropic as isotropic
from armillary.affinity.null_decoder import spectrum_matched as spectrum_matched
from armillary.affinity.pairs import PairStatistics as PairStatistics
from armillary.affinity.pairs import code_correlation as code_correlation
from armillary.affinity.pairs import cofiring as cofiring
from armillary.affinity.pairs import jaccard as jaccard
from armillary.affinity.pairs import phi as phi
