"""Where the pixels of an `ImageVector` lie: in one array, or in files read when they are needed.

A store has a length, a `size` (height, width, channels), a `dtype`, and is read by rows. Whatever a
source can be got wrong in (shape, size, kind, damage) is refused here, when the store is made.
"""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, TypeVar

import numpy as np
import pandas as pd
from PIL import Image as pillow

from scitypes import pixels as px
from scitypes.errors import ImageError
from scitypes.lattice import ColorImage, GrayImage, Image, Scitype
from scitypes.pixels import Pixels

Size = tuple[int, int, int]
Result = TypeVar("Result")

_SHOWN = 5


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


@dataclass(frozen=True, eq=False)
class Files:
    paths: tuple[str, ...]
    size: Size
    dtype: np.dtype[Any]

    def __len__(self) -> int:
        return len(self.paths)

    def read(self, rows: Any) -> Pixels:
        chosen = [self.paths[i] for i in np.arange(len(self))[rows]]
        out = np.empty((len(chosen), *self.size), dtype=self.dtype)
        for i, path in enumerate(chosen):
            out[i] = self._pixels(path)
        return out

    def select(self, rows: Any) -> Files:
        chosen = tuple(self.paths[i] for i in np.arange(len(self))[rows])
        return Files(chosen, self.size, self.dtype)

    def _pixels(self, path: str) -> Pixels:
        found = _decoded_file(path, self.size[2])
        if found.shape != self.size or (found.dtype != np.uint8 and self.dtype == np.uint8):
            raise ImageError(
                f"{path} has changed since the vector was made",
                expected=f"{_size_text(self.size)}, {self.dtype}",
                received=f"{_size_text(found.shape)}, {found.dtype}",
                remedy="make the ImageVector anew",
                files=(path,),
            )
        return found if found.dtype == self.dtype else _as_float(found)


def store_of(source: Any, scitype: Scitype) -> InMemory | Files:
    if not scitype <= Image:
        raise ImageError(
            f"images can't be given the scitype {scitype}",
            expected="Image, GrayImage or ColorImage, with or without [height, width]",
            received=repr(scitype),
        )
    if isinstance(source, np.ndarray) and source.dtype.kind not in "OU":
        return InMemory(_from_array(source, scitype))
    cells, labels = _cells(source)
    if cells and all(isinstance(cell, str | os.PathLike) for cell in cells):
        return _from_files([os.path.abspath(cell) for cell in cells], scitype)
    return InMemory(_from_cells(cells, labels, scitype))


def _from_array(array: Pixels, scitype: Scitype) -> Pixels:
    what = f"the array of shape {array.shape}"
    if array.ndim == 3 and channels_asked(scitype) == 3:
        raise _wrong_shape(array, "(n, height, width, 3), to be a vector of ColorImage")
    if array.ndim not in (3, 4):
        raise _wrong_shape(array, "(n, height, width), or (n, height, width, 1 or 3)")
    pixels = array[..., np.newaxis] if array.ndim == 3 else array
    if pixels.shape[-1] not in (1, 3):
        raise _wrong_shape(array, "1 or 3 channels, in the last axis")
    channels = channels_asked(scitype) or pixels.shape[-1]
    demand_size((*pixels.shape[1:3], channels), scitype, what)
    pixels = px.with_channels(px.checked(pixels, what), channels, what)
    return np.array(pixels, order="C") if np.shares_memory(pixels, array) else pixels


def _from_cells(cells: list[Any], labels: Sequence[Any], scitype: Scitype) -> Pixels:
    _refuse_strangers(cells, labels)
    names = [f"image {label}" for label in labels]
    kinds = [_cell_size(cell, name) for cell, name in zip(cells, names, strict=True)]
    channels = _common(kinds, names, scitype)[2]
    arrays = [_cell_pixels(c, channels, n) for c, n in zip(cells, names, strict=True)]
    if any(array.dtype != np.uint8 for array in arrays):
        return px.checked(np.stack([_as_float(array) for array in arrays]))
    return np.stack(arrays)


def _cell_size(cell: Any, name: str) -> Size:
    if isinstance(cell, pillow.Image):
        return (cell.height, cell.width, px.channels_of(cell))
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


def _from_files(paths: list[str], scitype: Scitype) -> Files:
    headers = _each_file(paths, _header)
    kinds = [header[0] for header in headers]
    size = _common(kinds, paths, scitype)
    unsettled = [p for p, header in zip(paths, headers, strict=True) if header[1](size[2])]
    _each_file(unsettled, lambda path: _decoded_file(path, size[2]))
    wide = any(header[2] for header in headers)
    return Files(tuple(paths), size, np.dtype(np.float32 if wide else np.uint8))


def _header(path: str) -> tuple[Size, Any, bool]:
    with _opened(path) as image:
        size = (image.height, image.width, px.channels_of(image))
        doubt = {channels: px.needs_decoding(image, channels) for channels in (1, 3)}
        return size, doubt.get, px.is_float(image)


def _decoded_file(path: str, channels: int) -> Pixels:
    with _opened(path) as image:
        try:
            image.load()
        except (OSError, SyntaxError, ValueError) as error:
            raise _damaged(path, str(error)) from error
        return px.decoded(image, channels, path)


def _opened(path: str) -> pillow.Image:
    try:
        return pillow.open(path)
    except pillow.UnidentifiedImageError as error:
        raise _damaged(path, "not an image that Pillow can read") from error
    except (OSError, SyntaxError, ValueError) as error:
        raise _damaged(path, getattr(error, "strerror", None) or str(error)) from error


def _each_file(paths: list[str], act: Callable[[str], Result]) -> list[Result]:
    """The results of `act` on each path; the failures of all of them in one error."""
    results, failures = [], {}
    for path in paths:
        try:
            results.append(act(path))
        except ImageError as error:
            failures[path] = error
    if len(failures) == 1:
        raise next(iter(failures.values()))
    if failures:
        raise ImageError(
            f"{len(failures)} of {len(paths)} image files can't be used",
            expected="files with opaque images in a common format",
            received=_listed([str(error.failed) for error in failures.values()]),
            remedy="mend them or leave them out; they are listed in the error's `files`",
            files=tuple(failures),
        )
    return results


def _damaged(path: str, why: str) -> ImageError:
    return ImageError(
        f"{path} can't be read: {why}",
        expected="an image file",
        remedy="mend the file or leave it out",
        files=(path,),
    )


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
        remedy="for one image, put it into a list: [image]",
    )


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
            received=_listed(strange) if cells else "no elements",
            remedy="leave out the rows without an image"
            if cells
            else "give an array of shape (0, height, width) or (0, height, width, 3)",
        )


def _common(sizes: list[Size], names: Sequence[str], scitype: Scitype) -> Size:
    """The one size and number of channels of all images, or an error with sizes and counts."""
    flat = Counter(size[:2] for size in sizes)
    if len(flat) > 1:
        counts = flat.most_common()
        odd = next(n for n, size in zip(names, sizes, strict=True) if size[:2] != counts[0][0])
        raise ImageError(
            f"{len(sizes)} images of {len(flat)} different sizes can't be one vector",
            expected="images of one height and width",
            received=_listed([f"{h} × {w} ({n} of them)" for (h, w), n in counts])
            + f"; the first that differs is {odd}",
            remedy="resize them, image.resize((width, height)), or pad them to one size",
            sizes=dict(flat),
        )
    channels = channels_asked(scitype) or _one_kind(sizes)
    size = (*sizes[0][:2], channels)
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
        )
    return next(iter(kinds))


def demand_size(size: Size, scitype: Scitype, what: str) -> None:
    found = scitype_of_size(size)
    if not found <= scitype:
        raise ImageError(
            f"{what} can't be {scitype}: another size",
            expected=repr(scitype),
            received=repr(found),
            remedy="resize them, image.resize((width, height)); sizes are written [height, width]",
            sizes={size[:2]: 1},
        )


def channels_asked(scitype: Scitype) -> int | None:
    return 1 if scitype <= GrayImage else 3 if scitype <= ColorImage else None


def scitype_of_size(size: Sequence[int]) -> Scitype:
    height, width, channels = size
    return (GrayImage if channels == 1 else ColorImage)[height, width]


def _as_float(pixels: Pixels) -> Pixels:
    return pixels.astype(np.float32) / np.float32(255) if pixels.dtype == np.uint8 else pixels


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


def _size_text(size: Sequence[int]) -> str:
    return " × ".join(map(str, size))


def _listed(items: list[str]) -> str:
    more = f" and {len(items) - _SHOWN} more" if len(items) > _SHOWN else ""
    return "; ".join(items[:_SHOWN]) + more
