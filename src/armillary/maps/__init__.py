"""Maps: the whole space in the plane, how far to trust it, and what noise would look like."""

from armillary.maps.clumps import clumpiness as clumpiness
from armillary.maps.methods import METHODS as METHODS
from armillary.maps.methods import Method as Method
from armillary.maps.methods import lay_out as lay_out
from armillary.maps.modes import prominences as prominences
from armillary.maps.prepared import null_decoder as null_decoder
from armillary.maps.prepared import prepare as prepare
from armillary.maps.share import Share as Share
from armillary.maps.share import share_of as share_of
from armillary.maps.stability import agreement as agreement
from armillary.maps.structure import Structure as Structure
from armillary.maps.structure import structure_of as structure_of
from armillary.maps.trust import Trust as Trust
from armillary.maps.trust import trust_of as trust_of
