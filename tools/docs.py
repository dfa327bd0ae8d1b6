#!/usr/bin/env python3
"""Write what in the documentation comes from the code, or with `--check` say where the two differ.

Without an option it fills in the snippets, docs/hooks.md and docs/settings.md, then checks. `--check` changes nothing;
exit 1 where something is wrong. `--run` runs the console examples as well and writes what they print.
"""

import sys
from pathlib import Path

if __name__ == "__main__":
    sys.path.insert(0, str(Path(__file__).resolve().parents[1]))
    from tools.documentation.command import main  # found only after the line above

    sys.exit(main(sys.argv[1:]))
