"""Studies: analyses beside the survey, each with its nulls, its sentences and its drawings."""
