"""Make the embedded model from nothing but a seed: the small CLIP, ACD-CLIP's adapters, the files of the package.

1. The stem of a small CLIP learns which patches of the generator's pictures are damaged, then the CLIP learns images
   and captions from them: industrial pictures, whole and damaged, and medical ones, healthy alone. No abnormal medical
   picture or caption is made.
2. Frozen, it carries ACD-CLIP's adapters, which learn on the industrial families alone.
3. Both are written as float16 with their hashes, as `--backbone-weights synthetic` loads them.

Killed at any moment, the same command goes on. On two cores it takes about 70 minutes.
`python scripts/embedded_figures.py` then measures what came out; docs/embedded.md tells more.
"""

from __future__ import annotations

import argparse
import logging
from pathlib import Path

import torch
from embedded.adapters import train_adapters
from embedded.clip_training import Recipe, train_clip
from embedded.pack import pack_adapters, pack_clip, write_sums
from embedded.stem_training import MORE, StemRecipe

from acd_monai.bundle import METHODS
from acd_monai.networks.shipped import FOLDER


def main() -> None:
    """Read the command line and train."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    add = parser.add_argument
    add("output", type=Path, help="folder of the run, about 2 GB")
    add("--stem-steps", type=int, default=StemRecipe().steps, help="batches of the stem alone (default: %(default)s)")
    add(
        "--more-stem-steps", type=int, default=MORE.steps, help="and then with near-empty slices (default: %(default)s)"
    )
    add("--steps", type=int, default=Recipe().steps, help="batches of the small CLIP (default: %(default)s)")
    add("--batch-size", type=int, default=Recipe().batch_size, help="pictures of a batch (default: %(default)s)")
    add("--batches", type=int, default=Recipe().batches, help="different ones, seen again (default: %(default)s)")
    add("--text-steps", type=int, default=Recipe().text_steps, help="batches of sentences first (default: %(default)s)")
    add("--seed", type=int, default=Recipe().seed, help="of everything (default: %(default)s)")
    add("--epochs", type=int, default=1, help="of the adapters (default: %(default)s)")
    add("--method", choices=METHODS, default="acd_clip", help="whose adapters; only ACD-CLIP's go into the package")
    add("--normal", type=int, default=20, help="pictures without a defect, a family (default: %(default)s)")
    add("--abnormal", type=int, default=40, help="pictures with a defect, a family (default: %(default)s)")
    add("--image-size", type=int, default=112, help="of the adapters' pictures, pixels (default: %(default)s)")
    add("--workers", type=int, default=1, help="processes that make pictures (default: %(default)s)")
    add("--device", default="cuda" if torch.cuda.is_available() else "cpu", help="default: %(default)s")
    add("--package", type=Path, default=FOLDER, help="where the package keeps its weights (default: %(default)s)")
    options = parser.parse_args()
    logging.basicConfig(level=logging.INFO, format="%(message)s")
    options.output.mkdir(parents=True, exist_ok=True)
    if not hasattr(torch.optim, "Muon"):
        parser.error(f"torch is {torch.__version__}, which has no Muon optimizer; wanted 2.9 or later")
    recipe = Recipe(
        text_steps=options.text_steps,
        steps=options.steps,
        batch_size=options.batch_size,
        batches=options.batches,
        seed=options.seed,
    )
    stem = StemRecipe(steps=options.stem_steps, seed=options.seed)
    more = MORE._replace(steps=options.more_stem_steps, seed=options.seed + 1)
    weights = train_clip(options.output, recipe, stem, more, torch.device(options.device), options.workers)
    clip = pack_clip(weights, options.package)
    adapters = train_adapters(
        options.output,
        clip,
        method=options.method,
        normal=options.normal,
        abnormal=options.abnormal,
        epochs=options.epochs,
        image_size=options.image_size,
    )
    if options.method == "acd_clip":
        pack_adapters(adapters, options.package)
        write_sums(options.package)
    else:
        logging.getLogger(__name__).info("adapters: %s", adapters)


if __name__ == "__main__":
    main()
