"""Toy networks, trained here or built by hand, and what can be proved of them."""

from armillary.networks.checkpoint import cached_weights as cached_weights
from armillary.networks.gates import Gate as Gate
