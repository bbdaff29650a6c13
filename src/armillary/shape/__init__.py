"""Shapes of point clouds: the battery, its nulls, the verdict."""

from armillary.shape.battery import FAMILIES as FAMILIES
from armillary.shape.battery import omnibus_scores as omnibus_scores
from armillary.shape.battery import score as score
from armillary.shape.cloud import OMNIBUS_AXES as OMNIBUS_AXES
from armillary.shape.cloud import OMNIBUS_VERSION as OMNIBUS_VERSION
from armillary.shape.cloud import cloud_scores as cloud_scores
from armillary.shape.cloud import omnibus_version as omnibus_version
from armillary.shape.haar import haar_clouds as haar_clouds
from armillary.shape.indices import mixture_index as mixture_index
from armillary.shape.indices import separability as separability
from armillary.shape.rays import Irreducibility as Irreducibility
from armillary.shape.rays import dealt_rays as dealt_rays
from armillary.shape.rays import irreducibility as irreducibility
from armillary.shape.rays import random_rays as random_rays
from armillary.shape.rays import ray_clouds as ray_clouds
from armillary.shape.refit import refitted as refitted
from armillary.shape.tangent import tangent_points as tangent_points
from armillary.shape.unit_length import UnitLengthNull as UnitLengthNull
from armillary.shape.verdict import Verdict as Verdict
from armillary.shape.verdict import judge as judge
from armillary.shape.views import whiten as whiten
