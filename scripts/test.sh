#!/usr/bin/env bash
# Sets up what the tests need and runs them. Arguments go to pytest: `bash scripts/test.sh -m "not slow"`.
set -euo pipefail
EXTRAS="[dev]"
source "$(dirname "$0")/setup_env.sh"
# Scenes are tested with Slicer's own libraries: without them those tests would only be skipped.
python -c "import trame_slicer"
python scripts/build_viewer.py
bash scripts/install_browser.sh
# One file a process at a time, one thread each: two cores are busy, and what a file's tests share is made once.
OMP_NUM_THREADS=1 python -m pytest -n "$(nproc)" --dist loadfile "$@"
