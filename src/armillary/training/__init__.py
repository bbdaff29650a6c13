"""Training: any stream of activation vectors becomes a sparse autoencoder. Needs torch."""

from armillary.training import installed as installed  # first: it explains what is missing
from armillary.training.architectures.batch_topk import BatchTopK as BatchTopK
from armillary.training.architectures.jumprelu import JumpReLU as JumpReLU
from armillary.training.architectures.matryoshka import Matryoshka as Matryoshka
from armillary.training.architectures.relu import ReLU as ReLU
from armillary.training.architectures.topk import TopK as TopK
from armillary.training.aux import AuxK as AuxK
from armillary.training.config import TrainingConfig as TrainingConfig
from armillary.training.resample import Resample as Resample
from armillary.training.result import TrainedSae as TrainedSae
from armillary.training.run import planned_steps as planned_steps
from armillary.training.run import train as train
from armillary.training.saelens import to_saelens as to_saelens
from armillary.training.stream import as_stream as as_stream
