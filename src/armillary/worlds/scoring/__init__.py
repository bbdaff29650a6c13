"""Scoring: what a sparse autoencoder did to a world whose truth is known, one file a metric."""

from armillary.worlds.scoring.record import WorldReport as WorldReport
from armillary.worlds.scoring.reporting import report as report
