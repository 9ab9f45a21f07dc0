from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import SimpleITK

from acd_monai.data.reader import read_volume
from acd_monai.errors import InputError


def image() -> SimpleITK.Image:
    made = SimpleITK.GetImageFromArray(np.arange(60, dtype=np.int16).reshape(5, 4, 3))
    made.SetSpacing((0.5, 0.75, 2.0))
    made.SetOrigin((10.0, 20.0, 30.0))
    made.SetDirection((0, 0, 1, 1, 0, 0, 0, 1, 0))
    return made


@pytest.mark.parametrize("name", ["a.nrrd", "a.mha", "a.mhd"])
def test_lps_becomes_ras(tmp_path: Path, name: str) -> None:
    SimpleITK.WriteImage(image(), str(tmp_path / name))
    volume = read_volume(tmp_path / name)
    assert volume.array.shape == (1, 3, 4, 5)
    for index in ((0, 0, 0), (2, 3, 4), (1, 0, 3)):
        x, y, z = image().TransformIndexToPhysicalPoint(index)
        np.testing.assert_allclose(volume.affine @ [*index, 1], [-x, -y, z, 1], atol=1e-9)
        assert volume.array[(0, *index)] == image()[index]


def test_sheared_nrrd_is_kept_exact(tmp_path: Path) -> None:
    header = (
        "NRRD0005\ntype: short\ndimension: 3\nspace: left-posterior-superior\nsizes: 2 2 2\n"
        "space directions: (1,0,0) (0,1,0) (0,0.5,2)\nkinds: domain domain domain\nendian: little\nencoding: raw\n"
        "space origin: (0,0,0)\n\n"
    )
    (tmp_path / "a.nrrd").write_bytes(header.encode() + np.arange(8, dtype="<i2").tobytes())
    volume = read_volume(tmp_path / "a.nrrd")
    np.testing.assert_allclose(volume.affine, [[-1, 0, 0, 0], [0, -1, -0.5, 0], [0, 0, 2, 0], [0, 0, 0, 1]])
    assert volume.warnings[0].startswith("sheared grid")


def test_what_is_refused(tmp_path: Path) -> None:
    (tmp_path / "empty.nrrd").write_bytes(b"")
    (tmp_path / "text.mha").write_text("hello")
    SimpleITK.WriteImage(image(), str(tmp_path / "a.mhd"))
    (tmp_path / "a.raw").unlink()
    SimpleITK.WriteImage(SimpleITK.JoinSeries([image(), image()]), str(tmp_path / "four.mha"))
    lying = (
        tmp_path / "lying.mha",
        b"NDims = 3\nDimSize = 1200 1200 1200\nElementType = MET_SHORT\nElementDataFile = LOCAL\n",
    )
    lying[0].write_bytes(lying[1])
    for kind in ("nrrd", "mha"):
        SimpleITK.WriteImage(image(), str(tmp_path / f"cut.{kind}"))
        (tmp_path / f"cut.{kind}").write_bytes((tmp_path / f"cut.{kind}").read_bytes()[:-30])
    for name, message in [
        ("cut.nrrd", "cannot be read"),
        ("cut.mha", "cannot be read"),
        ("empty.nrrd", "empty"),
        ("text.mha", "names no ElementDataFile"),
        ("a.mhd", "not one file beside it"),
        ("four.mha", "4 dimensions"),
        ("lying.mha", "the header declares"),
    ]:
        with pytest.raises(InputError, match=f"{name}: .*{message}"):
            read_volume(tmp_path / name)
