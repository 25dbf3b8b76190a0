"""Images in files: what their headers say, and their pixels, read when they are needed.

A `Files` is a promise that its files stay as they were when it was made. Each file is stamped then
(length and time of writing), and each reading compares: a file that is gone, damaged, of another
size or written since is refused by name, never read as what it is not. Files are decoded in several
threads, which Pillow's decoders allow. Sizes are those of upright images, as EXIF data turn them.
"""

from __future__ import annotations

import math
import os
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, replace
from typing import Any, TypeVar

import numpy as np
from PIL import Image as pillow

from scitypes import pixels as px
from scitypes.errors import ImageError
from scitypes.pixels import Pixels, Resizing

Size = tuple[int, int, int]
Stamp = tuple[int, int]
Item = TypeVar("Item")
Result = TypeVar("Result")

_SHOWN = 5
_BLOCK = 16  # files that a thread takes at a time
_MOST_THREADS = 8
_SMALL, _LARGE = 2**13, 2**18  # values per image


@dataclass(frozen=True, eq=False)
class Files:
    """Files of one kind, read as pixels of one size.

    Attributes:
        paths: absolute ones.
        stamps: lengths in bytes and times of writing.
        size: height, width and channels of what is read.
        dtype: uint8 or float32.
        steps: how images are resized when they are read, in this order; if there are none, the
            files have the size themselves.
    """

    paths: tuple[str, ...]
    stamps: tuple[Stamp, ...]
    size: Size
    dtype: np.dtype[Any]
    steps: tuple[Resizing, ...] = ()

    def __len__(self) -> int:
        return len(self.paths)

    def read(self, rows: Any) -> Pixels:
        chosen = np.arange(len(self))[rows].tolist()
        out = np.empty((len(chosen), *self.size), dtype=self.dtype)

        def fill(place: int) -> None:
            out[place] = self._pixels(chosen[place])

        paths = [self.paths[row] for row in chosen]
        each(range(len(chosen)), fill, paths.__getitem__, _threads(self.size))
        return out

    def select(self, rows: Any) -> Files:
        chosen = np.arange(len(self))[rows].tolist()
        paths, stamps = [self.paths[i] for i in chosen], [self.stamps[i] for i in chosen]
        return replace(self, paths=tuple(paths), stamps=tuple(stamps))

    def resized(self, step: Resizing) -> Files:
        return replace(self, size=(*step.size, self.size[2]), steps=(*self.steps, step))

    def _pixels(self, row: int) -> Pixels:
        path = self.paths[row]
        with _opened(path) as (image, stamp):
            said = px.sides(image)
            _load(image, path)
            if stamp != self.stamps[row] or not (self.steps or said == self.size[:2]):
                raise _changed(path, self.size, self.stamps[row], image, stamp)
            pixels = px.decoded(image, self.size[2], path)
        if pixels.shape[:2] != said:
            raise _turned_late(path, said, pixels)
        pixels = as_float(pixels) if self.dtype != np.uint8 else pixels
        for step in self.steps:
            pixels = step(pixels, path)
        return pixels


@dataclass(frozen=True)
class Header:
    """What is known of a file without decoding it.

    Attributes:
        size: height and width of the upright image, and channels as they are.
        doubtful: the numbers of channels for which only the pixels say if it can be had so.
        wide: whether its pixels need more than 8 bits.
        stamp: length and time of writing.
    """

    size: Size
    doubtful: tuple[int, ...]
    wide: bool
    stamp: Stamp


def header(path: str) -> Header:
    """Read the header of a file.

    Raises:
        ImageError: there is no such file, it is no image of a common mode, or it holds colours of
            16 bits or several frames.
    """
    with _opened(path) as (image, stamp):
        px.refuse_narrowed(image, path)
        px.refuse_frames(image, path)
        size = (*px.sides(image), px.channels_of(image))
        doubtful = tuple(c for c in (1, 3) if px.needs_decoding(image, c))
        return Header(size, doubtful, px.is_float(image), stamp)


def decoded_file(path: str, channels: int) -> Pixels:
    """The pixels of a file, uint8 or float32.

    Raises:
        ImageError: it is gone, damaged, or can't be had with these channels without loss.
    """
    with _opened(path) as (image, _):
        _load(image, path)
        return px.decoded(image, channels, path)


def _load(image: pillow.Image, path: str) -> None:
    try:
        image.load()
    except px.DAMAGE as error:
        raise _damaged(path, str(error)) from error


@contextmanager
def _opened(path: str) -> Iterator[tuple[pillow.Image, Stamp]]:
    with ExitStack() as stack:
        try:
            file = stack.enter_context(open(path, "rb"))
            status = os.fstat(file.fileno())
            image = stack.enter_context(pillow.open(file))
        except pillow.UnidentifiedImageError as error:
            raise _damaged(path, "not an image that Pillow can read") from error
        except px.DAMAGE as error:
            raise _damaged(path, getattr(error, "strerror", None) or str(error)) from error
        yield image, (status.st_size, status.st_mtime_ns)


def each(
    items: Sequence[Item],
    act: Callable[[Item], Result],
    path_of: Callable[[Item], str],
    threads: int = 1,
) -> list[Result]:
    """The results of `act` on each item, in order; all failures in one error.

    The threads have ended when this returns or raises, whatever it raises.
    """
    failures: dict[int, ImageError] = {}

    def attempt(place: int) -> Any:
        try:
            return act(items[place])
        except ImageError as error:
            failures[place] = error

    results = list(_in_threads(attempt, len(items), threads))
    if failures:
        raise _joined({path_of(items[i]): failures[i] for i in sorted(failures)}, len(items))
    return results


def _threads(size: Size) -> int:
    """How many threads read images of a size: for small ones the interpreter's lock costs more."""
    values = math.prod(size)
    most = min(os.cpu_count() or 1, _MOST_THREADS)
    return 1 if values < _SMALL else min(2, most) if values < _LARGE else most


def _in_threads(act: Callable[[int], Result], n: int, threads: int) -> Iterable[Result]:
    blocks = [range(start, min(start + _BLOCK, n)) for start in range(0, n, _BLOCK)]
    threads = min(threads, len(blocks))
    if threads < 2:
        return [act(i) for i in range(n)]
    pool = ThreadPoolExecutor(threads)
    try:
        parts = list(pool.map(lambda block: [act(i) for i in block], blocks))
    finally:
        pool.shutdown(cancel_futures=True)  # at an interrupt, what has not begun is left
    return [result for part in parts for result in part]


def _joined(failures: dict[str, ImageError], n: int) -> ImageError:
    if len(failures) == 1:
        return next(iter(failures.values()))
    return ImageError(
        f"{len(failures)} of {n} image files can't be used",
        expected="files with opaque images in a common format",
        received=listed([str(error.failed) for error in failures.values()]),
        remedy="mend them or leave them out; they are listed in the error's `files`",
        files=tuple(failures),
    )


def _damaged(path: str, why: str) -> ImageError:
    return ImageError(
        f"{path} can't be read: {why}",
        expected="an image file",
        remedy="mend the file or leave it out",
        files=(path,),
    )


def _changed(path: str, size: Size, stamp: Stamp, image: pillow.Image, new: Stamp) -> ImageError:
    found = f"{image.height} × {image.width}, mode {image.mode}"
    return ImageError(
        f"{path} has changed since the vector was made",
        expected=f"{size_text(size)}, {_stamp_text(stamp)}",
        received=f"{found}, {_stamp_text(new)}",
        remedy="make the ImageVector anew",
        files=(path,),
    )


def _turned_late(path: str, said: tuple[int, int], pixels: Pixels) -> ImageError:
    return ImageError(
        f"{path} says only after its pixels that they lie on their side",
        expected=f"an EXIF orientation ahead of the pixels, which seemed to be {size_text(said)}",
        received=f"{size_text(pixels.shape[:2])} once it was read",
        remedy="save it upright: ImageOps.exif_transpose(Image.open(path)).save(path)",
        files=(path,),
    )


def _stamp_text(stamp: Stamp) -> str:
    length, nanoseconds = stamp
    return f"{length} bytes written at {np.datetime64(nanoseconds, 'ns')} UTC"


def as_float(pixels: Pixels) -> Pixels:
    """Pixels as float32 from 0 to 1."""
    return pixels.astype(np.float32) / np.float32(255) if pixels.dtype == np.uint8 else pixels


def size_text(size: Sequence[int]) -> str:
    """A size in words: `28 × 28 × 1`."""
    return " × ".join(map(str, size))


def listed(items: list[str]) -> str:
    """The first few items, and how many more there are."""
    more = f" and {len(items) - _SHOWN} more" if len(items) > _SHOWN else ""
    return "; ".join(items[:_SHOWN]) + more
