"""``acd-monai train``: a method's trained part from labelled images."""

from __future__ import annotations

import argparse
import os
from importlib.util import find_spec
from typing import Any

from acd_monai.commands.options import add_model_options, given
from acd_monai.errors import ConfigError

__all__ = ["add_train"]

EXAMPLES = """examples:
  acd-monai train industrial --data VISA --dataset visa --backbone vit_l_14_336 -o runs/visa
  acd-monai train industrial --data MVTEC --dataset mvtec --data COLON --dataset colondb -o runs/both
  acd-monai train colonoscopy --data ROOT --dataset colondb --validation-dataset clinicdb --validation-data CLINIC -o runs/colon
  acd-monai train industrial --data my_pictures --dataset folder --noun "metal nut" -o runs/nut
  acd-monai train industrial --data VISA --dataset visa --method april_gan --backbone vit_l_14_336 -o runs/april
  torchrun --nproc_per_node 4 -m acd_monai train industrial --data VISA --dataset visa --batch-size 8 -o runs/visa
The same command goes on with a run that was stopped, and does nothing when it is done."""  # noqa: E501


def add_train(commands: Any) -> None:
    """Add the command."""
    train = commands.add_parser(
        "train",
        help="train a method's adapters on labelled images",
        description="Train ACD-CLIP's adapters, or with --method another's, as their authors do. Writes "
        "adapters_last.safetensors, with a validation set adapters_best.safetensors too, losses.csv and "
        "loss_curve.png. Exit code: 0 all done, 1 the run stopped on the way, 2 nothing could start.",
        epilog=EXAMPLES,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    add = train.add_argument
    add("domain", metavar="DOMAIN", help="industrial or colonoscopy: its noun, its scores and its blur")
    add("--data", required=True, action="append", metavar="ROOT", help="root folder; one for all data sets or for each")
    add("--dataset", action="append", metavar="NAME", help="`acd-monai datasets` lists them; several train together")
    add("-o", "--output", required=True, metavar="RUN", help="folder of the run; a run that is there goes on")
    add("--split", help="test (default, as the authors do: train splits have no abnormal images), train or valid")
    add("--manifest", metavar="FILE", help="a list of the images, see `acd-monai prepare --help`")
    add("--noun", help="what the images show, in words, where the data set does not say (default: the domain's)")
    add("--validation-dataset", metavar="NAME", help="the set that chooses the best epoch; never the one to test on")
    add("--validation-data", metavar="ROOT", help="its root folder (default: that of the training data)")
    add("--validation-split", help="of it (default: test)")
    add("--epochs", type=int, help="default: the method's; ACD-CLIP's 20")
    add("--seed", type=int, help="of the order and the augmentation (default: 0)")
    add("--text-lr", type=float, help="ACD-CLIP's learning rate of the text adapters (default: 5e-4)")
    add("--image-lr", type=float, help="and of the image adapters (default: 1e-3)")
    add("--learning-rate", type=float, help="of the other methods, which have one (default: the method's)")
    add("--accumulate", type=int, metavar="PARTS", help="compute a batch in parts, for less memory (default: 1)")
    add("--checkpointing", action="store_true", default=None, help="run blocks again for less memory; same gradients")
    add("--cache", help="decoded images in memory (default), disk or none")
    add("--cache-dir", metavar="FOLDER", help="of the images cached on disk (default: in the run's folder)")
    add("--save-interval", type=int, metavar="STEPS", help="save the state so often (default: 100)")
    add(
        "--early-stopping", type=int, metavar="N", help="stop after N validations without a better one (default: never)"
    )
    add("--tracking", metavar="NAME", help="mlflow: record the run with MLflow, as MONAI does")
    add("--batch-size", type=int, metavar="B", help="images of a step, over all processes (default: the method's; 6)")
    add("--precision", help="auto (default): bf16 where the device computes in it; fp32, as the authors; bf16")
    add("--device", help="cpu, cuda, cuda:1, … (default: cuda if there is one)")
    add_model_options(train)
    train.set_defaults(run=_train, goes_on=True)


def _train(options: argparse.Namespace) -> None:
    from acd_monai.bundle import compose, run_bundle  # torch and MONAI take seconds to import

    if options.tracking == "mlflow" and find_spec("mlflow") is None:
        raise ConfigError("--tracking mlflow needs a package that is not installed; `pip install mlflow`")
    _check_rates(options)
    settings = given(
        options,
        *("split", "manifest", "noun", "validation_dataset", "validation_split", "epochs", "seed", "text_lr"),
        *(
            "image_lr",
            "learning_rate",
            "accumulate",
            "checkpointing",
            "cache",
            "cache_dir",
            "save_interval",
            "early_stopping",
        ),
        dataset_dir=options.data,
        datasets=options.dataset,
        validation_dir=options.validation_data,
        output_dir=options.output,
    )
    files = compose(options.domain, options.method, options.backbone, workflow="train", trained_on=options.dataset)
    if "WORLD_SIZE" in os.environ:  # torchrun started this process
        files.append(files[0].with_name("multi_gpu_train.json"))
    run_bundle(files, settings, workflow_type="train", tracking=options.tracking)


def _check_rates(options: argparse.Namespace) -> None:
    """Refuse a learning rate that the method would not look at."""
    from acd_monai.bundle import DEFAULT_METHOD

    method = options.method or DEFAULT_METHOD
    two = method.replace("-", "_") == DEFAULT_METHOD
    names = ("learning_rate",) if two else ("text_lr", "image_lr")
    wrong = [f"--{name.replace('_', '-')}" for name in names if getattr(options, name) is not None]
    if wrong:
        wanted = "--text-lr and --image-lr" if two else "--learning-rate"
        raise ConfigError(f"{' and '.join(wrong)} is no option of {method}; wanted {wanted}")
