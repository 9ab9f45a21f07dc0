"""``acd-monai import-weights`` and ``export-weights``: the authors' format in and out."""

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
            "turn the authors' ACD-CLIP checkpoint (adapter_20.pth) into this project's format",
            _import,
        ),
        ("export-weights", "turn adapters of this project into the authors' format, bit for bit", _export),
    ):
        command = commands.add_parser(name, help=text, description=f"{text[0].upper()}{text[1:]}.")
        command.add_argument("source", type=Path, metavar="FILE")
        command.add_argument("-o", "--output", type=Path, metavar="FILE", help="default: beside the source")
        command.set_defaults(run=run)


def _import(options: argparse.Namespace) -> None:
    from acd_monai.networks.checkpoints import METHOD, read_adapters, write_adapters
    from acd_monai.reports import written_whole

    output = options.output or options.source.with_suffix(".safetensors")
    adapters = read_adapters(options.source)
    with written_whole(output) as part:
        origin = {"method": METHOD, "imported_from_sha256": adapters.provenance.sha256}
        write_adapters(part, adapters.state, {**adapters.notes, **origin})
    sizes = adapters.sizes
    sys.stdout.write(
        f"{output}: ACD-CLIP adapters, N {sizes.n_groups}, kernels {'+'.join(map(str, sizes.kernels))}, "
        f"rank {sizes.rank}, convolution channels {sizes.channels}, text rank {sizes.text_rank}\n"
    )


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
