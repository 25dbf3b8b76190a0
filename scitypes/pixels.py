"""What arrays and Pillow images hold as pixels; nothing here knows vectors, files or scitypes.

Pixels are arrays (height, width, channels) with one channel (gray) or three (red, green, blue), of
uint8 from 0 to 255 or float32 from 0 to 1. 16-bit values, of arrays, images or files, are divided
by 65535 and never cut to 8 bits. They lie as the image is seen: an EXIF orientation is applied. A
conversion is exact or refused: transparency is never dropped, colour never turned to gray, a range
never guessed. Only resizing, which is asked for, makes new values.
"""

from __future__ import annotations

import struct
import zlib
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image as pillow

from scitypes.errors import ImageError, nearest

Pixels = NDArray[Any]
# What the decoders of Pillow raise for damaged files; some libraries behind it, RuntimeError.
DAMAGE = (
    *(OSError, SyntaxError, ValueError, RuntimeError, EOFError, IndexError),
    *(struct.error, zlib.error, pillow.DecompressionBombError),
)

_GRAY = frozenset({"1", "L", "LA", "La", "I", "I;16", "I;16L", "I;16B", "I;16N", "F"})
_COLOUR = frozenset({"RGB", "RGBX", "RGBA", "RGBa", "P", "PA", "CMYK", "YCbCr", "HSV", "LAB"})
_ALPHA = frozenset({"LA", "La", "PA", "RGBA", "RGBa"})
_FLOAT = frozenset({"I;16", "I;16L", "I;16B", "I;16N", "F"})
_ORIENTATION, _WIDTH, _HEIGHT = 0x0112, 0x0100, 0x0101  # tags of EXIF and TIFF
_EXIF = ("exif", "Raw profile type exif", "XML:com.adobe.xmp", "xmp")
_TURNS = {
    2: pillow.Transpose.FLIP_LEFT_RIGHT,
    3: pillow.Transpose.ROTATE_180,
    4: pillow.Transpose.FLIP_TOP_BOTTOM,
    5: pillow.Transpose.TRANSPOSE,
    6: pillow.Transpose.ROTATE_270,
    7: pillow.Transpose.TRANSVERSE,
    8: pillow.Transpose.ROTATE_90,
}
_LYING = frozenset({5, 6, 7, 8})
_JOINED = frozenset({"MPO", "PSD"})
_RESAMPLING = {
    "nearest": pillow.Resampling.NEAREST,
    "bilinear": pillow.Resampling.BILINEAR,
    "bicubic": pillow.Resampling.BICUBIC,
    "lanczos": pillow.Resampling.LANCZOS,
}
_WIDE = _FLOAT | {"I"}
_MAKE_GRAY = 'convert them, image.convert("L") or its like, if gray is what you want'


def upright(image: pillow.Image, where: str = "the image") -> pillow.Image:
    """The image as its EXIF orientation says it is seen; the very image if it is so already.

    Turned images come without their EXIF data, which would turn them again.

    Raises:
        ImageError: the image has to be turned and can't be decoded without loss.

    >>> from PIL import Image
    >>> image = Image.new("L", (4, 3))
    >>> image.getexif()[274] = 6
    >>> upright(image).size
    (3, 4)
    """
    if _orientation(image) not in _TURNS:
        return image
    load(image, where)  # a TIFF is turned by that
    if (turn := _TURNS.get(_orientation(image))) is None:
        return image
    turned = image.transpose(turn)
    for key in _EXIF:
        turned.info.pop(key, None)
    return turned


def sides(image: pillow.Image) -> tuple[int, int]:
    """Height and width of the upright image, found without decoding it."""
    if _orientation(image) not in _LYING:
        return image.height, image.width
    tags = getattr(image, "tag_v2", {})  # a TIFF may or may not have exchanged its sides already
    width, height = tags.get(_WIDTH, image.width), tags.get(_HEIGHT, image.height)
    return width, height


def _orientation(image: pillow.Image) -> int:
    """What EXIF, or XMP in its stead, says before the pixels are decoded; 1 is upright."""
    if image.format == "PNG" and not any(key in image.info for key in _EXIF):
        return 1
    try:
        # PngImageFile.getexif would decode the file, to look behind its pixels.
        return int(pillow.Image.getexif(image).get(_ORIENTATION, 1))
    except Exception:
        return 1  # like viewers: EXIF data that can't be read say nothing


def refuse_frames(image: pillow.Image, where: str) -> None:
    """Refuse animations and files of several pages, of which Pillow would give one.

    Further pictures beside the first, as phones keep them (format MPO), and the layers of
    Photoshop, which come joined, are no frames.

    Raises:
        ImageError: the image has more than one frame.
    """
    frames = 1 if image.format in _JOINED else _frames(image)
    if frames > 1:
        raise ImageError(
            f"{where} has {frames} frames",
            expected="one image",
            received=f"{image.format} of {frames} frames",
            remedy="choose one, image.seek(0), image.copy(); or take them all, "
            "[frame.copy() for frame in ImageSequence.Iterator(image)]; then save each as a file",
            frames=frames,
        )


def _frames(image: pillow.Image) -> int:
    try:
        return int(image.n_frames) if getattr(image, "is_animated", False) else 1
    except Exception:
        return 1  # a file that is closed or damaged: what its pixels say when they are read


def channels_of(image: pillow.Image) -> int:
    """1 for a Pillow image in a gray mode, 3 for one in a colour mode (palettes are colour).

    Raises:
        ImageError: the mode is none of the common ones.

    >>> from PIL import Image
    >>> channels_of(Image.new("LA", (28, 28))), channels_of(Image.new("P", (28, 28)))
    (1, 3)
    """
    if is_known(image):
        return 1 if image.mode in _GRAY else 3
    raise ImageError(
        f"a Pillow image of mode {image.mode!r} is neither gray nor colour here",
        expected=f"one of the modes {', '.join(sorted(_GRAY | _COLOUR))}",
        received=f"{image!r}",
        remedy='convert it, image.convert("RGB") or image.convert("L")',
        mode=image.mode,
    )


def is_known(image: pillow.Image) -> bool:
    """Whether the mode of a Pillow image is one of the common ones, gray or colour."""
    return image.mode in _GRAY or image.mode in _COLOUR


def is_float(image: pillow.Image) -> bool:
    """Whether the pixels of a Pillow image need more than 8 bits (modes "F" and "I;16")."""
    return image.mode in _FLOAT


def refuse_narrowed(image: pillow.Image, where: str) -> None:
    """Refuse 16-bit colours, of which Pillow keeps the upper 8 bits when it decodes them.

    Only an image that was opened and not yet decoded still tells.

    Raises:
        ImageError: the file holds more than Pillow would give.
    """
    if image.mode not in _WIDE and any(map(_is_wide, getattr(image, "tile", None) or ())):
        raise ImageError(
            f"{where} has channels of 16 bits, of which Pillow reads 8",
            expected="8-bit colours, or 16-bit grays",
            received=f"{image.format} of 16 bits per channel, mode {image.mode}",
            remedy="read it by a library that keeps them, and give the array (height, width, 3) of "
            'uint16; if 8 bits are enough, image.convert("RGB"), saved as a file of its own',
            mode=image.mode,
        )


def _is_wide(tile: Any) -> bool:
    """Whether a part of a file, as Pillow describes it to its decoder, is of 16 bits."""
    codec, settings = tile[0], tile[3]
    settings = settings if isinstance(settings, tuple) else (settings,)
    most = max((s for s in settings if isinstance(s, int)), default=0)
    return any(";16" in str(s) for s in settings) or (codec == "ppm" and most > 255)


def needs_decoding(image: pillow.Image, channels: int) -> bool:
    """Whether only the pixels, not the header, say if the image can be had with these channels."""
    changes = channels_of(image) == 3 and channels == 1
    return changes or _may_be_transparent(image) or image.mode in {"I", "F"}


def decoded(image: pillow.Image, channels: int, where: str) -> Pixels:
    """The pixels (height, width, channels) of an upright Pillow image, uint8 or float32.

    Args:
        image: any image of a common mode. 16-bit grays are divided by 65535.
        channels: 1 or 3. Gray becomes colour by repeating; colour becomes gray only where the three
            channels are equal in each pixel.
        where: how errors call the image, such as `"image 3"` or a path.

    Raises:
        ImageError: the image can't be had so without loss, or its file is damaged.
    """
    load(image, where)
    image = upright(image, where)
    if _may_be_transparent(image):
        image = _opaque(image, where)
    return with_channels(_own_pixels(image, where), channels, where)


def load(image: pillow.Image, where: str) -> None:
    """Decode an image that was opened and not yet read.

    Raises:
        ImageError: its file is damaged, holds more bits than Pillow would give, or frames.
    """
    refuse_narrowed(image, where)
    refuse_frames(image, where)
    try:
        image.load()
    except DAMAGE as error:
        raise ImageError(
            f"{where} can't be read: {error}",
            expected="an image file",
            remedy="mend the file or leave it out",
        ) from error


def with_channels(pixels: Pixels, channels: int, where: str) -> Pixels:
    """Pixels (..., 1 or 3) as pixels (..., channels), exactly."""
    if pixels.shape[-1] == channels:
        return pixels
    if channels == 3:
        return np.repeat(pixels, 3, axis=-1)
    gray = pixels[..., :1]
    coloured = (pixels != gray).any(axis=-1)
    if coloured.any():
        raise ImageError(
            f"{where} has colours and can't be a GrayImage",
            expected="pixels with equal red, green and blue",
            received=f"{int(coloured.sum())} of {coloured.size} pixels with unequal channels",
            remedy=f"say ColorImage, or {_MAKE_GRAY}",
        )
    return gray


def checked(array: Pixels, what: str = "the array") -> Pixels:
    """The array as pixel values: uint8 as they are, booleans as 0 and 255, floats in [0, 1].

    Floats become uint8 if each is a 255th (what `pixels / 255` gives), else float32. uint16 is
    divided by 65535, as 16-bit grays of Pillow and of files are, and is then such floats.

    Raises:
        ImageError: other dtypes, missing pixels, floats outside [0, 1], or uint16 that may as well
            mean 0 to 255.
    """
    if array.dtype == np.uint8:
        return array
    if array.dtype == np.bool_:
        return array.astype(np.uint8) * np.uint8(255)
    if array.dtype == np.uint16:
        return _compact(_of_16_bits(array, what))
    if array.dtype.kind != "f":
        raise _wrong_dtype(array, what)
    if array.size and not (array.min() >= 0 and array.max() <= 1):
        raise _out_of_range(array, what)
    return _compact(array)


def to_pillow(pixels: Pixels) -> pillow.Image:
    """One Pillow image from pixels (height, width, 1 or 3).

    Its mode is "L", "RGB", or "F" for float grays. Pillow has no float colours:
    those are rounded to 8 bits, for looking at.
    """
    if pixels.shape[-1] == 1:
        return pillow.fromarray(np.ascontiguousarray(pixels[..., 0]))
    if pixels.dtype != np.uint8:
        pixels = np.rint(pixels * 255).astype(np.uint8)
    return pillow.fromarray(np.ascontiguousarray(pixels))


@dataclass(frozen=True)
class Resizing:
    """How images are brought to one size; pixels of that size stay as they are, bit by bit.

    Attributes:
        size: height and width to come to.
        resample: "nearest", "bilinear", "bicubic" or "lanczos". All but "nearest" take the mean
            over what falls together where an image shrinks.

    Raises:
        ImageError: no size, or no such name.

    >>> Resizing((2, 4))(np.zeros((8, 8, 3), dtype="uint8")).shape
    (2, 4, 3)
    """

    size: tuple[int, int]
    resample: str = "bilinear"

    def __post_init__(self) -> None:
        object.__setattr__(self, "size", _as_size(self.size))
        if self.resample not in _RESAMPLING:
            raise ImageError(
                f"there is no way of resizing called {self.resample!r}",
                expected=", ".join(map(repr, _RESAMPLING)),
                received=repr(self.resample),
                remedy=nearest(self.resample, _RESAMPLING) or "leave it out, for 'bilinear'",
            )

    def __call__(self, pixels: Pixels, where: str = "the image") -> Pixels:
        """Pixels (height, width, 1 or 3) of any size as pixels of this one, of the same dtype."""
        if pixels.shape[:2] == self.size:
            return pixels
        if 0 in pixels.shape:
            raise ImageError(
                f"{where} has no pixels to be resized",
                expected="at least one pixel",
                received=f"{pixels.shape[0]} × {pixels.shape[1]}",
                remedy="leave it out",
            )
        if pixels.dtype == np.uint8:
            return np.asarray(self._done(to_pillow(pixels))).reshape(*self.size, -1)
        channels = [np.ascontiguousarray(c, dtype=np.float32) for c in np.moveaxis(pixels, -1, 0)]
        resized = [np.asarray(self._done(pillow.fromarray(c))) for c in channels]
        # "bicubic" and "lanczos" overshoot, and Pillow cuts 8-bit values only
        joined: Pixels = np.clip(np.stack(resized, axis=-1), 0, 1)
        return joined

    def _done(self, image: pillow.Image) -> pillow.Image:
        return image.resize(self.size[::-1], _RESAMPLING[self.resample])


def _as_size(size: Any) -> tuple[int, int]:
    pair = tuple(size) if isinstance(size, tuple | list | np.ndarray) else ()
    if [_is_side(side) for side in pair] != [True, True]:
        raise ImageError(
            f"images can't be resized to {size!r}",
            expected="size=(height, width), two whole numbers above 0",
            received=repr(size),
            remedy=f"size=({size}, {size})" if _is_side(size) else "size=(28, 28)",
        )
    return int(pair[0]), int(pair[1])


def _is_side(x: Any) -> bool:
    return isinstance(x, int | np.integer) and not isinstance(x, bool) and bool(x > 0)


def _compact(array: Pixels) -> Pixels:
    nearest = np.rint(array.astype(np.float32) * np.float32(255)).astype(np.uint8)
    kind = array.dtype.type
    steps = np.arange(256)
    divided = (steps / 255).astype(array.dtype)
    # `x * (1 / 255)` is as common as `x / 255` and differs from it in the last bit.
    multiplied = steps.astype(array.dtype) * kind(1 / 255)
    if ((array == divided[nearest]) | (array == multiplied[nearest])).all():
        return nearest  # type: ignore[no-any-return]
    return array.astype(np.float32)


def _may_be_transparent(image: pillow.Image) -> bool:
    return image.mode in _ALPHA or "transparency" in image.info


def _opaque(image: pillow.Image, where: str) -> pillow.Image:
    if image.mode in _WIDE:  # converting would cut it to 8 bits
        key = image.info["transparency"]
        _refuse_transparent(np.asarray(image) == key, where, _key_remedy(image, key))
        return image
    how = '.convert("LA").convert("RGBA")' if image.mode == "La" else '.convert("RGBA")'
    full = (image.convert("LA") if image.mode == "La" else image).convert("RGBA")
    remedy = (
        f"lay it on a background: rgba = image{how}; "
        'Image.alpha_composite(Image.new("RGBA", rgba.size, "white"), rgba).convert("RGB")'
    )
    _refuse_transparent(np.asarray(full.getchannel("A")) != 255, where, remedy)
    return full.convert("L" if channels_of(image) == 1 else "RGB")


def _key_remedy(image: pillow.Image, key: Any) -> str:
    white = 1 if image.mode == "F" else 65535
    return (
        f"say what lies behind: pixels = numpy.asarray(image); numpy.where(pixels == {key!r}, "
        f"pixels.dtype.type({white}), pixels) is white there"
    )


def _refuse_transparent(transparent: Pixels, where: str, remedy: str) -> None:
    if transparent.any():
        raise ImageError(
            f"{where} is transparent in places, and what lies behind is not known",
            expected="opaque pixels",
            received=f"{int(transparent.sum())} of {transparent.size} pixels with alpha below 255",
            remedy=remedy,
        )


def _own_pixels(image: pillow.Image, where: str) -> Pixels:
    if channels_of(image) == 3:
        return np.asarray(image if image.mode == "RGB" else image.convert("RGB"))
    values = np.asarray(image)
    if image.mode == "I":
        raise ImageError(
            f"{where} has the mode 'I' (32-bit integers), whose range is not known",
            expected="8-bit (mode L) or 16-bit (mode I;16) grays, or floats in [0, 1] (mode F)",
            received=f"integers from {values.min()} to {values.max()}",
            remedy="divide by the largest possible value: "
            "Image.fromarray((numpy.asarray(image) / 65535).astype('float32'))",
        )
    if values.dtype.itemsize == 2:
        values = _unit(values)
    elif image.mode == "F":
        checked(values, where)  # its range; the dtype stays what the header says
    else:
        values = checked(values, where)
    return values[..., np.newaxis]


def _unit(values: Pixels) -> Pixels:
    """16-bit values as float32 from 0 to 1, from which they can be had again."""
    return values.astype(np.float32) / np.float32(65535)


def _of_16_bits(array: Pixels, what: str) -> Pixels:
    """The array's 16-bit values from 0 to 1, unless they look like 8-bit ones in a wider dtype."""
    most = int(array.max()) if array.size else 0
    if 0 < most <= 255:
        raise ImageError(
            f"{what} is uint16 and may mean 0 to 65535 as well as 0 to 255",
            expected="uint8 (0 to 255), uint16 (0 to 65535) or floats in [0, 1]",
            received=f"uint16 with values up to {most}",
            remedy='if they mean 0 to 255, array.astype("uint8"); if 0 to 65535, '
            'array.astype("float32") / 65535',
        )
    return _unit(array)


def _wrong_dtype(array: Pixels, what: str) -> ImageError:
    received = f"an array of dtype {array.dtype} and shape {array.shape}"
    remedy = "an array of numbers is needed"
    if array.dtype.kind in "iu" and array.size:
        low, high = int(array.min()), int(array.max())
        received += f", values from {low} to {high}"
        remedy = "divide by the largest possible value, so that they lie in [0, 1]"
        if low >= 0 and high <= 255:
            remedy = f'if they mean 0 to 255, array.astype("uint8"); else {remedy}'
    return ImageError(
        f"{what} can't be read as images",
        expected="uint8 (0 to 255), uint16 (0 to 65535) or floats in [0, 1]",
        received=received,
        remedy=remedy,
    )


def _out_of_range(array: Pixels, what: str) -> ImageError:
    missing = np.isnan(array)
    outside = missing | (array < 0) | (array > 1)
    first = tuple(int(i) for i in np.argwhere(outside)[0])
    if missing.any():
        received, remedy = f"{int(missing.sum())} missing pixels (NaN)", "fill or drop them"
    else:
        received = f"values from {array.min():g} to {array.max():g}"
        remedy = "divide by the largest possible value (255 for 8-bit images: array / 255)"
    return ImageError(
        f"{what} can't be read as images",
        expected="floats in [0, 1] (or uint8 from 0 to 255)",
        received=f"{received}; the first at {list(first)}: {array[first]:g}",
        remedy=remedy,
    )
