"""Studies: analyses beside the survey, each with its nulls, written as one record."""
