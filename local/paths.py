"""Where things are in this checkout."""

import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
TEMPLATE = ROOT / "template.yaml"
RUN = ROOT / ".local"  # all run-time state: process ids, logs, the emulator's data, the build
BUILD = RUN / "build"
BASE_PYTHON: str = getattr(sys, "_base_executable", sys.executable)  # the interpreter itself, without any packages
DEV_PYTHON = ROOT / ".venv" / "bin" / "python"
EMULATOR_PYTHON = ROOT / ".venv-local" / "bin" / "python"
SAM = ROOT / ".venv-aws" / "bin" / "sam"
