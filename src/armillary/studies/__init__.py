"""Studies: whole analyses beside the survey, from a source to sentences, tables and charts."""
