"""Theories of placement: what is said of where features sit, in bytes, and the space it makes."""

from armillary.knockoffs.clusters import Clusters as Clusters
from armillary.knockoffs.combined import Stacked as Stacked
from armillary.knockoffs.controls import Dealt as Dealt
from armillary.knockoffs.controls import Foreign as Foreign
from armillary.knockoffs.correlations import FiringGram as FiringGram
from armillary.knockoffs.edits import edited as edited
from armillary.knockoffs.exact import Exact as Exact
from armillary.knockoffs.frame import MinimumCoherence as MinimumCoherence
from armillary.knockoffs.group_edit import GroupEdit as GroupEdit
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
from armillary.knockoffs.scalar import Scalar as Scalar
from armillary.knockoffs.shared import Shared as Shared
from armillary.knockoffs.spectrum import SpectrumMatched as SpectrumMatched
from armillary.knockoffs.theory import Theory as Theory
from armillary.knockoffs.told import Told as Told
from armillary.knockoffs.transform import Transform as Transform
from armillary.knockoffs.tree import Tree as Tree
