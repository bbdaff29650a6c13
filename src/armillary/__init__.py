"""armillary surveys where feature vectors sit: it finds shapes, names them, says how sure it is."""

from importlib.metadata import version

from armillary.atlas import Atlas as Atlas
from armillary.core import BadInput as BadInput
from armillary.core import Codes as Codes
from armillary.core import FeatureSpace as FeatureSpace
from armillary.core import MissingExtra as MissingExtra
from armillary.core import PointCloud as PointCloud
from armillary.core import SparseAutoencoder as SparseAutoencoder
from armillary.core import TooLarge as TooLarge
from armillary.inference import NullTest as NullTest
from armillary.load import load_sae as load_sae
from armillary.load import load_space as load_space
from armillary.load import open_codes as open_codes
from armillary.reconstruct import reconstruct_clusters as reconstruct_clusters
from armillary.shape import irreducibility as irreducibility
from armillary.survey import survey as survey

__version__ = version("armillary")
from armillary.survey.points import survey_points as survey_points
