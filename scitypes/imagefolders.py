"""Image vectors of folders: one folder per label, files read when they are needed.

Owns which files of a folder are images and which label each has; `imagefiles.py` reads them. No
order is guessed: files are sorted by folder, then by name, as text, so that "10.png" comes before
"2.png".
"""

from __future__ import annotations

import os
from collections import Counter
from fnmatch import fnmatch
from os import PathLike
from pathlib import Path
from typing import Literal, NamedTuple, overload

import pandas as pd
from PIL import Image as pillow

from scitypes.errors import ImageError
from scitypes.images import ImageVector
from scitypes.lattice import ColorImage, Image, Scitype
from scitypes.messages import counted, warn

# What Pillow has an ending for and can't decode, or not without the help of other programs.
_NO_PIXELS = frozenset({"BUFR", "EPS", "GRIB", "HDF5", "MPEG", "WMF"})
_SHOWN = 5


class _Listing(NamedTuple):
    """The files below a folder, sorted: images, and what is left out."""

    images: list[Path]
    others: list[Path]
    hidden: int


@overload
def images_from_directory(
    path: str | PathLike[str],
    scitype: Scitype = ...,
    *,
    labels: Literal["folders"] = ...,
    pattern: str | None = ...,
    size: tuple[int, int] | None = ...,
    resample: str = ...,
) -> tuple[ImageVector, pd.Categorical]: ...
@overload
def images_from_directory(
    path: str | PathLike[str],
    scitype: Scitype = ...,
    *,
    labels: None,
    pattern: str | None = ...,
    size: tuple[int, int] | None = ...,
    resample: str = ...,
) -> ImageVector: ...
def images_from_directory(
    path: str | PathLike[str],
    scitype: Scitype = Image,
    *,
    labels: str | None = "folders",
    pattern: str | None = None,
    size: tuple[int, int] | None = None,
    resample: str = "bilinear",
) -> ImageVector | tuple[ImageVector, pd.Categorical]:
    """The images in the folders of a folder, and the names of those folders as labels.

    Files are taken in the order of their folders' names, then of their own, as text. Headers are
    read now, pixels when they are needed, as `ImageVector` does it. Of `photos/cat/1.jpg` and
    `photos/cat/indoors/2.jpg`, given `"photos"`, the label is `"cat"`. Hidden files and folders
    (`.name`) and files without the ending of an image are left out, with a warning that counts
    them.

    Args:
        path: the folder.
        scitype: `Image`, `GrayImage` or `ColorImage`, as for `ImageVector`.
        labels: `"folders"`, or None for the images alone, which may then lie in the folder itself
            too.
        pattern: which names of files are taken, such as `"*.png"`; nothing is told of others. None
            takes all with the ending of an image.
        size, resample: to resize the images when they are read, as for `ImageVector`.

    Returns:
        The images, and an unordered `pandas.Categorical` of as many labels, whose levels are the
        names of all folders in sorted order, folders without images included. Without labels, the
        `ImageVector` alone.

    Raises:
        ImageError: there is no such folder, no image in it, or images beside its folders, which
            have no label; or as `ImageVector` does, files by name.

    >>> from pathlib import Path
    >>> from PIL import Image
    >>> for name in ("dog/2.png", "cat/1.png", "cat/3.png"):
    ...     Path("photos", name).parent.mkdir(parents=True, exist_ok=True)
    ...     Image.new("RGB", (40, 30)).save(Path("photos", name))
    >>> images, labels = images_from_directory("photos", size=(15, 20))
    >>> images
    <ImageVector of 3 images, ColorImage[15, 20], uint8, read from files>
    >>> list(labels)
    ['cat', 'cat', 'dog']
    """
    if labels not in ("folders", None):
        raise ImageError(
            f"labels can't be had from {labels!r}",
            expected='labels="folders", or labels=None',
            received=repr(labels),
            remedy="with labels=None, take them from anywhere: the files are in images.files",
        )
    folder = _demanded(path)
    names = [name for name in sorted(os.listdir(folder)) if (folder / name).is_dir()]
    names = [name for name in names if not name.startswith(".")]
    beside = _listing(folder, sorted(set(os.listdir(folder)) - set(names)), pattern)
    below = {name: _walked(folder / name, pattern) for name in names}
    _refuse_none(folder, [beside, *below.values()], pattern)
    if labels is not None and beside.images:
        raise _without_label(folder, beside.images, names)
    parts = list(below.values()) if labels is not None else [beside, *below.values()]
    files = [file for part in parts for file in part.images]
    try:
        images = ImageVector(files, scitype, size=size, resample=resample)
    except ImageError as error:
        given = (path, scitype, labels, pattern, size, resample)
        raise _of_folder(error, *given) from error.__cause__
    _tell([beside, *below.values()])
    if labels is None:
        return images
    codes = [code for code, part in enumerate(parts) for _ in part.images]
    return images, pd.Categorical.from_codes(codes, categories=pd.Index(names, dtype=object))


def _walked(folder: Path, pattern: str | None) -> _Listing:
    """The files of a folder, then those of each folder in it."""
    whole = _Listing([], [], 0)
    for here, folders, files in os.walk(folder):
        hidden = sum(name.startswith(".") for name in folders)
        folders[:] = sorted(name for name in folders if not name.startswith("."))
        found = _listing(Path(here), sorted(files), pattern)
        whole = _Listing(
            whole.images + found.images,
            whole.others + found.others,
            whole.hidden + found.hidden + hidden,
        )
    return whole


def _listing(folder: Path, names: list[str], pattern: str | None) -> _Listing:
    visible = [name for name in names if not name.startswith(".")]
    hidden = len(names) - len(visible)
    if pattern is not None:
        return _Listing([folder / n for n in visible if fnmatch(n, pattern)], [], 0)
    endings = _endings()
    found: dict[bool, list[Path]] = {True: [], False: []}
    for name in visible:
        found[Path(name).suffix.lower() in endings].append(folder / name)
    return _Listing(found[True], found[False], hidden)


def _endings() -> frozenset[str]:
    """The endings of the formats that Pillow decodes by itself."""
    known = pillow.registered_extensions()
    formats = set(pillow.OPEN) - _NO_PIXELS
    return frozenset(ending for ending, name in known.items() if name in formats)


def _demanded(path: str | PathLike[str]) -> Path:
    folder = Path(path)
    if folder.is_dir():
        return folder
    what = "is a file" if folder.exists() else "does not exist"
    raise ImageError(
        f"{os.fspath(path)!r} is no folder of images: it {what}",
        expected="a folder with a folder of images per label",
        received=f"{folder.absolute()}",
        remedy="for files, ImageVector([path, ...]); a relative path starts at "
        f"{os.getcwd()!r}, where Python runs",
    )


def _refuse_none(folder: Path, found: list[_Listing], pattern: str | None) -> None:
    if any(part.images for part in found):
        return
    others = [file for part in found for file in part.others]
    received = counted(len(others), "file")
    received += f", none with an ending of an image: {_by_ending(others)}" if others else ""
    if pattern is not None:
        received = f"no file whose name is like {pattern!r}"
    raise ImageError(
        f"there are no images in {os.fspath(folder)!r}",
        expected="files with an ending of an image, such as .png or .jpg, in folders",
        received=received,
        remedy="name the folder above the folders of the labels; if the files are images under "
        'another ending, say which: pattern="*.img"',
    )


def _without_label(folder: Path, images: list[Path], names: list[str]) -> ImageError:
    lying = f"{counted(len(images), 'image')} in {os.fspath(folder)!r} itself"
    where = "which has no folders" if not names else f"beside {counted(len(names), 'folder')}"
    return ImageError(
        f"{lying} can't be labelled by {'its' if len(images) == 1 else 'their'} folder",
        expected="images in folders of that folder, one per label",
        received=f"{images[0].name!r}, {where}",
        remedy="labels=None takes all images without labels; else move them into folders, or name "
        "the folder above",
        files=tuple(map(str, images)),
    )


def _of_folder(
    error: ImageError,
    path: str | PathLike[str],
    scitype: Scitype,
    labels: str | None,
    pattern: str | None,
    size: tuple[int, int] | None,
    resample: str,
) -> ImageError:
    """The error with the call in its remedy that reads the folder: there are no `images` yet."""
    sides = getattr(scitype, "parameters", ())
    if error.data.get("kinds"):
        scitype = ColorImage[sides] if sides else ColorImage
        why = "say which, the gray channel is repeated"
    elif error.data.get("sizes"):
        sizes: dict[tuple[int, int], int] = error.data["sizes"]  # type: ignore[assignment]
        size = sides or max(sizes, key=lambda found: sizes[found])
        why = "resize them"
    else:
        return error
    said = [repr(os.fspath(path))] + ([] if scitype == Image else [repr(scitype)])
    said += [] if labels == "folders" else [f"labels={labels!r}"]
    said += [] if pattern is None else [f"pattern={pattern!r}"]
    said += [] if size is None else [f"size={size!r}"]
    said += [] if resample == "bilinear" else [f"resample={resample!r}"]
    error.remedy = f"{why}: images_from_directory({', '.join(said)})"
    return error


def _tell(found: list[_Listing]) -> None:
    others = [file for part in found for file in part.others]
    hidden = sum(part.hidden for part in found)
    parts = [f"{counted(len(others), 'file')} without the ending of an image: {_by_ending(others)}"]
    parts = parts if others else []
    parts += [f"{hidden} hidden"] if hidden else []
    if parts:
        warn(f"left out of the images: {'; '.join(parts)}. pattern= says which are meant")


def _by_ending(files: list[Path]) -> str:
    counts = Counter(file.suffix or "no ending" for file in files).most_common()
    shown = [f"{ending} ({n} of them)" for ending, n in counts[:_SHOWN]]
    return ", ".join(shown) + (f" and {len(counts) - _SHOWN} more" if len(counts) > _SHOWN else "")
