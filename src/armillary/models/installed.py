"""What this room cannot do without; importing it says how to install what is missing."""

from armillary.load.require import require

require("torch", extra="torch")
