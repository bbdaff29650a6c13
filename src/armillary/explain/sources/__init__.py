"""Sources: what can be explained, opened as a subject."""

from armillary.explain.sources.world import world_subject as world_subject
