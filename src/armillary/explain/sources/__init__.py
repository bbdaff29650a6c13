"""Sources: what a user names becomes a subject."""

from armillary.explain.sources.autoencoder import autoencoder_subject as autoencoder_subject
from armillary.explain.sources.embedding import embedding_subject as embedding_subject
from armillary.explain.sources.fired_words import fired_word_groups as fired_word_groups
from armillary.explain.sources.opening import open_subject as open_subject
from armillary.explain.sources.texts import ReadingModel as ReadingModel
from armillary.explain.sources.texts import Texts as Texts
from armillary.explain.sources.word_groups import word_groups as word_groups
from armillary.explain.sources.world import world_subject as world_subject
