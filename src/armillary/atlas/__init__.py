"""Atlas: the record of a survey, in memory and on disk."""

from armillary.atlas.arrays import NullSummary as NullSummary
from armillary.atlas.comparison import ComparedSide as ComparedSide
from armillary.atlas.comparison import Comparison as Comparison
from armillary.atlas.comparison import is_comparison as is_comparison
from armillary.atlas.disk import SCHEMA as SCHEMA
from armillary.atlas.disk import is_atlas as is_atlas
from armillary.atlas.json_ready import json_ready as json_ready
from armillary.atlas.layouts import MapLayout as MapLayout
from armillary.atlas.layouts import with_layouts as with_layouts
from armillary.atlas.record import Atlas as Atlas
from armillary.atlas.shape_names import family as family
from armillary.atlas.shape_names import fit_plane as fit_plane
from armillary.atlas.shape_names import is_closed as is_closed
from armillary.atlas.text import excerpt as excerpt
from armillary.atlas.text import legible as legible
from armillary.atlas.text import visible as visible
from armillary.atlas.thumbnail import thumbnail_svg as thumbnail_svg
