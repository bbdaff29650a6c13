"""Registry: every kind of theory by name, so that bytes alone say how they are to be read."""

import numpy as np

from armillary.core.errors import BadInput
from armillary.core.space import FeatureSpace
from armillary.knockoffs.attributes import Attributes
from armillary.knockoffs.clusters import Clusters
from armillary.knockoffs.combined import Stacked
from armillary.knockoffs.controls import Dealt, Foreign
from armillary.knockoffs.correlations import FiringGram
from armillary.knockoffs.exact import Exact
from armillary.knockoffs.frame import MinimumCoherence
from armillary.knockoffs.gram import Gram
from armillary.knockoffs.group_edit import GroupEdit
from armillary.knockoffs.interference import SignFlip, TotalInterference
from armillary.knockoffs.kmeans import KMeans
from armillary.knockoffs.low_rank import LowRank
from armillary.knockoffs.message import Message
from armillary.knockoffs.nested import place_nested
from armillary.knockoffs.permuted import Permuted
from armillary.knockoffs.product import Product
from armillary.knockoffs.random_unit import RandomUnit
from armillary.knockoffs.residual import Residual
from armillary.knockoffs.scalar import Scalar
from armillary.knockoffs.shapes import Shapes
from armillary.knockoffs.shared import Shared
from armillary.knockoffs.spectrum import SpectrumMatched
from armillary.knockoffs.stretched import Stretched
from armillary.knockoffs.theory import Theory
from armillary.knockoffs.told import Told
from armillary.knockoffs.transform import Transform
from armillary.knockoffs.tree import Tree

THEORIES: tuple[type[Theory], ...] = (
    RandomUnit,
    MinimumCoherence,
    Permuted,
    SpectrumMatched,
    SignFlip,
    TotalInterference,
    FiringGram,
    Exact,
    Gram,
    GroupEdit,
    Clusters,
    Tree,
    Shapes,
    Attributes,
    Dealt,
    Foreign,
    Stacked,
    Stretched,
    Told,
    KMeans,
    Product,
    Residual,
    Scalar,
    LowRank,
    Transform,
)
_KINDS = frozenset(theory.kind for theory in THEORIES)


def place(message: Message | bytes, shared: Shared, *, rng: np.random.Generator) -> FeatureSpace:
    """Build the space that follows from a message: the receiver's side of the game.

    Parameters
    ----------
    message
        The message, or its bytes.
    shared
        What the receiver knows anyway.
    rng
        Decides everything that the message leaves open.

    Returns
    -------
    FeatureSpace
        The knockoff: the same features on the directions that were placed.

    Raises
    ------
    BadInput
        If the bytes are no message, or of a theory that is not known.
    """
    read = Message.from_bytes(message) if isinstance(message, bytes) else message
    if read.theory not in _KINDS:
        raise BadInput(f"no theory is called {read.theory!r}: {', '.join(sorted(_KINDS))}")
    return place_nested(read, shared, rng=rng)
