"""The text of ``acd-monai inspect``."""

from __future__ import annotations

import math

from acd_monai.data.dicom import LeftOut
from acd_monai.data.file_facts import FileFacts
from acd_monai.data.inventory import FileEntry, Inventory, PatientEntry, SeriesEntry, StudyEntry, VolumeEntry
from acd_monai.reports import inventory_text

SPACING = (0.5, 0.5, 2.0)


def volume(case: str = "", reason: str = "", **values: object) -> VolumeEntry:
    facts: dict = {"kind": "volume", "size": (64, 48, 20), "spacing": SPACING, "plane": "axial", "flags": ()}
    return VolumeEntry(**{**facts, **values}, case=case, reason=reason)


def test_a_tree() -> None:
    series = (
        SeriesEntry(2, "", "MR", "HEAD", "t1", (volume("a_s2"),)),
        SeriesEntry(
            13, "", "MR", "", "ep2d", tuple(volume(f"a_s13_v{index:03d}", flags=("4-D",)) for index in range(30))
        ),
        SeriesEntry(None, "1.2.3", "", "HEAD", "", (volume(reason="a localizer", spacing=(1.0, 1.0, math.nan)),)),
        SeriesEntry(4, "", "MR", "HEAD", "t2", (volume("a_s4", "slice gaps are uneven", notes=("look",)),)),
    )
    pictures = [FileEntry(f"in/{name}.png", FileFacts("PNG", (8, 6), (), "RGB"), (name,)) for name in "abc"]
    files = (
        *pictures,
        FileEntry("in/x.nii", FileFacts("NIfTI", (3, 4, 5), (1.0, 1.0, 2.0), "RAS", ("tilted",)), ("x",)),
        FileEntry("in/y.nii", FileFacts("NIfTI", problem="the file is empty"), ("y",)),
    )
    left_out = (*(LeftOut(f"in/n{index}.txt", "not a DICOM file") for index in range(12)), LeftOut("in/s", "a SEG"))
    text = inventory_text(
        Inventory((PatientEntry(1, (StudyEntry("study-1a2b3c4d", series),)),), files, left_out), "in\ndomain: brain_mri"
    )
    assert (
        text
        == """\
in
domain: brain_mri

patient 1
  study-1a2b3c4d
    series 2   MR           HEAD          "t1"
      20 slices of 64 x 48  0.50 x 0.50 x 2.00 mm  axial
        read as volume a_s2
    series 13  MR           no body part  "ep2d"
      30 volumes of 20 slices of 64 x 48  0.50 x 0.50 x 2.00 mm  axial  4-D
        read as volume a_s13_v000 … a_s13_v029 (30 cases)
    no number  no modality  HEAD          no description
      UID 1.2.3
      20 slices of 64 x 48  1.00 x 1.00 x ? mm  axial
        not read: a localizer
    series 4   MR           HEAD          "t2"
      20 slices of 64 x 48  0.50 x 0.50 x 2.00 mm  axial
        WILL FAIL as a_s4: slice gaps are uneven
        note: look

files that are not DICOM
  in: 3 files  PNG    8 x 6                             RGB
    read as a … c (3 cases)
  in/x.nii     NIfTI  3 x 4 x 5  1.00 x 1.00 x 2.00 mm  RAS  tilted
    read as x
  in/y.nii     NIfTI
    WILL FAIL as y: the file is empty

left out: 13 files
  12 x not a DICOM file (such as in/n0.txt)
   1 x a SEG (in/s)

would be read: 32 volumes and 3 frames; 2 cases will fail
"""
    )


def test_nothing() -> None:
    assert inventory_text(Inventory((), (), ()), "empty") == "empty\n\nwould be read: nothing\n"
