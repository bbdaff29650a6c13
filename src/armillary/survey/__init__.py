"""The survey: the main job, and the steps it is made of."""

from armillary.survey.points import survey_points as survey_points
from armillary.survey.points_result import PointsResult as PointsResult
from armillary.survey.run import survey as survey
from armillary.survey.search import Survey as Survey
from armillary.survey.search import survey_space as survey_space
