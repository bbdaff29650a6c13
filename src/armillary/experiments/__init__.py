"""Experiments: autoencoders trained on worlds, and what is swept over them."""

from armillary.experiments.table import SweepTable as SweepTable
from armillary.experiments.trained import Trained as Trained
from armillary.experiments.trained import control_on as control_on
from armillary.experiments.trained import filled_dimensions as filled_dimensions
from armillary.experiments.trained import train_on as train_on
from armillary.experiments.trained import trained as trained
