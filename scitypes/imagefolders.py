"""Image vectors of folders: one folder per label, files read when they are needed."""

from __future__ import annotations

from os import PathLike
from typing import Any

from scitypes.lattice import Image, Scitype


def images_from_directory(
    path: str | PathLike[str],
    scitype: Scitype = Image,
    *,
    labels: str | None = "folders",
    pattern: str | None = None,
    size: tuple[int, int] | None = None,
    resample: str = "bilinear",
) -> Any:
    """The images in a folder, with the names of its folders as labels."""
    raise NotImplementedError
