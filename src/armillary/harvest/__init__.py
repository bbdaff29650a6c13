"""Text through a model, and its vectors to disk."""

from armillary.harvest.run import Harvested as Harvested
from armillary.harvest.run import harvest as harvest
from armillary.harvest.settings import HarvestSettings as HarvestSettings
from armillary.harvest.windows import Bos as Bos
