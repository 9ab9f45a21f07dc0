"""What there is to choose from: a domain is a bundle; methods, backbones and data sets are config overlays."""

from __future__ import annotations

import difflib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import acd_monai
from acd_monai.errors import ConfigError

__all__ = ["BACKBONES", "CALIBRATE", "COMPARE_METHODS", "DATASETS", "DOMAINS", "METHODS", "Catalogue"]


def _assets() -> Path:
    """Where ``bundles/`` and ``configs/`` lie: inside an installed package, beside it in a checkout."""
    package = Path(acd_monai.__file__).parent
    installed = package / "assets"
    return installed if (installed / "bundles").is_dir() else package.parent


@dataclass(frozen=True)
class Catalogue:
    """Named config files of one kind.

    Attributes:
        kind: ``"domain"``, ``"method"``, ``"backbone"`` or ``"dataset"``.
        pattern: of their paths, ``*`` where the name stands.
    """

    kind: str
    pattern: str

    def __iter__(self) -> Iterator[str]:
        """Iterate over the names, sorted."""
        head, tail = self.pattern.split("*")
        paths = (path.relative_to(_assets()).as_posix() for path in _assets().glob(self.pattern))
        return iter(sorted(path.removeprefix(head).removesuffix(tail) for path in paths))

    def find(self, name: str) -> Path:
        """Return the config file of ``name``; hyphens count as underscores.

        Raises:
            ConfigError: there is none; near names are suggested.
        """
        plain = name.strip().lower().replace("-", "_")
        names = list(self)
        if plain not in names:
            near = difflib.get_close_matches(plain, names, n=3, cutoff=0.5)
            hint = f"did you mean {' or '.join(near)}?" if near else f"wanted one of {', '.join(names)}"
            raise ConfigError(f"no {self.kind} is called {name!r}; {hint} (`acd-monai {self.kind}s` lists them)")
        return _assets() / self.pattern.replace("*", plain)


DOMAINS = Catalogue("domain", "bundles/*_anomaly_segmentation/configs/inference.json")
METHODS = Catalogue("method", "configs/methods/*.json")
BACKBONES = Catalogue("backbone", "configs/backbones/*.json")
DATASETS = Catalogue("dataset", "configs/datasets/*.json")

CALIBRATE = _assets() / "configs" / "calibrate.json"
"""Overlay over an inference workflow: finds a threshold in place of writing maps."""

COMPARE_METHODS = _assets() / "configs" / "compare_methods.json"
"""Overlay over an evaluation: prepared images are shared between runs, and some maps kept to be shown together."""
