"""Theories of placement: what is said of where features sit, in bytes, and the space it makes."""

from armillary.knockoffs.combined import Stacked as Stacked
from armillary.knockoffs.correlations import FiringGram as FiringGram
from armillary.knockoffs.exact import Exact as Exact
from armillary.knockoffs.frame import MinimumCoherence as MinimumCoherence
from armillary.knockoffs.interference import SignFlip as SignFlip
from armillary.knockoffs.interference import TotalInterference as TotalInterference
from armillary.knockoffs.kmeans import KMeans as KMeans
from armillary.knockoffs.low_rank import LowRank as LowRank
from armillary.knockoffs.message import Message as Message
from armillary.knockoffs.permuted import Permuted as Permuted
from armillary.knockoffs.product import Product as Product
from armillary.knockoffs.random_unit import RandomUnit as RandomUnit
from armillary.knockoffs.registry import THEORIES as THEORIES
from armillary.knockoffs.registry import place as place
from armillary.knockoffs.residual import Residual as Residual
from armillary.knockoffs.scalar import Scalar as Scalar
from armillary.knockoffs.shared import Shared as Shared
from armillary.knockoffs.shared_file import open_shared as open_shared
from armillary.knockoffs.shared_file import save_shared as save_shared
from armillary.knockoffs.spectrum import SpectrumMatched as SpectrumMatched
from armillary.knockoffs.theory import Theory as Theory
from armillary.knockoffs.transform import Transform as Transform
