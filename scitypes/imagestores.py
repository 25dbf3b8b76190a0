"""Where the pixels of an `ImageVector` lie: in one array, or in files (see `imagefiles.py`).

A store has a length, a `size` (height, width, channels), a `dtype`, and is read by rows. Whatever a
source can be got wrong in (shape, size, kind, damage) is refused here, when the store is made.
"""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from PIL import Image as pillow

from scitypes import pixels as px
from scitypes.errors import ImageError
from scitypes.imagefiles import Files, Size, as_float, decoded_file, each, header, listed
from scitypes.lattice import ColorImage, GrayImage, Image, Scitype
from scitypes.pixels import Pixels, Resizing


@dataclass(frozen=True, eq=False)
class InMemory:
    pixels: Pixels

    @property
    def size(self) -> Size:
        return self.pixels.shape[1:]

    @property
    def dtype(self) -> np.dtype[Any]:
        return self.pixels.dtype

    def __len__(self) -> int:
        return len(self.pixels)

    def read(self, rows: Any) -> Pixels:
        return _frozen(self.pixels[rows])

    def select(self, rows: Any) -> InMemory:
        return InMemory(self.read(rows))

    def resized(self, step: Resizing) -> InMemory:
        if self.size[:2] == step.size:
            return self
        out = np.empty((len(self), *step.size, self.size[2]), dtype=self.dtype)
        for row, pixels in enumerate(self.pixels):
            out[row] = step(pixels, f"image {row}")
        return InMemory(out)


def store_of(source: Any, scitype: Scitype, resizing: Resizing | None = None) -> InMemory | Files:
    """The store of any source of images; that of another vector is taken over."""
    if not scitype <= Image:
        raise ImageError(
            f"images can't be given the scitype {scitype}",
            expected="Image, GrayImage or ColorImage, with or without [height, width]",
            received=repr(scitype),
        )
    steps = () if resizing is None else (resizing,)
    if isinstance(source, Files):
        return _from_files(list(source.paths), scitype, (*source.steps, *steps))
    if isinstance(source, InMemory):
        source = source.pixels
    if isinstance(source, np.ndarray) and source.dtype.kind not in "OU":
        return _from_array(source, scitype, resizing)
    cells, labels = _cells(source)
    if cells and all(isinstance(cell, str | os.PathLike) for cell in cells):
        return _from_files([os.path.abspath(cell) for cell in cells], scitype, steps)
    return InMemory(_from_cells(cells, labels, scitype, steps))


def _from_array(array: Pixels, scitype: Scitype, resizing: Resizing | None) -> InMemory:
    what = f"the array of shape {array.shape}"
    if array.ndim == 3 and channels_asked(scitype) == 3:
        raise _wrong_shape(array, "(n, height, width, 3), to be a vector of ColorImage")
    if array.ndim not in (3, 4):
        raise _wrong_shape(array, "(n, height, width), or (n, height, width, 1 or 3)")
    pixels = array[..., np.newaxis] if array.ndim == 3 else array
    if pixels.shape[-1] not in (1, 3):
        raise _wrong_shape(array, "1 or 3 channels, in the last axis")
    channels = channels_asked(scitype) or pixels.shape[-1]
    sides = resizing.size if resizing else pixels.shape[1:3]
    demand_size((*sides, channels), scitype, what)
    pixels = px.with_channels(px.checked(pixels, what), channels, what)
    if resizing and sides != pixels.shape[1:3]:
        return InMemory(pixels).resized(resizing)
    return InMemory(np.array(pixels, order="C") if np.shares_memory(pixels, array) else pixels)


def _from_cells(
    cells: list[Any], labels: Sequence[Any], scitype: Scitype, steps: tuple[Resizing, ...]
) -> Pixels:
    _refuse_strangers(cells, labels)
    names = [f"image {label}" for label in labels]
    kinds = [_cell_size(cell, name) for cell, name in zip(cells, names, strict=True)]
    channels = _common(kinds, names, scitype, steps)[2]
    arrays = [_cell_pixels(c, channels, n) for c, n in zip(cells, names, strict=True)]
    wide = any(array.dtype != np.uint8 for array in arrays)
    arrays = [as_float(array) for array in arrays] if wide else arrays
    for step in steps:
        arrays = [step(array, name) for array, name in zip(arrays, names, strict=True)]
    return px.checked(np.stack(arrays))


def _cell_size(cell: Any, name: str) -> Size:
    if isinstance(cell, pillow.Image):
        px.load(cell, name)
        return (*px.sides(cell), px.channels_of(cell))
    return checked_image(cell, name).shape


def _cell_pixels(cell: Any, channels: int, name: str) -> Pixels:
    if isinstance(cell, pillow.Image):
        return px.decoded(cell, channels, name)
    return px.with_channels(checked_image(cell, name), channels, name)


def checked_image(array: Pixels, what: str) -> Pixels:
    if array.ndim == 2:
        array = array[..., np.newaxis]
    if array.ndim != 3 or array.shape[-1] not in (1, 3):
        raise _wrong_shape(array, "one image: (height, width), or (height, width, 1 or 3)")
    return px.checked(array, what)


def _from_files(paths: list[str], scitype: Scitype, steps: tuple[Resizing, ...]) -> Files:
    headers = each(paths, header, str)
    size = _common([found.size for found in headers], paths, scitype, steps)
    found = zip(paths, headers, strict=True)
    unsettled = [path for path, head in found if size[2] in head.doubtful]
    each(unsettled, lambda path: _decode(path, size[2]), str)
    dtype = np.dtype(np.float32 if any(head.wide for head in headers) else np.uint8)
    return Files(tuple(paths), tuple(head.stamp for head in headers), size, dtype, steps)


def _decode(path: str, channels: int) -> None:
    decoded_file(path, channels)  # the pixels are not kept: that would be all of them


def _cells(source: Any) -> tuple[list[Any], Sequence[Any]]:
    if isinstance(source, pd.Series):
        return list(source), list(source.index)
    if isinstance(source, list | tuple | np.ndarray):
        return list(source), range(len(source))
    raise ImageError(
        f"{type(source).__name__} can't be read as a vector of images",
        expected="an array (n, height, width[, 1 or 3]), or a list or Series of Pillow images, "
        "of arrays or of paths",
        received=f"{type(source).__name__}: {source!r:.80}",
        remedy=_listing(source),
    )


def _listing(source: Any) -> str:
    """How what is no vector becomes a list: of a folder, a pattern, an iterator or one image.

    >>> _listing("photos/*.png")
    "sorted(Path('photos').glob('*.png')), with pathlib's Path"
    """
    if isinstance(source, Iterator):
        return "list(...) of it; of paths sorted(...), since their order is that of the labels"
    if isinstance(source, pd.DataFrame) and source.shape[1]:
        return f"take the column of the images: X[{source.columns[0]!r}]"
    if isinstance(source, str | os.PathLike):
        path = os.fspath(source)
        if os.path.isdir(path):
            listed = f"sorted(Path({path!r}).glob({_glob(path)!r})), with pathlib's Path"
            return f"{listed}; or images_from_directory({path!r}), with labels from its folders"
        folder, pattern = os.path.split(path)
        if isinstance(pattern, str) and "*" in pattern:
            return f"sorted(Path({folder or '.'!r}).glob({pattern!r})), with pathlib's Path"
    return "for one image, put it into a list: [image]"


def _glob(folder: str) -> str:
    """A pattern of the images in a folder, or in its folders, by their commonest ending."""
    known = pillow.registered_extensions()
    for start in ("*", "*/*"):
        endings = [path.suffix for path in sorted(Path(folder).glob(start))]
        if images := [ending for ending in endings if ending.lower() in known]:
            return start + max(images, key=images.count)
    return "*.png"


def _refuse_strangers(cells: list[Any], labels: Sequence[Any]) -> None:
    strange = [
        f"{type(cell).__name__} at {label!r}"
        for cell, label in zip(cells, labels, strict=True)
        if not isinstance(cell, pillow.Image | np.ndarray)
    ]
    if strange or not cells:
        raise ImageError(
            f"{len(strange)} of {len(cells)} elements are not images"
            if cells
            else "an empty list says neither size nor kind of its images",
            expected="Pillow images, arrays (height, width[, 1 or 3]), or paths in every place",
            received=listed(strange) if cells else "no elements",
            remedy="leave out the rows without an image"
            if cells
            else "give an array of shape (0, height, width) or (0, height, width, 3)",
        )


def _common(
    sizes: list[Size], names: Sequence[str], scitype: Scitype, steps: tuple[Resizing, ...]
) -> Size:
    """The one size and number of channels of all images, or an error with sizes and counts."""
    flat = Counter(size[:2] for size in sizes)
    if len(flat) > 1 and not steps:
        counts = flat.most_common()
        odd = next(n for n, size in zip(names, sizes, strict=True) if size[:2] != counts[0][0])
        raise ImageError(
            f"{len(sizes)} images of {len(flat)} different sizes can't be one vector",
            expected="images of one height and width",
            received=listed([f"{h} × {w} ({n} of them)" for (h, w), n in counts])
            + f"; the first that differs is {odd}",
            remedy=f"resize them, ImageVector(images, size={counts[0][0]}), or pad them "
            "to one size",
            sizes=dict(flat),
        )
    channels = channels_asked(scitype) or _one_kind(sizes)
    size = (*(steps[-1].size if steps else sizes[0][:2]), channels)
    demand_size(size, scitype, f"the {len(sizes)} images")
    return size


def _one_kind(sizes: list[Size]) -> int:
    kinds = Counter(size[2] for size in sizes)
    if len(kinds) > 1:
        raise ImageError(
            "gray and coloured images are mixed",
            expected="images of one kind",
            received=f"{kinds[1]} gray and {kinds[3]} coloured",
            remedy="say which: coerce(images, ColorImage) repeats the gray channel",
            kinds={GrayImage: kinds[1], ColorImage: kinds[3]},
        )
    return next(iter(kinds))


def demand_size(size: Size, scitype: Scitype, what: str) -> None:
    found = scitype_of_size(size)
    if not found <= scitype:
        raise ImageError(
            f"{what} can't be {scitype}: another size",
            expected=repr(scitype),
            received=repr(found),
            remedy="resize them, ImageVector(images, size=(height, width)), or ask for what they "
            "are; sizes are written [height, width]",
            sizes={size[:2]: 1},
        )


def channels_asked(scitype: Scitype) -> int | None:
    return 1 if scitype <= GrayImage else 3 if scitype <= ColorImage else None


def scitype_of_size(size: Sequence[int]) -> Scitype:
    height, width, channels = size
    return (GrayImage if channels == 1 else ColorImage)[height, width]


def _frozen(pixels: Pixels) -> Pixels:
    view = pixels.view()
    view.flags.writeable = False
    return view


def _wrong_shape(array: Pixels, expected: str) -> ImageError:
    remedy = "for a vector of one image, array[None]"
    if array.ndim == 4 and array.shape[1] in (1, 3):
        remedy = "if the channels come first, array.transpose(0, 2, 3, 1)"
    elif array.ndim == 4 and array.shape[-1] == 4:
        remedy = "if the fourth channel is alpha and opaque, array[..., :3]"
    elif array.ndim == 3 and expected.endswith("ColorImage"):
        remedy = "gray images (n, height, width) are GrayImage"
    return ImageError(
        f"an array of shape {array.shape} can't be read as images",
        expected=expected,
        received=f"shape {array.shape}, dtype {array.dtype}",
        remedy=remedy,
    )
