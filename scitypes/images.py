"""What an image is, and `ImageVector`: equally sized images in one array or in files.

Owns the scitype of a Pillow image and the vector of images; `imagestores.py` owns what is behind
it, `pixels.py` what a single array or Pillow image holds. Axes are (height, width), as in arrays.
Images are upright: an EXIF orientation counts in scitypes, sizes and pixels alike.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, overload

import numpy as np
import pandas as pd
from PIL import Image as pillow

from scitypes import pixels as px
from scitypes.errors import BadSelection, ImageError
from scitypes.imagefiles import Files
from scitypes.imagestores import (
    InMemory,
    channels_asked,
    checked_image,
    demand_size,
    scitype_of_size,
    store_of,
)
from scitypes.labels import objects
from scitypes.lattice import Image, Scitype, Vector, nonmissing
from scitypes.messages import counted
from scitypes.missingness import missing_mask
from scitypes.pixels import Pixels


def is_image(x: object) -> bool:
    """Whether `x` is a Pillow image in a gray or colour mode. Arrays are not, until coerced.

    >>> from PIL import Image
    >>> is_image(Image.new("RGB", (28, 28)))
    True
    """
    return isinstance(x, pillow.Image) and px.is_known(x)


def image_scitype(image: pillow.Image) -> Scitype:
    """`GrayImage[h, w]` or `ColorImage[h, w]`, by the mode and upright size of a Pillow image.

    >>> from PIL import Image
    >>> image_scitype(Image.new("RGB", (20, 10)))
    ColorImage[10, 20]
    """
    return scitype_of_size((*px.sides(image), px.channels_of(image)))


class ImageVector:
    """A vector of images of one size and kind, held as one array or read from files when needed.

    Args:
        source: one of
            an array `(n, h, w)`, `(n, h, w, 1)` or `(n, h, w, 3)`, uint8, uint16 or floats in
            [0, 1];
            a list, tuple or Series of Pillow images or of arrays `(h, w)`, `(h, w, 1 or 3)`;
            a list, tuple or Series of paths. Their headers are read now (each must exist, be an
            image and have the size of the others), their pixels whenever they are asked for, in
            several threads. A file that was written since the vector was made, by its length or
            time of writing, is refused when it is read.
        scitype: `Image` (the default: gray or colour as they are), `GrayImage` or `ColorImage`,
            with or without the size. Gray images become colour by repeating the channel; coloured
            ones become gray only if no pixel has a colour.
        size: `(height, width)` to resize all images to, whatever sizes they have; None, the
            default, takes images of one size only. Files are resized when they are read.
        resample: how, if `size` is given: "nearest", "bilinear", "bicubic" or "lanczos", as Pillow
            does it. An image that has the size already keeps its pixels, bit by bit.

    Images lie as they are seen: where EXIF data say that a picture was taken with the camera
    turned, its pixels are turned, and height and width are those of the upright picture.

    Floats are stored as uint8 if each is a 255th, else as float32. 16-bit values (uint16 arrays,
    images of mode I;16, gray files of 16 bits) are divided by 65535. Files of 16-bit colours, of
    which Pillow reads 8 bits, are refused, and so is uint16 up to 255, which may mean either. The
    array is copied, so that later changes to it do not reach the vector. An integer index gives a
    Pillow image; slices, index arrays and masks give an `ImageVector`.

    Raises:
        ImageError: the source is no image, has images of several sizes or kinds, transparent or
            missing pixels, several frames, or files that are missing or damaged (all of them are
            listed).

    >>> import numpy as np
    >>> images = ImageVector(np.zeros((5, 28, 28), dtype="uint8"))
    >>> images
    <ImageVector of 5 images, GrayImage[28, 28], uint8>
    >>> images.shape, images[0].size, len(images[1:3])
    ((5, 28, 28, 1), (28, 28), 2)
    """

    def __init__(
        self,
        source: Any,
        scitype: Scitype = Image,
        *,
        size: tuple[int, int] | None = None,
        resample: str = "bilinear",
    ) -> None:
        if isinstance(source, ImageVector):
            source = source._store
        resizing = None if size is None else px.Resizing(size, resample)
        self._store: InMemory | Files = store_of(source, scitype, resizing)

    @property
    def shape(self) -> tuple[int, int, int, int]:
        """`(n, height, width, channels)`."""
        return (len(self._store), *self._store.size)

    @property
    def dtype(self) -> np.dtype[Any]:
        """uint8 (0 to 255) or float32 (0 to 1), the same for all images and all readings."""
        return self._store.dtype

    @property
    def files(self) -> tuple[str, ...] | None:
        """The absolute paths, or None if the images are in memory."""
        return self._store.paths if isinstance(self._store, Files) else None

    def array(self, rows: Any = None) -> Pixels:
        """The pixels `(n_rows, height, width, channels)`, of all images or of some rows.

        Args:
            rows: None for all, a slice, an index array or a boolean mask.

        Raises:
            ImageError: files can't be read any more, or were written since; all are listed.
            BadSelection: there are no such rows.

        >>> import numpy as np
        >>> ImageVector(np.zeros((5, 28, 28), dtype="uint8")).array([0, 3]).shape
        (2, 28, 28, 1)
        """
        return self._store.read(slice(None) if rows is None else _index(rows, len(self)))

    def resized(self, size: tuple[int, int], resample: str = "bilinear") -> ImageVector:
        """The images in another size; those in files are still read, and resized, when needed.

        Args:
            size: `(height, width)`; proportions are not kept.
            resample: "nearest", "bilinear", "bicubic" or "lanczos", as Pillow does it.

        Raises:
            ImageError: what `size` or `resample` says is no such thing.

        >>> import numpy as np
        >>> ImageVector(np.zeros((5, 28, 28), dtype="uint8")).resized((14, 7))
        <ImageVector of 5 images, GrayImage[14, 7], uint8>
        """
        step = px.Resizing(size, resample)
        return self if step.size == self.shape[1:3] else _vector(self._store.resized(step))

    def __len__(self) -> int:
        return len(self._store)

    @overload
    def __getitem__(self, rows: int) -> pillow.Image: ...
    @overload
    def __getitem__(self, rows: Any) -> ImageVector: ...
    def __getitem__(self, rows: Any) -> pillow.Image | ImageVector:
        if isinstance(rows, int | np.integer) and not isinstance(rows, bool):
            return px.to_pillow(self.array([rows])[0])
        return _vector(self._store.select(_index(rows, len(self))))

    def __iter__(self) -> Iterator[pillow.Image]:
        return (self[row] for row in range(len(self)))

    def __array__(self, dtype: Any = None, copy: bool | None = None) -> Pixels:
        # Not np.array(..., copy=copy): NumPy 1 takes no None there.
        values = self.array()
        same = dtype is None or np.dtype(dtype) == values.dtype
        return values if same and not copy else values.astype(dtype or values.dtype)

    def __scitype__(self) -> Scitype:
        return Vector[scitype_of_size(self._store.size)]

    def __repr__(self) -> str:
        noun = "image" if len(self) == 1 else "images"
        kind = f"{scitype_of_size(self._store.size)}, {self.dtype}"
        files = ", read from files" if self.files is not None else ""
        return f"<ImageVector of {len(self)} {noun}, {kind}{files}>"


def as_images(x: Any, scitype: Scitype) -> ImageVector | pillow.Image:
    """What `coerce(x, GrayImage)` and its like do.

    A vector of images, however it is held, gives an `ImageVector` (itself if it is one already).
    One image, that is a Pillow image, an array `(h, w)` for `GrayImage` or `(h, w, 3)` for
    `ColorImage`, gives one Pillow image.

    Raises:
        ImageError: as `ImageVector`; or the size is not the one that `scitype` demands.
    """
    scitype = nonmissing(scitype)
    if isinstance(x, ImageVector):
        return x if x.__scitype__() <= Vector[scitype] else ImageVector(x, scitype)
    if isinstance(x, pillow.Image):
        return one_image(x, scitype)
    if isinstance(x, np.ndarray) and x.dtype.kind not in "OU" and _is_one(x, scitype):
        return one_image(px.to_pillow(checked_image(x, "the array")), scitype)
    return ImageVector(x, scitype)


def one_image(image: pillow.Image, scitype: Scitype, where: str = "the image") -> pillow.Image:
    """A Pillow image as one of the scitype: itself if it is one, else converted without loss.

    One that EXIF data turn is given back upright, without them.
    """
    if px.is_known(image) and image_scitype(image) <= scitype:
        return px.upright(image, where)
    channels = channels_asked(scitype) or px.channels_of(image)
    demand_size((*px.sides(image), channels), scitype, where)
    return px.to_pillow(px.decoded(image, channels, where))


def images_in_column(column: Any, scitype: Scitype) -> Any:
    """A column of a table as one of images; itself if it is one already.

    Pillow images and arrays in a Series give a Series of Pillow images, so that it can stay in its
    table; missing cells stay missing. An `ImageVector` gives one.

    Raises:
        ImageError: a cell, named by its row label, is no image or can't be had without loss.
    """
    if isinstance(column, ImageVector):
        return as_images(column, scitype)
    series = column if isinstance(column, pd.Series) else pd.Series(objects(column), dtype=object)
    gone = missing_mask(series)
    cells = list(series)
    images = [
        cell if absent else _image(cell, nonmissing(scitype), f"the image in row {label!r}")
        for cell, absent, label in zip(cells, gone, series.index, strict=True)
    ]
    if all(new is old for new, old in zip(images, cells, strict=True)):
        return column
    return pd.Series(objects(images), index=series.index, name=series.name, dtype=object)


def _image(cell: Any, scitype: Scitype, where: str) -> pillow.Image:
    if isinstance(cell, pillow.Image):
        return one_image(cell, scitype, where)
    if isinstance(cell, np.ndarray):
        made = as_images(cell, scitype)
        if isinstance(made, pillow.Image):
            return made
    raise ImageError(
        f"{where} is no image",
        expected="Pillow images, or arrays (height, width[, 3])",
        received=f"{type(cell).__name__}: {cell!r:.60}",
        remedy="open files first, PIL.Image.open(path), or keep paths apart as an ImageVector",
    )


def _vector(store: InMemory | Files) -> ImageVector:
    made = ImageVector.__new__(ImageVector)
    made._store = store
    return made


def _is_one(array: Pixels, scitype: Scitype) -> bool:
    return array.ndim == 2 or (
        array.ndim == 3 and array.shape[-1] == 3 and channels_asked(scitype) == 3
    )


def _index(rows: Any, n: int) -> Any:
    """What selects rows of `n` images, once it is known that they are there."""
    if isinstance(rows, slice):
        return rows
    index = np.asarray(rows)
    if index.size == 0 and index.dtype != bool:
        return index.astype(np.intp)
    if index.dtype == bool:
        wrong = [] if index.shape == (n,) else [f"a mask of shape {index.shape}"]
    elif index.dtype.kind in "iu" and index.ndim < 2:
        wrong = [str(row) for row in index.ravel() if not -n <= row < n]
    else:
        wrong = [ascii(rows)[:60]]
    if not wrong:
        return index
    raise BadSelection(
        f"There are no such rows among {counted(n, 'image')}.",
        expected=f"numbers from 0 to {n - 1}, or from -{n} to count from the end; a slice; or a "
        f"mask of {n} booleans"
        if n
        else "an empty slice, list or mask, since there are no images",
        received=", ".join(wrong[:5]) + (f" and {len(wrong) - 5} more" if len(wrong) > 5 else ""),
        remedy="len(images) says how many there are; images[:1] takes the first, if there is one",
    )
