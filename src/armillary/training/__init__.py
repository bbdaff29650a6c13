"""Training: any stream of activation vectors becomes a sparse autoencoder. Needs torch."""

from armillary.training.architectures.batch_topk import BatchTopK as BatchTopK
from armillary.training.architectures.topk import TopK as TopK
from armillary.training.aux import AuxK as AuxK
from armillary.training.config import TrainingConfig as TrainingConfig
from armillary.training.result import TrainedSae as TrainedSae
from armillary.training.run import train as train
