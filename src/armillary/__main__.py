"""``python -m armillary``: the same as the command ``armillary``."""

import sys

from armillary.cli import main

if __name__ == "__main__":
    sys.exit(main())
