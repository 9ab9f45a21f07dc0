"""Feed the readers mutated and truncated files; whatever is not a volume must be an AcdMonaiError.

Every case has a seed of its own, and the same seed makes the same file: `--seed N --cases 1` repeats one.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
import time
import traceback
from collections import Counter
from pathlib import Path

import nibabel
import numpy as np
import SimpleITK
from PIL import Image
from pydicom.dataset import Dataset, FileMetaDataset
from pydicom.uid import (
    CTImageStorage,
    DeflatedExplicitVRLittleEndian,
    ExplicitVRLittleEndian,
    ImplicitVRLittleEndian,
    JPEG2000Lossless,
    RLELossless,
)

from acd_monai.data import find_cases, read_volume
from acd_monai.errors import AcdMonaiError

HEADER_BYTES = 1500
"""Mutations fall here half of the time: that is where headers are."""


def main() -> int:
    """Read the command line, fuzz, print a summary; 1 when a reader broke."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument(
        "--seed", type=int, default=0, help="of the first case; each further one counts on (default: 0)"
    )
    parser.add_argument("--cases", type=int, help="stop after so many (default: no limit)")
    parser.add_argument("--seconds", type=float, default=60.0, help="stop after so long (default: 60)")
    options = parser.parse_args()
    outcomes: Counter[str] = Counter()
    failed = []
    stop = time.monotonic() + options.seconds
    with tempfile.TemporaryDirectory(prefix="acd_monai_fuzz_") as folder:
        originals = make_originals(Path(folder) / "originals")
        seed = options.seed
        while time.monotonic() < stop and (options.cases is None or seed < options.seed + options.cases):
            outcome = run_case(seed, originals, Path(folder))
            if "\n" in outcome:
                failed.append(seed)
                sys.stderr.write(f"seed {seed}: {outcome}\n")
            outcomes["broke" if "\n" in outcome else outcome] += 1
            seed += 1
    sys.stdout.write(f"{sum(outcomes.values())} cases: {dict(sorted(outcomes.items()))}\n")
    for seed in failed:
        sys.stdout.write(f"repeat: python scripts/fuzz_readers.py --seed {seed} --cases 1\n")
    return 1 if failed else 0


def run_case(seed: int, originals: list[Path], folder: Path) -> str:
    """Mutate one file as the seed says and read it.

    Args:
        seed: chooses the file and what is done to it.
        originals: good files.
        folder: where the mutated file goes for as long as it is read.

    Returns:
        ``"read"``, ``"refused"``, or the traceback where anything but an AcdMonaiError was raised.
    """
    random = np.random.default_rng(seed)
    original = originals[int(random.integers(len(originals)))]
    path = folder / f"case{original.name}"
    path.write_bytes(mutate(original.read_bytes(), random))
    try:
        for case in find_cases(path):
            volume = read_volume(case["image"])
            if not (np.isfinite(volume.affine).all() and volume.array.ndim == 4 and volume.array.size):
                return f"{original.name}: a volume without a usable grid\n"
    except AcdMonaiError as error:
        return f"{original.name}: a message of several lines:\n{error}" if "\n" in str(error) else "refused"
    except Exception:  # what this script is there to find
        return f"{original.name}\n{traceback.format_exc()}"
    finally:
        path.unlink()
    return "read"


def mutate(data: bytes, random: np.random.Generator) -> bytes:
    """Flip, overwrite, insert or remove bytes, or cut the file off; one to eight times."""
    content = bytearray(data)
    for _ in range(int(random.integers(1, 9))):
        if not content:
            break
        end = min(len(content), HEADER_BYTES) if random.random() < 0.5 else len(content)
        at = int(random.integers(end))
        length = int(random.integers(1, 9))
        match int(random.integers(6)):
            case 0:
                content[at] ^= 1 << int(random.integers(8))
            case 1:
                content[at : at + length] = random.bytes(length)
            case 2:
                content[at : at + length] = bytes([int(random.choice([0, 255, 127, 128]))]) * length
            case 3:
                content[at:at] = random.bytes(length)
            case 4:
                del content[at : at + length]
            case _:
                if random.random() < 0.3:
                    del content[at:]
    return bytes(content)


def make_originals(folder: Path) -> list[Path]:
    """Write one small good file of each kind."""
    folder.mkdir()
    random = np.random.default_rng(0)
    pixels = random.integers(0, 4000, (32, 32)).astype(np.uint16)
    for syntax in (
        ExplicitVRLittleEndian,
        ImplicitVRLittleEndian,
        DeflatedExplicitVRLittleEndian,
        RLELossless,
        JPEG2000Lossless,
    ):
        _dicom(pixels, syntax).save_as(folder / f"_{syntax.name.split()[0]}{syntax[-3:]}.dcm", enforce_file_format=True)
    enhanced = _dicom(pixels, ExplicitVRLittleEndian)
    enhanced.SOPClassUID = enhanced.file_meta.MediaStorageSOPClassUID = "1.2.840.10008.5.1.4.1.1.2.1"
    enhanced.NumberOfFrames, enhanced.PixelData = 3, pixels.tobytes() * 3
    enhanced.PerFrameFunctionalGroupsSequence = [_group(2.0 * k) for k in range(3)]
    enhanced.save_as(folder / "_enhanced.dcm", enforce_file_format=True)
    image = nibabel.Nifti1Image(random.normal(size=(9, 8, 7)).astype(np.float32), np.diag([2.0, 2.0, 3.0, 1.0]))
    nibabel.save(image, folder / "_a.nii")
    nibabel.save(image, folder / "_a.nii.gz")
    for name in ("_a.nrrd", "_a.mha"):
        SimpleITK.WriteImage(SimpleITK.GetImageFromArray(image.get_fdata(dtype=np.float32)), str(folder / name))
    picture = Image.fromarray(random.integers(0, 256, (20, 30, 3)).astype(np.uint8))
    for name in ("_a.png", "_a.jpg", "_a.tif", "_a.bmp"):
        picture.save(folder / name)
    return sorted(folder.iterdir())


def _dicom(pixels: np.ndarray, syntax: str) -> Dataset:
    dataset = Dataset()
    dataset.file_meta = FileMetaDataset()
    dataset.file_meta.TransferSyntaxUID = ExplicitVRLittleEndian
    dataset.SOPClassUID, dataset.SOPInstanceUID = CTImageStorage, "1.2.3.4.5"
    dataset.StudyInstanceUID, dataset.SeriesInstanceUID, dataset.SeriesNumber = "1.2.3", "1.2.3.4", 5
    dataset.PatientName, dataset.PatientID, dataset.Modality = "SYNTHETIC^PHANTOM", "PHANTOM-0001", "CT"
    dataset.ImageType = ["ORIGINAL", "PRIMARY", "AXIAL"]
    dataset.ImagePositionPatient, dataset.ImageOrientationPatient = [1.0, 2.0, 3.0], [1, 0, 0, 0, 1, 0]
    dataset.PixelSpacing, dataset.SliceThickness = [0.5, 0.5], 2.0
    dataset.RescaleSlope, dataset.RescaleIntercept = 1, -1024
    dataset.Rows, dataset.Columns = pixels.shape
    dataset.SamplesPerPixel, dataset.PhotometricInterpretation = 1, "MONOCHROME2"
    dataset.BitsAllocated, dataset.BitsStored, dataset.HighBit, dataset.PixelRepresentation = 16, 16, 15, 0
    dataset.PixelData = pixels.tobytes()
    if syntax in (RLELossless, JPEG2000Lossless):
        plugin = "pydicom" if syntax == RLELossless else "pylibjpeg"
        dataset.compress(syntax, pixels, encoding_plugin=plugin, generate_instance_uid=False)
    dataset.file_meta.TransferSyntaxUID = syntax
    return dataset


def _group(z: float) -> Dataset:
    position, frame = Dataset(), Dataset()
    position.ImagePositionPatient = [1.0, 2.0, z]
    frame.PlanePositionSequence = [position]
    return frame


if __name__ == "__main__":
    sys.exit(main())
