"""Toy networks, trained here or built by hand, and what can be proved of them."""

from armillary.networks.boolean import BooleanNetwork as BooleanNetwork
from armillary.networks.boolean import draw_gates as draw_gates
from armillary.networks.boolean import train_boolean as train_boolean
from armillary.networks.checkpoint import cached_weights as cached_weights
from armillary.networks.gates import Gate as Gate
from armillary.networks.protocol import CircuitReport as CircuitReport
from armillary.networks.protocol import learned_circuit as learned_circuit
from armillary.networks.universal_and import UniversalAnd as UniversalAnd
from armillary.networks.universal_and import universal_and as universal_and
