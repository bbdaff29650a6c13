"""Studies: whole analyses beside the survey, each from a source to a record of what it found."""
