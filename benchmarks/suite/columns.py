"""Types of columns: what it costs to find and to change them, beside the pass that pandas makes.

Each bar names that pass: reading every cell once (`isna`, `infer_dtype`) or giving codes to every
cell (`astype("category")`). Woodwork and pandera stand beside them where they are installed and
work. Whatever is converted has to come out the same on all sides.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

import scitypes as st
from suite.records import OURS, Bar, Below, Comparison, Line, NotSlower
from suite.timing import Effort, in_turn, missing, per_epoch

ROWS = 1_000_000  # with little effort too: the bars are about so many
KINDS = {"float": 20, "integer": 10, "category": 15, "datetime": 5}
LABELS = 12
HOW = "Calls repeated for {seconds:g} s, per call; our line is {ours}."


@dataclass(frozen=True)
class Side:
    """A way to do the work.

    Attributes:
        name: of the line.
        call: what is timed.
        bar: what the project promises.
        note: why it can't be timed; empty if it can.
        answer: what the result is compared by, if at all.
    """

    name: str
    call: Callable[[], Any]
    bar: Bar | None = None
    note: str = ""
    answer: Callable[[Any], Any] | None = None


def schema_wide(effort: Effort) -> list[Comparison]:
    """The schema of a table of columns whose dtype says what they are."""
    df = _wide(ROWS)
    gaps = [column for _, column in df.items() if not pd.api.types.is_integer_dtype(column.dtype)]
    sides = [
        Side(OURS, lambda: st.schema(df), Below(50, "ms")),
        Side("isna of what can have gaps", lambda: [c.isna() for c in gaps], NotSlower(1.5)),
        _pandera("pandera.infer_schema", lambda pandera: pandera.infer_schema(df)),
        _woodwork("woodwork, df.ww.init", lambda woodwork: _initialised(df)),
    ]
    kinds = ", ".join(f"{n} {kind}" for kind, n in KINDS.items())
    title = f"Schema of {len(df):,} rows × {df.shape[1]} columns ({kinds})"
    return [_compared(title, "scitypes.schema(df), distinct values not asked for", sides, effort)]


def schema_objects(effort: Effort) -> list[Comparison]:
    """The schema of texts, whose cells have to be looked at."""
    return [_schema_of_texts(effort, gaps) for gaps in (False, True)]


def _initialised(df: pd.DataFrame) -> pd.DataFrame:
    fresh = df.copy(deep=False)
    fresh.ww.init()
    return fresh


def _schema_of_texts(effort: Effort, gaps: bool) -> Comparison:
    texts = _texts(ROWS, gaps)
    infer = pd.api.types.infer_dtype
    sides = [
        Side(OURS, lambda: st.schema(texts)),
        Side("infer_dtype(skipna=True)", lambda: infer(texts, skipna=True), NotSlower(1.5)),
        _pandera("pandera, str column", _validating(texts, str)),
        _woodwork("woodwork, init_series", lambda woodwork: woodwork.init_series(texts)),
    ]
    title = f"Schema of {len(texts):,} texts of dtype object{_gaps(gaps)}"
    return _compared(title, "scitypes.schema(series)", sides, effort)


def coerce_classes(effort: Effort) -> list[Comparison]:
    """Texts and integers as classes."""
    n = ROWS
    columns = {
        "texts of dtype object": _texts(n),
        "texts of dtype object, 1 % missing": _texts(n, gaps=True),
        f"texts of dtype {pd.Series(['a']).astype('str').dtype}": _texts(n).astype("str"),
        "integers": pd.Series(_draw().integers(0, LABELS, n)),
    }
    return [_classes(f"{n:,} {name} to Multiclass", c, effort) for name, c in columns.items()]


def _classes(title: str, column: pd.Series, effort: Effort) -> Comparison:
    how = {"logical_type": "Categorical"}
    sides = [
        Side(OURS, lambda: st.coerce(column, st.Multiclass, verbosity=0), answer=_cells),
        Side('astype("category")', lambda: column.astype("category"), NotSlower(1.2), "", _cells),
        _pandera("pandera, coerce=True", _validating(column, "category", coerce=True), _cells),
        _woodwork("woodwork, init_series", lambda woodwork: woodwork.init_series(column, **how)),
    ]
    return _compared(title, "scitypes.coerce(series, Multiclass, verbosity=0)", sides, effort)


def coerce_floats(effort: Effort) -> list[Comparison]:
    """Floats to floats, which are given back as they are."""
    column = pd.Series(_draw().normal(size=ROWS))
    how = {"logical_type": "Double"}
    sides = [
        Side(OURS, lambda: st.coerce(column, st.Continuous), answer=lambda x: x is column),
        Side("isna", lambda: column.isna(), NotSlower(2), "", lambda x: True),
        _pandera("pandera, coerce=True", _validating(column, float, coerce=True)),
        _woodwork("woodwork, init_series", lambda woodwork: woodwork.init_series(column, **how)),
    ]
    title = f"{len(column):,} floats to Continuous, the very column coming back"
    return [_compared(title, "scitypes.coerce(series, Continuous)", sides, effort)]


# data


def _draw() -> np.random.Generator:
    return np.random.default_rng(0)


def _wide(n: int) -> pd.DataFrame:
    draw = _draw()
    labels = [f"class {k}" for k in range(LABELS)]
    make: dict[str, Callable[[], Any]] = {
        "float": lambda: draw.normal(size=n),
        "integer": lambda: draw.integers(0, 1000, n),
        "category": lambda: pd.Categorical.from_codes(draw.integers(0, LABELS, n), labels),
        "datetime": lambda: np.datetime64("2020-01-01", "ns") + draw.integers(0, 10**17, n),
    }
    return pd.DataFrame({f"{k}{i}": make[k]() for k, count in KINDS.items() for i in range(count)})


def _texts(n: int, gaps: bool = False) -> pd.Series:
    """Short texts of dtype object, each hundredth missing if there are to be gaps."""
    labels = np.array([f"class {k}" for k in range(LABELS)], dtype=object)
    texts = labels[_draw().integers(0, LABELS, n)]
    if gaps:
        texts[::100] = None
    return pd.Series(texts, dtype=object)


def _gaps(gaps: bool) -> str:
    return ", 1 % missing" if gaps else ""


def _cells(column: pd.Series) -> list[Any]:
    """What a categorical column holds: its levels, and the place of each cell among them."""
    return [list(column.cat.categories), column.cat.codes.tolist()]


# others


def _pandera(
    name: str, call: Callable[[Any], Any], answer: Callable[[Any], Any] | None = None
) -> Side:
    return _other(name, "pandera", "pandera.pandas", call, answer)


def _validating(column: pd.Series, dtype: Any, coerce: bool = False) -> Callable[[Any], Any]:
    def validate(pandera: Any) -> Any:
        return pandera.SeriesSchema(dtype, nullable=True, coerce=coerce).validate(column)

    return validate


def _woodwork(name: str, call: Callable[[Any], Any]) -> Side:
    """Woodwork, unless it forgets at once the types that it finds, as it does under pandas 3."""
    side = _other(name, "woodwork", "woodwork", call)
    if side.note:
        return side
    import woodwork

    try:
        kept = woodwork.init_series(pd.Series([0.5])).ww.schema is not None
    except Exception:
        kept = False
    if kept:
        return side
    versions = f"woodwork {woodwork.__version__} with pandas {pd.__version__}"
    return Side(name, side.call, note=f"{versions} keeps no types")


def _other(
    name: str,
    package: str,
    module: str,
    call: Callable[[Any], Any],
    answer: Callable[[Any], Any] | None = None,
) -> Side:
    """A side that is done by another library; it says why if that can't be imported."""
    import importlib
    import warnings

    note, library = missing(package), None
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            library = None if note else importlib.import_module(module)
        except Exception as error:
            note = f"can't be imported: {type(error).__name__}: {error}"
    return Side(name, lambda: call(library), None, note, answer)


# clocks


def _compared(title: str, ours: str, sides: Sequence[Side], effort: Effort) -> Comparison:
    """Every side in turn, after a first call whose answers are compared."""
    lines = {side.name: Line(side.name, bar=side.bar, note=side.note) for side in sides}
    answers: dict[str, Any] = {}
    for side in (side for side in sides if not side.note):
        try:
            result = side.call()
        except Exception as error:
            if side.bar is not None or side.name == OURS:
                raise
            lines[side.name].note = f"fails: {type(error).__name__}: {error!s:.60}"
            continue
        if side.answer:
            answers[side.name] = side.answer(result)
    for name, answer in answers.items():
        lines[name].losses = [0.0 if answer == answers[OURS] else np.inf]
    able = [side for side in sides if not lines[side.name].note]
    for _, side in in_turn(able, effort.repeats):
        lines[side.name].values.append(1e3 * per_epoch(_times(side.call), effort.seconds))
    how = HOW.format(seconds=effort.seconds, ours=ours)
    return Comparison(title, "ms", list(lines.values()), how, "whether the answers differ")


def _times(call: Callable[[], Any]) -> Callable[[int], None]:
    def repeat(n: int) -> None:
        for _ in range(n):
            call()

    return repeat
