"""The survey: the main job, and the steps it is made of."""

from armillary.survey.run import Survey as Survey
from armillary.survey.run import survey as survey
from armillary.survey.run import survey_space as survey_space
