"""What scripts/install-packages provides for the tests. Where it is missing a test fails; skipping would hide it."""

import shutil
from pathlib import Path


def require(*programs):
    """Each is a Path, or the name of a command."""
    for program in programs:
        if not (program.exists() if isinstance(program, Path) else shutil.which(program)):
            raise AssertionError(f"{program} is missing: run scripts/install-packages test")
