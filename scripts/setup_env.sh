# Sourced by the other scripts: makes .venv with this package in it unless it is there and up to date.
# EXTRAS names the extras to install, such as "[dev]".
cd "$(dirname "${BASH_SOURCE[0]}")/.."
stamp=".venv/.installed${EXTRAS:-}"
if [ ! -e "$stamp" ] || [ setup.cfg -nt "$stamp" ]; then
    [ -x .venv/bin/python ] || python3 -m venv .venv
    echo "Installing acd_monai${EXTRAS:-} into .venv; the first time takes a minute or two …"
    .venv/bin/python -m pip install --disable-pip-version-check --editable ".${EXTRAS:-}" >.venv/install.log 2>&1 ||
        { cat .venv/install.log; exit 1; }
    touch "$stamp"
fi
export PATH="$PWD/.venv/bin:$PATH"
