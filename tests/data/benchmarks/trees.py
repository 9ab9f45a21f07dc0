"""Small copies of the benchmark data sets, with what real copies trip over.

Files are made in no order, masks have other formats than images and names that sort otherwise, some masks are missing,
system files lie about. An image of grey value v belongs to the mask whose abnormal pixels have the value v.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import NamedTuple

import nibabel
import numpy as np
from PIL import Image

SIZE = 16


class Expected(NamedTuple):
    """What a split of a tree holds; masks are those of abnormal images."""

    abnormal: int
    normal: int
    masks: int
    cases: int
    classes: tuple[str, ...]


def picture(path: Path, value: int) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    Image.fromarray(np.full((SIZE, SIZE), value, dtype=np.uint8)).save(path)


def mask(path: Path, value: int) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    pixels = np.zeros((SIZE, SIZE), dtype=np.uint8)
    pixels[2:6, 3:9] = value
    Image.fromarray(pixels).save(path, quality=100)


def junk(folder: Path) -> None:
    for name in ("Thumbs.db", ".hidden.png", "._10.png", "readme.txt"):
        (folder / name).write_bytes(b"no image")


def pairs(
    images: Path, masks: Path | None, stems: Sequence[str], image_end: str, mask_end: str, start: int = 1
) -> None:
    """Make images and their masks, the masks in the opposite order."""
    for value, stem in enumerate(stems, start=start):
        picture(images / f"{stem}{image_end}", value)
    for value, stem in reversed(list(enumerate(stems, start=start))) if masks else []:
        mask(masks / f"{stem}{mask_end}", value)  # type: ignore[operator]
    junk(images)


def _bmad(folder: str, label: str, inner: str) -> Callable[[Path], None]:
    def make(root: Path) -> None:
        base = root / folder
        pairs(base / "train" / "good", None, ["00003_60", "00010_9", "00010_60"], ".png", "", 40)
        for split in ("valid", "test"):
            place = base / split
            pairs(place / "good" / inner, None, ["00010_61", "00002_7"], ".png", "", 50)
            mask(place / "good" / label / "00010_61.png", 0)
            abnormal = ["00002_10", "00002_9", "00021_3", "lonely"][: 4 if split == "test" else 2]
            pairs(place / "Ungood" / "img", place / "Ungood" / label, abnormal, ".png", ".png")

    return make


def _images_and_masks(
    folder: str, images: str = "images", masks: str = "masks", end: str = ".png"
) -> Callable[[Path], None]:
    def make(root: Path) -> None:
        pairs(
            root / folder / images,
            root / folder / masks,
            ["10", "9", "100", "1"],
            end,
            ".png" if end == ".PNG" else end,
        )

    return make


def _isic(root: Path) -> None:
    name = "ISBI2016_ISIC_Part1_Test"
    stems = ["ISIC_0000010", "ISIC_0000003", "ISIC_0012000"]
    pairs(root / f"{name}_Data", root / f"{name}_GroundTruth", stems, ".jpg", "_Segmentation.png")


def _tn3k(root: Path) -> None:
    pairs(root / "test-image", root / "test-mask", ["0010", "0002"], ".jpg", ".png")
    pairs(root / "trainval-image", root / "trainval-mask", ["0000", "0001", "0002"], ".jpg", ".png")


def _head_ct(root: Path) -> None:
    pairs(root / "head_ct", None, ["003", "001", "000", "002"], ".png", "")
    (root / "labels.csv").write_text("id, hemorrhage\n2, 0\n0, 1\n3, 0\n1, 1\n\n")


def _yes_no(folder: str) -> Callable[[Path], None]:
    def make(root: Path) -> None:
        pairs(root / folder / "yes", None, ["Y10", "Y2", "Y1"], ".JPG", "")
        pairs(root / folder / "no", None, ["N10", "N2"], ".jpeg", "")
        if folder:  # the archive holds everything twice
            pairs(root / "yes", None, ["Y10", "Y2", "Y1"], ".JPG", "")
            pairs(root / "no", None, ["N10", "N2"], ".jpeg", "")

    return make


def _mvtec(root: Path) -> None:
    bottle = root / "bottle"
    pairs(bottle / "train" / "good", None, ["000", "001"], ".png", "")
    pairs(bottle / "test" / "good", None, ["010", "002"], ".png", "", 30)
    pairs(bottle / "test" / "broken_large", bottle / "ground_truth" / "broken_large", ["010", "9"], ".png", "_mask.png")
    pairs(bottle / "test" / "contamination", bottle / "ground_truth" / "contamination", ["9"], ".png", "_mask.png", 7)
    picture(bottle / "test" / "contamination" / "011.png", 8)  # its mask is missing
    pairs(root / "tile" / "test" / "crack", None, ["000"], ".png", "")  # no masks at all
    pairs(root / "tile" / "test" / "good", None, ["000"], ".png", "")
    pairs(root / "screw" / "test" / "good", None, ["000"], ".png", "")  # one label only
    (root / "license.txt").write_text("text")


def _mpdd(root: Path) -> None:
    tubes = root / "MPDD" / "tubes"
    pairs(tubes / "train" / "good", None, ["000"], ".png", "")
    pairs(tubes / "test" / "good", None, ["000"], ".png", "")
    pairs(tubes / "test" / "anomalous", tubes / "ground_truth" / "anomalous", ["002", "000"], ".png", "_mask.png")


def _btad(root: Path) -> None:
    for name, image_end, mask_end in (("01", ".bmp", ".png"), ("03", ".bmp", ".bmp")):
        base = root / "BTech_Dataset_transformed" / name
        pairs(base / "train" / "ok", None, ["0000"], image_end, "")
        pairs(base / "test" / "ok", None, ["0001", "0000"], image_end, "")
        pairs(base / "test" / "ko", base / "ground_truth" / "ko", ["0010", "0002"], image_end, mask_end)


def _visa(root: Path) -> None:
    rows = ["object,split,label,image,mask"]
    for name in ("pcb1", "candle"):
        data = root / "VisA" / name / "Data"
        pairs(data / "Images" / "Anomaly", data / "Masks" / "Anomaly", ["010", "009"], ".JPG", ".png")
        pairs(data / "Images" / "Normal", None, ["0010", "0009", "0001"], ".JPG", "")
        place = f"{name}/Data"
        rows += [
            f"{name},test,anomaly,{place}/Images/Anomaly/{s}.JPG,{place}/Masks/Anomaly/{s}.png" for s in ("010", "009")
        ]
        rows += [f"{name},train,normal,{place}/Images/Normal/{s}.JPG," for s in ("0010", "0009")]
        rows += [f"{name},test,normal,{place}/Images/Normal/0001.JPG,"]
    (root / "VisA" / "split_csv").mkdir()
    (root / "VisA" / "split_csv" / "1cls.csv").write_text("\n".join(rows) + "\n")


def _own(root: Path) -> None:
    pairs(root / "good", None, ["b", "a"], ".png", "")
    pairs(root / "dent", root / "ground_truth" / "dent", ["10", "9"], ".jpg", "_mask.png")
    pairs(root / "dent" / "deep", root / "ground_truth" / "dent" / "deep", ["10"], ".tif", ".png", 5)
    picture(root / "scratch" / "1.bmp", 9)


def _volumes(root: Path) -> None:
    for value, case in enumerate(("liver_10", "liver_9"), start=1):
        for folder, name in (("imagesTr", f"{case}_0000.nii.gz"), ("labelsTr", f"{case}.nii.gz")):
            (root / folder).mkdir(exist_ok=True)
            voxels = np.zeros((4, 5, 3), dtype=np.uint8)
            voxels[1:3, 1:3, 1] = value
            nibabel.save(nibabel.Nifti1Image(voxels, np.eye(4)), root / folder / name)
        junk(root / "imagesTr")


_MAKERS: dict[str, Callable[[Path], None]] = {
    "bmad_brain": _bmad("Brain_AD", "label", "img"),
    "bmad_liver": _bmad("Liver_AD", "anomaly_mask", "img"),
    "bmad_retina": _bmad("Retina_RESC_AD", "label", ""),
    "colondb": _images_and_masks("CVC-ColonDB"),
    "clinicdb": _images_and_masks("CVC-ClinicDB", "Original", "Ground Truth", ".tif"),
    "kvasir": _images_and_masks("Kvasir", end=".jpg"),
    "cvc300": _images_and_masks("CVC-300", end=".PNG"),
    "isic": _isic,
    "tn3k": _tn3k,
    "headct": _head_ct,
    "br35h": _yes_no(""),
    "brainmri_kaggle": _yes_no("brain_tumor_dataset"),
    "mvtec": _mvtec,
    "visa": _visa,
    "btad": _btad,
    "mpdd": _mpdd,
    "folder": _own,
    "volumes": _volumes,
}

EXPECTED: dict[tuple[str, str], Expected] = {
    **{
        (name, split): expected
        for name, shown in (("bmad_brain", "Brain"), ("bmad_liver", "Liver"), ("bmad_retina", "Retina"))
        for split, expected in (
            ("train", Expected(0, 3, 0, 2, (shown,))),
            ("valid", Expected(2, 2, 2, 2, (shown,))),
            ("test", Expected(4, 2, 4, 4, (shown,))),
        )
    },
    ("colondb", "test"): Expected(4, 0, 4, 4, ("ColonDB",)),
    ("clinicdb", "test"): Expected(4, 0, 4, 4, ("ClinicDB",)),
    ("kvasir", "test"): Expected(4, 0, 4, 4, ("Kvasir",)),
    ("cvc300", "test"): Expected(4, 0, 4, 4, ("CVC-300",)),
    ("isic", "test"): Expected(3, 0, 3, 3, ("ISIC",)),
    ("tn3k", "train"): Expected(3, 0, 3, 3, ("TN3K",)),
    ("tn3k", "test"): Expected(2, 0, 2, 2, ("TN3K",)),
    ("headct", "test"): Expected(2, 2, 0, 4, ("HeadCT",)),
    ("br35h", "test"): Expected(3, 2, 0, 5, ("Br35H",)),
    ("brainmri_kaggle", "test"): Expected(3, 2, 0, 5, ("BrainMRI_Kaggle",)),
    ("mvtec", "train"): Expected(0, 2, 0, 2, ("bottle",)),
    ("mvtec", "test"): Expected(5, 4, 3, 9, ("bottle", "screw", "tile")),
    ("visa", "train"): Expected(0, 4, 0, 4, ("candle", "pcb1")),
    ("visa", "test"): Expected(4, 2, 4, 6, ("candle", "pcb1")),
    ("btad", "train"): Expected(0, 2, 0, 2, ("01", "03")),
    ("btad", "test"): Expected(4, 4, 4, 8, ("01", "03")),
    ("mpdd", "train"): Expected(0, 1, 0, 1, ("tubes",)),
    ("mpdd", "test"): Expected(2, 1, 2, 3, ("tubes",)),
    ("folder", "test"): Expected(4, 2, 3, 6, ("root",)),
    ("volumes", "train"): Expected(2, 0, 2, 2, ("root",)),
    ("volumes", "test"): Expected(2, 0, 2, 2, ("root",)),
}
"""Data set and split → content; the sets of one's own are called as their folder, which is to be ``root``."""

SET_FOLDERS = {
    "bmad_brain": "Brain_AD",
    "colondb": "CVC-ColonDB",
    "clinicdb": "CVC-ClinicDB",
    "headct": "head_ct",
    "brainmri_kaggle": "brain_tumor_dataset",
    "visa": "VisA",
    "btad": "BTech_Dataset_transformed",
    "mpdd": "MPDD",
}
"""Sets that have a folder of their own in the root."""


def make_tree(name: str, root: Path) -> None:
    """Make the tree of a data set of the catalogue in a folder that need not be there yet."""
    root.mkdir(parents=True, exist_ok=True)
    _MAKERS[name](root)
