"""Seconds and peak memory to read a synthetic 512 x 512 x 600 CT series, beside MONAI's ITKReader and SimpleITK.

Each reading happens in a fresh process, whose imports are not timed; the readers take turns, so that what else the
machine does hits all alike. Both MONAI readers are run through ``LoadImage``, which is how they are used.
"""

from __future__ import annotations

import argparse
import json
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor
from functools import partial
from importlib.util import find_spec
from pathlib import Path
from typing import NamedTuple

import numpy as np
from pydicom.dataset import Dataset, FileMetaDataset
from pydicom.uid import CTImageStorage, ExplicitVRLittleEndian, JPEG2000Lossless, generate_uid

from benchmarks.memory import peak_mib

__all__ = ["add_arguments", "run"]

_MIB = 2**20


class Reading(NamedTuple):
    """One reading: seconds, and the process's peak memory in MiB, whole and beyond what its imports took."""

    seconds: float
    peak: float
    growth: float


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add this benchmark's options."""
    parser.add_argument("--size", type=int, default=512, help="rows and columns (default: 512)")
    parser.add_argument("--slices", type=int, default=600, help="default: 600")
    parser.add_argument("--runs", type=int, default=3, help="readings of each, of which the median counts (default: 3)")
    parser.add_argument("--syntax", choices=["plain", "jpeg2000", "both"], default="both", help="default: both")
    parser.add_argument("--child", nargs=2, metavar=("READER", "FOLDER"), help=argparse.SUPPRESS)


def run(options: argparse.Namespace) -> None:
    """Make the series, read them in turns, print a table."""
    if options.child:
        _child(*options.child)
        return
    volume = options.size**2 * options.slices * 4 / _MIB
    readers = [name for name, needs in (("acd_monai", ""), ("ITKReader", "itk"), ("SimpleITK", "")) if _there(needs)]
    print(
        f"CT {options.size} x {options.size} x {options.slices}, {volume:.0f} MiB as float32; {options.runs} runs each"
    )
    if "ITKReader" not in readers:
        print("ITKReader is left out: the package itk is not installed (pip install itk-io)")
    print("peak: of the whole process, imports included; growth: beyond the imports")
    print(
        f"{'series':10} {'reader':10} {'median s':>9} {'min-max s':>14} {'peak MiB':>9} {'growth MiB':>11} "
        f"{'x volume':>9}"
    )
    for syntax in ["plain", "jpeg2000"] if options.syntax == "both" else [options.syntax]:
        with tempfile.TemporaryDirectory(prefix="acd_monai_benchmark_") as folder:
            _write_series(Path(folder), options.size, options.slices, syntax == "jpeg2000")
            readings: dict[str, list[Reading]] = {name: [] for name in readers}
            for _ in range(options.runs):
                for name in readers:
                    readings[name].append(_measure(name, folder))
        for name, results in readings.items():
            seconds = [result.seconds for result in results]
            peak = statistics.median(result.peak for result in results)
            growth = statistics.median(result.growth for result in results)
            spread = f"{min(seconds):.2f}-{max(seconds):.2f}"
            print(
                f"{syntax:10} {name:10} {statistics.median(seconds):9.2f} {spread:>14} {peak:9.0f} {growth:11.0f} "
                f"{growth / volume:9.2f}"
            )


def _there(package: str) -> bool:
    return not package or find_spec(package) is not None


def _measure(reader: str, folder: str) -> Reading:
    command = [sys.executable, "-W", "ignore", sys.argv[0], "read", "--child", reader, folder]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode:
        sys.exit(f"{reader} failed: {done.stderr.strip()[-500:]}")
    return Reading(*json.loads(done.stdout.splitlines()[-1]))


def _child(reader: str, folder: str) -> None:
    """Read once and print seconds and peak memory."""
    read = {"acd_monai": _study_reader, "ITKReader": _itk_reader, "SimpleITK": _simple_itk}[reader]()
    before = peak_mib()
    start = time.perf_counter()
    shape = read(folder)
    seconds = time.perf_counter() - start
    if int(np.prod(shape)) < 1:
        sys.exit("nothing was read")
    print(json.dumps([seconds, peak_mib(), peak_mib() - before]))


def _study_reader() -> Callable[[str], tuple[int, ...]]:
    from monai.transforms import LoadImage

    from acd_monai.data import StudyReader

    load = LoadImage(reader=StudyReader(), ensure_channel_first=True)
    return lambda folder: tuple(load(folder).shape)


def _itk_reader() -> Callable[[str], tuple[int, ...]]:
    import itk
    from monai.data import ITKReader
    from monai.transforms import LoadImage

    itk.GDCMSeriesFileNames  # noqa: B018  (itk imports lazily: that is not the reader's time)
    itk.imread  # noqa: B018
    load = LoadImage(reader=ITKReader(), ensure_channel_first=True)
    return lambda folder: tuple(load(folder).shape)


def _simple_itk() -> Callable[[str], tuple[int, ...]]:
    import SimpleITK

    def read(folder: str) -> tuple[int, ...]:
        reader = SimpleITK.ImageSeriesReader()
        reader.SetFileNames(SimpleITK.ImageSeriesReader.GetGDCMSeriesFileNames(folder))
        return SimpleITK.GetArrayFromImage(reader.Execute()).astype(np.float32).shape

    return read


def _write_series(folder: Path, size: int, slices: int, compress: bool) -> None:
    """Write one file a slice, in processes of their own (JPEG 2000 takes its time)."""
    study, series = generate_uid(), generate_uid()
    write = partial(_write_slice, folder, size, slices, compress, study, series)
    with ProcessPoolExecutor() as pool:
        list(pool.map(write, range(slices), chunksize=20))


def _write_slice(folder: Path, size: int, slices: int, compress: bool, study: str, series: str, k: int) -> None:
    """Write one slice of a noisy ellipsoid in air: 12 bits, signed, -1024 to about 1000 HU after rescale."""
    x, y = np.meshgrid(np.linspace(-1, 1, size), np.linspace(-1, 1, size))
    z = 2.0 * k / max(1, slices - 1) - 1.0
    body = (x / 0.8) ** 2 + (y / 0.6) ** 2 + (z / 1.2) ** 2 < 1
    texture = 60 * np.sin(9 * x + 4 * z) * np.cos(7 * y) + np.random.default_rng(k).normal(0, 12, (size, size))
    stored = np.where(body, 1064 + texture, np.maximum(0, 12 + texture / 8)).astype(np.int16)
    dataset = Dataset()
    dataset.file_meta = FileMetaDataset()
    dataset.file_meta.TransferSyntaxUID = ExplicitVRLittleEndian
    dataset.SOPClassUID, dataset.SOPInstanceUID = CTImageStorage, generate_uid()
    dataset.StudyInstanceUID, dataset.SeriesInstanceUID = study, series
    dataset.PatientName, dataset.PatientID = "SYNTHETIC^PHANTOM", "PHANTOM-0001"
    dataset.Modality, dataset.SeriesNumber, dataset.InstanceNumber = "CT", 2, k + 1
    dataset.ImageType = ["ORIGINAL", "PRIMARY", "AXIAL"]
    dataset.ImagePositionPatient = [-180.0, -180.0, 0.7 * k]
    dataset.ImageOrientationPatient = [1, 0, 0, 0, 1, 0]
    dataset.PixelSpacing, dataset.SliceThickness = [0.7, 0.7], 0.7
    dataset.RescaleSlope, dataset.RescaleIntercept = 1, -1024
    dataset.Rows, dataset.Columns = stored.shape
    dataset.SamplesPerPixel, dataset.PhotometricInterpretation = 1, "MONOCHROME2"
    dataset.BitsAllocated, dataset.BitsStored, dataset.HighBit, dataset.PixelRepresentation = 16, 16, 15, 1
    dataset.PixelData = stored.tobytes()
    if compress:
        dataset.compress(JPEG2000Lossless, stored, encoding_plugin="pylibjpeg", generate_instance_uid=False)
    dataset.save_as(folder / f"IM{(k * 7919) % slices:05d}", enforce_file_format=True)
