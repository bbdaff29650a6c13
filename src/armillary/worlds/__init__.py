"""Constructed spaces whose truth is known, and shapes to plant in them."""

from armillary.worlds.planted import ALL_KINDS as ALL_KINDS
from armillary.worlds.planted import Planted as Planted
from armillary.worlds.planted import Truth as Truth
from armillary.worlds.planted import World as World
from armillary.worlds.planted import planted_world as planted_world
from armillary.worlds.point_set import PointSet as PointSet
from armillary.worlds.point_set import Sampler as Sampler
from armillary.worlds.shapes import DECOYS as DECOYS
from armillary.worlds.shapes import NATURAL_SIZE as NATURAL_SIZE
from armillary.worlds.shapes import SAMPLERS as SAMPLERS
from armillary.worlds.shapes import draw_shape as draw_shape
from armillary.worlds.shapes import sample as sample
from armillary.worlds.structureless import isotropic_space as isotropic_space
from armillary.worlds.structureless import permuted_space as permuted_space
from armillary.worlds.structureless import spectrum_space as spectrum_space
