"""Puts the viewer's scripts into a wheel; everything else is in setup.cfg."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

from setuptools import setup
from setuptools.command.build_py import build_py


class BuildWithViewer(build_py):
    """Builds the viewer first; an editable install leaves that to ``scripts/build_viewer.py``."""

    def run(self) -> None:
        """Build, or say what is missing and go on: all other outputs work without the viewer."""
        script = Path(__file__).resolve().parent / "scripts" / "build_viewer.py"
        if not self.editable_mode and subprocess.run([sys.executable, str(script)], check=False).returncode:
            self.warn("this wheel has no viewer, so it writes no html output; mend the above and build again")
        super().run()


setup(cmdclass={"build_py": BuildWithViewer})
