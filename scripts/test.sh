#!/usr/bin/env bash
# Sets up what the tests need and runs them. Arguments go to pytest: `bash scripts/test.sh -m "not slow"`.
set -euo pipefail
EXTRAS="[dev]"
source "$(dirname "$0")/setup_env.sh"
python -m pytest "$@"
