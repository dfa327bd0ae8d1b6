"""Folders that tests make for a whole process, where pytest's own `tmp_path` would end too soon."""

import atexit
import shutil
from pathlib import Path
from tempfile import mkdtemp


def folder_until_exit(name: str) -> Path:
    """An empty folder, removed when the process of the tests ends."""
    folder = Path(mkdtemp(prefix=f"durchwahl-{name}-"))
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    return folder
