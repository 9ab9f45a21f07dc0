"""``acd-monai import-weights`` and ``export-weights``: the authors' formats in, and ACD-CLIP's out."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path
from typing import Any

from acd_monai.errors import ConfigError

__all__ = ["add_weights"]


def add_weights(commands: Any) -> None:
    """Add the commands."""
    for name, text, run in (
        (
            "import-weights",
            "turn the authors' checkpoint of a method (adapter_20.pth) into this project's format",
            _import,
        ),
        ("export-weights", "turn ACD-CLIP adapters of this project into the authors' format, bit for bit", _export),
    ):
        command = commands.add_parser(name, help=text, description=f"{text[0].upper()}{text[1:]}.")
        command.add_argument("source", type=Path, metavar="FILE")
        command.add_argument("-o", "--output", type=Path, metavar="FILE", help="default: beside the source")
        command.set_defaults(run=run)


def _import(options: argparse.Namespace) -> None:
    from acd_monai.networks.checkpoints import TOWERS
    from acd_monai.networks.weights import read_checkpoint

    source: Path = options.source.expanduser()
    output = options.output or source.with_suffix(".safetensors")
    if source.suffix == ".safetensors":
        raise ConfigError(f"{source} is in this project's format already: --weights takes it as it is")
    content = read_checkpoint(source)
    do = _import_acd_clip if any(tower in content for tower in TOWERS) else _import_other
    sys.stdout.write(f"{output}: {do(source, output)}\n")


def _import_acd_clip(source: Path, output: Path) -> str:
    """Write the adapters, and say what they are."""
    from acd_monai.networks.checkpoints import METHOD, read_adapters, write_adapters
    from acd_monai.networks.official import IMPORTED_FROM
    from acd_monai.reports import written_whole

    adapters = read_adapters(source)
    with written_whole(output) as part:
        origin = {"method": METHOD, IMPORTED_FROM: adapters.provenance.sha256}
        write_adapters(part, adapters.state, {**adapters.notes, **origin})
    sizes = adapters.sizes
    return (
        f"ACD-CLIP adapters, N {sizes.n_groups}, kernels {'+'.join(map(str, sizes.kernels))}, "
        f"rank {sizes.rank}, convolution channels {sizes.channels}, text rank {sizes.text_rank}"
    )


def _import_other(source: Path, output: Path) -> str:
    """Write what another method trained, and say what it is."""
    from acd_monai.networks.checkpoints import write_adapters
    from acd_monai.networks.imported import find_network, read_official
    from acd_monai.reports import written_whole

    found = read_official(source, find_network(source))
    with written_whole(output) as part:
        write_adapters(part, found.state, found.notes)
    unused = f"; left out, as it is never used: {', '.join(found.ignored)}" if found.ignored else ""
    return f"{found.method} weights, {len(found.state)} tensors{unused}"


def _export(options: argparse.Namespace) -> None:
    from acd_monai.networks.checkpoints import export_official, read_adapters
    from acd_monai.reports import written_whole

    output = options.output or options.source.with_suffix(".pth")
    if output.suffix != ".pth":
        raise ConfigError(f"the authors' format is to be written to {output}; wanted a name that ends in .pth")
    if output.exists() and output.samefile(options.source):
        raise ConfigError(f"{output} is the source itself; wanted another name with -o")
    with written_whole(output) as part:
        export_official(read_adapters(options.source), part)
    sys.stdout.write(f"{output}: the authors' format\n")
