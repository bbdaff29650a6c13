"""Sources: what a user names becomes a subject."""
