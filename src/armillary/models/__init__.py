"""Language models as sources: their residual streams read and written, their embeddings taken."""

from armillary.models import installed as installed  # first: it explains what is missing
from armillary.models.door import load_lm as load_lm
from armillary.models.embeddings import position_embedding as position_embedding
from armillary.models.embeddings import token_embedding as token_embedding
from armillary.models.hook_names import HookPoint as HookPoint
from armillary.models.language_model import LanguageModel as LanguageModel
