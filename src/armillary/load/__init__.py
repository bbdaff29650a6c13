"""Doors: files, arrays and the built-in model become feature spaces, or are refused."""

from armillary.load.activations_folder import open_activations as open_activations
from armillary.load.activations_folder import save_activations as save_activations
from armillary.load.activations_writer import ActivationsWriter as ActivationsWriter
from armillary.load.builtin import cache_folder as cache_folder
from armillary.load.builtin import fetch_builtin as fetch_builtin
from armillary.load.codes_folder import CodesWriter as CodesWriter
from armillary.load.codes_folder import open_codes as open_codes
from armillary.load.codes_folder import save_codes as save_codes
from armillary.load.corpus import builtin_corpus as builtin_corpus
from armillary.load.corpus import open_corpus as open_corpus
from armillary.load.labels import load_labels as load_labels
from armillary.load.orientation import settle_orientation as settle_orientation
from armillary.load.partition_file import load_partition as load_partition
from armillary.load.require import require as require
from armillary.load.sae.door import load_sae as load_sae
from armillary.load.source import as_space as as_space
from armillary.load.source import load_space as load_space
from armillary.load.vocabulary import load_vocabulary as load_vocabulary
