"""Figures: findings drawn with matplotlib, imported when a figure is asked for."""

from armillary.figures.explanation import plot_explanation as plot_explanation
from armillary.figures.finding import plot_finding as plot_finding
from armillary.figures.phase import plot_sweep as plot_sweep
from armillary.figures.steering import plot_steering as plot_steering
