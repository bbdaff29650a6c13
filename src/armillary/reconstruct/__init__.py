"""Cluster-restricted reconstruction: tokens rebuilt from the features of one cluster only."""

from armillary.reconstruct.clusters import reconstruct_clusters as reconstruct_clusters
from armillary.reconstruct.reconstruction import Reconstruction as Reconstruction
from armillary.reconstruct.reconstruction import Reconstructions as Reconstructions
