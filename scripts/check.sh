#!/usr/bin/env bash
# Everything a change must pass: formatter, linter, types, tests.
# `--fix` formats and mends first; `--static` leaves the tests out; other arguments go to pytest.
set -euo pipefail
EXTRAS="[dev]"
source "$(dirname "$0")/setup_env.sh"
fix=no tests=yes
while [ $# -gt 0 ]; do
    case "$1" in
        --fix) fix=yes ;;
        --static) tests=no ;;
        *) break ;;
    esac
    shift
done
ruff() { command ruff "$1" --config scripts/ruff.toml "${@:2}"; }
if [ "$fix" = yes ]; then
    ruff format .
    ruff check --fix .
fi
ruff format --check .
ruff check .
mypy
if [ "$tests" = yes ]; then
    bash scripts/test.sh "$@"
fi
