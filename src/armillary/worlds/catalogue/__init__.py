"""The catalogue of worlds: one module an entry, loaded when it is asked for."""

from armillary.worlds.catalogue.listing import NAMES as NAMES
from armillary.worlds.catalogue.listing import entries as entries
from armillary.worlds.catalogue.listing import entry as entry
from armillary.worlds.catalogue.listing import make as make
