"""The published backbone at its published size, with seeded weights: slow, as real as it gets without a download."""

from __future__ import annotations

import copy
import json
from pathlib import Path

import nibabel as nib
import numpy as np
import open_clip
import pydicom.data
import pytest
import torch
from open_clip.factory import load_checkpoint
from safetensors.torch import save_file

from acd_monai.cli import main
from acd_monai.networks import ClipBackbone
from acd_monai.networks.architectures import build_clip
from acd_monai.networks.seeding import seed_by_name

pytestmark = pytest.mark.slow
NAME = "ViT-L-14-336"


@pytest.fixture(scope="module")
def weights(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Name-seeded weights in a local file, at the native grid of 24×24 patches."""
    clip = build_clip(NAME, "gelu")
    seed_by_name(clip, "clip.")
    assert clip.visual.positional_embedding.shape == (24 * 24 + 1, 1024)
    path = tmp_path_factory.mktemp("weights") / "seeded_vit_l_14_336.safetensors"
    save_file({name: value.contiguous() for name, value in clip.state_dict().items()}, path)
    return path


def test_the_runner_agrees_with_open_clip(weights: Path) -> None:
    torch.manual_seed(0)
    image = torch.randn(1, 3, 518, 518)
    config = copy.deepcopy(open_clip.get_model_config(NAME))
    config["vision_cfg"]["image_size"] = 518
    reference = open_clip.CLIP(**config).eval()
    load_checkpoint(reference, str(weights))
    backbone = ClipBackbone(
        NAME, activation="gelu", position_embedding="bicubic_antialias", weights=weights, image_size=518
    )
    with torch.no_grad():
        want, got = reference.encode_image(image), backbone.encode_image(image)
    assert got.shape == (1, 768)
    assert torch.isfinite(got).all()
    assert (got - want).abs().max() <= 1e-4 * want.abs().max()


def test_one_slice_end_to_end(weights: Path, tmp_path: Path) -> None:
    source = Path(pydicom.data.__file__).parent / "test_files" / "MR_small.dcm"
    arguments = ["infer", str(source), "--domain", "brain_mri", "--backbone", "vit_l_14_336", "-o", str(tmp_path)]
    assert main([*arguments, "--backbone-weights", str(weights)]) == 0
    (map_file,) = tmp_path.glob("*_anomaly.nii.gz")
    anomaly_map = nib.load(map_file).get_fdata()
    assert anomaly_map.shape == (64, 64, 1)
    assert np.isfinite(anomaly_map).all() and 0 < anomaly_map.min() < anomaly_map.max() < 1
    (summary_file,) = tmp_path.glob("*_summary.json")
    summary = json.loads(summary_file.read_text(encoding="utf-8"))
    assert summary["model"]["image_size"] == 518
    assert summary["model"]["settings"]["n_groups"] == 4
    assert summary["model"]["backbone_weights"]["source"] == weights.name
    assert 0 < summary["case_score"] < 1
