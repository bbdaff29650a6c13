"""Intervene: move activations along a fitted shape and read what the model says then."""

from armillary.intervene.asking import chosen_templates as chosen_templates
from armillary.intervene.asking import class_means as class_means
from armillary.intervene.asking import template_scores as template_scores
from armillary.intervene.curves import Curve as Curve
from armillary.intervene.curves import fit_curve as fit_curve
from armillary.intervene.edits import EDITS as EDITS
from armillary.intervene.edits import fit_geometry as fit_geometry
from armillary.intervene.planes import Plane as Plane
from armillary.intervene.planes import calendar_plane as calendar_plane
from armillary.intervene.planes import leading_plane as leading_plane
from armillary.intervene.planes import random_plane as random_plane
from armillary.intervene.planes import ring_plane as ring_plane
from armillary.intervene.planes import second_plane as second_plane
from armillary.intervene.prompts import Task as Task
from armillary.intervene.prompts import builtin_task as builtin_task
from armillary.intervene.splices import rotation as rotation
from armillary.intervene.splices import shift as shift
from armillary.intervene.splices import slide as slide
from armillary.intervene.steer import steer as steer
from armillary.intervene.steering import Steering as Steering
from armillary.intervene.text_effect import text_effects as text_effects
from armillary.intervene.turn import Turn as Turn
from armillary.intervene.turn import estimate as estimate
