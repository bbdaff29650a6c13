"""Protocol: which circuit of boolean gates a function computes, and where a network holds it."""

from armillary.networks.protocol.interventions import Causal as Causal
from armillary.networks.protocol.layers import Claim as Claim
from armillary.networks.protocol.layers import HiddenLayer as HiddenLayer
from armillary.networks.protocol.layers import read_weights as read_weights
from armillary.networks.protocol.learned import learned_circuit as learned_circuit
from armillary.networks.protocol.report import CircuitReport as CircuitReport
from armillary.networks.protocol.report import GateReport as GateReport
from armillary.networks.protocol.spectrum import Reading as Reading
from armillary.networks.protocol.spectrum import Spectrum as Spectrum
from armillary.networks.protocol.spectrum import read_gates as read_gates
from armillary.networks.protocol.spectrum import spectrum as spectrum
