import sys
from pathlib import Path

import pytest

pytest.importorskip("torch", reason="the torch extra is not installed")
sys.path.insert(0, str(Path(__file__).parent))  # the toy models
