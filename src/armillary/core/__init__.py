"""The nouns: what every room takes and returns."""

from armillary.core.activations import Activations as Activations
from armillary.core.autoencoder import SparseAutoencoder as SparseAutoencoder
from armillary.core.cloud import PointCloud as PointCloud
from armillary.core.codes import Codes as Codes
from armillary.core.corpus import Corpus as Corpus
from armillary.core.errors import ArmillaryError as ArmillaryError
from armillary.core.errors import BadInput as BadInput
from armillary.core.errors import MissingExtra as MissingExtra
from armillary.core.errors import TooLarge as TooLarge
from armillary.core.finding import Finding as Finding
from armillary.core.finding import Group as Group
from armillary.core.finding import ShapeFit as ShapeFit
from armillary.core.graph import FeatureGraph as FeatureGraph
from armillary.core.graph import Neighbours as Neighbours
from armillary.core.partition import Partition as Partition
from armillary.core.space import FeatureSpace as FeatureSpace
from armillary.core.span import span_rows as span_rows
from armillary.core.tokens import Context as Context
from armillary.core.tokens import Tokens as Tokens
