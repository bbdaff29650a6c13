"""Write the explorer's schema as TypeScript: python scripts/schema_types.py [--check]."""

import sys
from pathlib import Path

from armillary.explorer.schema import BODIES
from armillary.explorer.typescript import typescript

FILE = Path(__file__).parents[1] / "web" / "src" / "schema.ts"

if __name__ == "__main__":
    text = typescript(BODIES)
    if "--check" in sys.argv[1:]:
        if FILE.read_text("utf-8") != text:
            sys.exit(f"{FILE} is not what the schema says: run python scripts/schema_types.py")
    else:
        FILE.write_text(text, "utf-8")
