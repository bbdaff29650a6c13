"""Confusion: what the shape battery and the survey call worlds whose truth is known."""

from armillary.experiments.confusion.clouds import Cloud as Cloud
from armillary.experiments.confusion.clouds import clouds_of as clouds_of
from armillary.experiments.confusion.expected import EXPECTED as EXPECTED
from armillary.experiments.confusion.run import confusion as confusion
from armillary.experiments.confusion.table import Called as Called
from armillary.experiments.confusion.table import Confusion as Confusion
