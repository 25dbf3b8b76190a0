"""Machines as SavedModels that take raw rows or raw images and answer by name.

Who owns what: a model writes itself as a `tf.Module` over a dict of raw tensors (`Model.serving`);
this module knows only the machine's input schema, from which it makes the signatures: names, dtypes
and shapes of what a client sends. Loading the folder needs TensorFlow and none of our code.
"""

from __future__ import annotations

import json
import os
import re
import shutil
import tempfile
from collections.abc import Callable
from dataclasses import replace
from keyword import iskeyword
from pathlib import Path
from typing import TYPE_CHECKING, Any

import scitypes as st
from kerasflux.errors import NotExportable, NotFitted, StorageError
from scitypes.errors import Explained

if TYPE_CHECKING:
    from kerasflux.machines import Machine

_DESCRIPTION = "serving.json"


def export(mach: Machine, path: str | os.PathLike[str]) -> Path:
    """Write a fitted machine as a SavedModel that needs nothing but TensorFlow.

    The folder answers in two ways, with equal results. `served.serve(columns)`, of `served =
    tf.saved_model.load(path)` (to be kept: its functions do not keep their variables), takes one
    dict, keyed by the column names as they are. The signature `serving_default`, for TensorFlow
    Serving and its kin, takes them by keyword; where a name is no identifier (`"Sale Price"`), it
    is spelled with underscores there, as `serving.json` in the folder lists.

    - Trained on a table: one tensor `(n,)` per column, of string or int64 labels (float64 if they
      are floats), of float64 for `Continuous`, of int64 for `Count` (float64 where missing cells
      are taken). NaN is a missing number or float label, `""` and -2**63 are missing labels.
      Dates and times are strings as ISO 8601 has them, `""` where missing.
    - Trained on a matrix: `matrix`, float64 `(n, n_features)`.
    - Trained on images: `images`, uint8 `(n, h, w)` or `(n, h, w, 3)`.

    Image models have a second function and signature, `serve_encoded`, that takes the bytes of PNG
    or JPEG files of 8 bits per channel. They are decoded without EXIF data: pictures have to be
    upright. A classifier answers `labels` (n,), `probabilities` (n, K)
    and `classes` (K,); a regressor `predictions`. What the machine would refuse (an unseen label,
    an infinite number, a missing cell) fails in the graph too, naming the column.

    Args:
        mach: a fitted machine whose model, and each part of it, is exportable.
        path: the folder to write; an earlier export there is replaced, once the new one is whole.

    Returns:
        The folder.

    Raises:
        NotFitted: nothing has been learned yet.
        NotExportable: a part can't be written as TensorFlow operations, or has no inputs to name.
        StorageError: `path` is something other than an earlier export or an empty folder.

    Example:
        >>> import kerasflux as kf, pandas as pd, tempfile, tensorflow as tf
        >>> X = pd.DataFrame({"a": [1.0, 2.0, 3.0, 4.0]})
        >>> mach = kf.machine(kf.NeuralNetworkRegressor(epochs=2), X, X["a"]).fit(verbosity=0)
        >>> served = tf.saved_model.load(export(mach, tempfile.mkdtemp()))
        >>> answer = served.serve({"a": tf.constant([2.0, 5.0], tf.float64)})
        >>> answer["predictions"].shape
        TensorShape([2])
    """
    target = Path(path)
    _refuse_foreign(target)
    module, description = _servable(mach)
    _write(module, description, target)
    return target


def _servable(mach: Machine) -> tuple[Any, dict[str, Any]]:
    """The `tf.Module` to save, and what `serving.json` says of it."""
    model, fitted, schema = _learned(mach)
    inner = model.serving(fitted)
    specs = _input_specs(schema, lambda name: _takes_gaps(model, schema, name))
    keywords = _identifiers(list(specs))
    module = _module(inner, specs, keywords, encoded=schema.container == "images")
    description = {
        "format": 1,
        "model": type(model).__name__,
        "inputs": {
            name: {
                "keyword": keywords[name],
                "dtype": spec.dtype.name,
                "shape": spec.shape.as_list(),
            }
            for name, spec in specs.items()
        },
        "input_schema": schema.to_json(),
    }
    return module, description


def _learned(mach: Machine) -> tuple[Any, Any, Any]:
    if mach.input_schema is None:
        raise NotFitted(
            "This machine can't be exported: it has learned nothing yet.",
            expected="a fitted machine",
            remedy="Call `mach.fit()` first.",
        )
    return mach.fitted_model, mach.fitted, mach.input_schema


def _module(inner: Any, specs: dict[str, Any], keywords: dict[str, str], encoded: bool) -> Any:
    import tensorflow as tf

    def serve(columns: dict[str, Any]) -> dict[str, Any]:
        return dict(inner(columns))

    traced = tf.function(serve, input_signature=[specs], autograph=False)

    def by_keyword(columns: dict[str, Any]) -> dict[str, Any]:
        return dict(traced({name: columns[keywords[name]] for name in specs}))

    named = {keywords[n]: tf.TensorSpec(s.shape, s.dtype, keywords[n]) for n, s in specs.items()}
    module = tf.Module()
    module.inner = inner  # owns the variables and tables that the functions use
    module.serve = traced  # which the others call, so that it is traced and written once
    module.by_keyword = tf.function(by_keyword, input_signature=[named], autograph=False)
    if encoded:
        module.serve_encoded = _decoding(traced, specs["images"])
    return module


def _decoding(serve: Any, spec: Any) -> Any:
    """`serve` over the bytes of PNG or JPEG files instead of arrays."""
    import tensorflow as tf

    height, width, *channels = spec.shape[1:]
    n_channels = channels[0] if channels else 1

    def decode(content: Any) -> Any:
        image = tf.io.decode_image(content, channels=0, expand_animations=False)
        image = tf.ensure_shape(image, [None, None, None])
        fits = tf.debugging.assert_equal(
            tf.shape(image)[:2], [height, width], f"images: expected {height} x {width} pixels"
        )
        image = _coloured(_opaque(_after(fits, image)), n_channels)
        return tf.reshape(image, spec.shape[1:])

    def serve_encoded(images: Any) -> dict[str, Any]:
        pixels = tf.map_fn(
            decode, images, fn_output_signature=tf.TensorSpec(spec.shape[1:], "uint8")
        )
        return dict(serve({"images": pixels}))

    signature = [tf.TensorSpec([None], tf.string, "images")]
    return tf.function(serve_encoded, input_signature=signature, autograph=False)


def _opaque(image: Any) -> Any:
    """An image without its alpha channel, which has to be opaque, as the machine wants it."""
    import tensorflow as tf

    n = tf.shape(image)[2]
    n_colours = n - (n + 1) % 2  # grey and colour have 1 and 3 channels, with alpha 2 and 4
    whole = tf.reduce_all(image[:, :, n_colours:] == 255)
    opaque = tf.debugging.assert_equal(whole, True, "images: expected no transparent pixels")
    return _after(opaque, image)[:, :, :n_colours]


def _coloured(image: Any, n_channels: int) -> Any:
    """Grey repeats for colour; colour is refused where grey is expected, as by the machine."""
    import tensorflow as tf

    n = tf.shape(image)[2]
    if n_channels == 3:
        return tf.repeat(image, 3 // n, axis=2)
    grey = tf.debugging.assert_equal(n, 1, "images: expected grey, received colour")
    return _after(grey, image)


def _after(assertion: Any, value: Any) -> Any:
    """The value, once the assertion holds: what depends on it would fail less clearly before."""
    import tensorflow as tf

    with tf.control_dependencies([assertion]):
        return tf.identity(value)


def _takes_gaps(model: Any, schema: Any, name: Any) -> bool:
    """Whether a model takes missing cells in a column: by its declaration, and that of its parts.

    The target is none of it, so only what is found of inputs counts.
    """
    if not st.Table(st.Missing) <= model.input_scitype:
        return False
    columns = tuple(
        replace(c, scitype=c.scitype | st.Missing) if c.name == name else c for c in schema.columns
    )
    try:
        model.judge_parts(replace(schema, columns=columns), None)
    except Explained:
        return False
    return True


def _input_specs(schema: Any, gaps: Callable[[Any], bool] = lambda name: False) -> dict[str, Any]:
    """What a client sends, from the fitted schema: a tensor specification for each input.

    Where the model takes missing cells (`gaps` of a column), counts are asked for as floats: no
    integer stands for a missing one.
    """
    import tensorflow as tf

    if schema.container == "images":
        return {"images": tf.TensorSpec([None, *_image_shape(schema.scitypes[0])], tf.uint8)}
    if schema.container == "matrix":
        return {"matrix": tf.TensorSpec([None, len(schema.names)], tf.float64)}
    names = [str(name) for name in schema.names]
    repeated = {name for name in names if names.count(name) > 1}
    if repeated:
        raise NotExportable(
            "The machine's columns have no names that a SavedModel could ask for.",
            expected="column names that differ as text",
            received=f"repeated: {sorted(repeated)}",
            remedy="Rename the columns, fit again, and export.",
        )
    columns = zip(schema.names, schema.scitypes, schema.pools, strict=True)
    return {str(n): tf.TensorSpec([None], _dtype(n, t, pool, gaps)) for n, t, pool in columns}


def _dtype(name: object, scitype: Any, pool: Any, gaps: Callable[[Any], bool]) -> str:
    kind = st.nonmissing(scitype)
    if kind != st.Never and kind <= st.ScientificTimeType | st.Textual:
        return "string"
    if pool is None:
        whole = scitype <= st.Count and not gaps(name)
        return "int64" if whole else "float64"
    if all(isinstance(level, str) for level in pool.levels):
        return "string"
    if all(isinstance(level, int) for level in pool.levels):
        return "int64"
    if all(isinstance(level, float) for level in pool.levels):  # of integers with missing cells
        return "float64"
    raise NotExportable(
        f"Column {name!r} can't be asked for by a SavedModel.",
        expected="labels that are all strings, all integers or all floats",
        received=f"levels {list(pool.levels)[:5]}",
        remedy="Turn the labels into strings, coerce the column again, fit and export.",
    )


def _image_shape(scitype: Any) -> list[int]:
    height, width = scitype.parameters
    return [height, width] if scitype <= st.GrayImage else [height, width, 3]


def _identifiers(names: list[str]) -> dict[str, str]:
    """Each name spelled as a keyword that TensorFlow accepts, all different.

    >>> _identifiers(["age", "Sale Price", "1st", "class"])
    {'age': 'age', 'Sale Price': 'Sale_Price', '1st': 'column_1st', 'class': 'column_class'}
    """
    spelled: dict[str, str] = {}
    taken = {name for name in names if _is_identifier(name)}
    for name in names:
        keyword = name if _is_identifier(name) else _free(_spelled(name), taken)
        spelled[name] = keyword
        taken.add(keyword)
    return spelled


def _is_identifier(name: str) -> bool:
    taken = iskeyword(name) or name == "self"  # by methods that TensorFlow passes keywords through
    return re.fullmatch(r"[A-Za-z][A-Za-z0-9_]*", name) is not None and not taken


def _spelled(name: str) -> str:
    word = re.sub(r"[^A-Za-z0-9_]", "_", name)
    return word if _is_identifier(word) else f"column_{word.lstrip('_')}"


def _free(keyword: str, taken: set[str]) -> str:
    candidates = [keyword, *(f"{keyword}_{i}" for i in range(2, len(taken) + 3))]
    return next(c for c in candidates if c not in taken)


def _refuse_foreign(target: Path) -> None:
    if not target.exists() or (target / _DESCRIPTION).exists():
        return
    if target.is_dir() and not any(target.iterdir()):
        return
    raise StorageError(
        f"Can't export to {str(target)!r}: there is something else.",
        expected="a new folder, an empty one, or an earlier export",
        received="a file" if target.is_file() else "a folder with other contents",
        remedy="Export to another path, or remove what is there.",
    )


def _write(module: Any, description: dict[str, Any], target: Path) -> None:
    """Save beside the target, then swap: a failure leaves an earlier export as it was."""
    import tensorflow as tf

    target.parent.mkdir(parents=True, exist_ok=True)
    fresh = Path(tempfile.mkdtemp(prefix=f".{target.name}-", dir=target.parent))
    try:
        signatures = {"serving_default": module.by_keyword}
        if hasattr(module, "serve_encoded"):
            signatures["serve_encoded"] = module.serve_encoded
        tf.saved_model.save(module, str(fresh), signatures=signatures)
        (fresh / _DESCRIPTION).write_text(json.dumps(description, indent=1), encoding="utf-8")
        if target.exists():
            shutil.rmtree(target)
        fresh.chmod(0o755)
        fresh.rename(target)
    finally:
        shutil.rmtree(fresh, ignore_errors=True)
