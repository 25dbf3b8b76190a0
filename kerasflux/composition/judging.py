"""Do the parts of a composite fit together? Judged by schemas, before anything is learned.

What a part gets is known from the schema of what comes before it (`Model.output_schema`); here that
is held against what the part declares, and a refusal names the part, each column, and what to put
in between.
"""

from __future__ import annotations

from collections.abc import Hashable, Iterator, Mapping
from typing import Any

import scitypes as st
from kerasflux.checks import imputing_path, kind
from kerasflux.errors import ScitypeMismatch
from kerasflux.interface import Model


def refuse_misfit(
    place: str, model: Model, schema: st.Schema, giver: str, argument: str = "X"
) -> None:
    """Refuse inputs (or a target) that a part of a composite does not take.

    Args:
        place: the part's dotted path.
        model: the part.
        schema: the schema of what it gets.
        giver: where that comes from, in words.
        argument: `"X"` or `"y"`.

    Raises:
        ScitypeMismatch: `columns` maps each offender to its scitype.
    """
    if argument == "X" and not schema.names:
        raise _no_columns(place, model, giver)
    allowed = model.input_scitype if argument == "X" else model.target_scitype
    found = offenders(schema, allowed)
    if not found:
        return
    what = "the target" if argument == "y" else f"what {giver} gives"
    raise ScitypeMismatch(
        f"The parts don't fit together: `{place}` ({kind(model)}) does not take {what}.",
        expected=f"{argument} of `{place}`: {allowed}",
        received="\n".join(f"{argument}[{name!r}]: {scitype}" for name, scitype in found.items()),
        remedy="\n".join(_remedies(place, model, argument, found, allowed)),
        columns=found,
        part=place,
    )


def _no_columns(place: str, model: Model, giver: str) -> ScitypeMismatch:
    return ScitypeMismatch(
        f"The parts don't fit together: {giver} leaves no column for `{place}` ({kind(model)}).",
        expected=f"X of `{place}`: at least one column",
        received="a table without columns",
        remedy=f"Let {giver} keep some (`features=`), or put a step before it that makes columns "
        "which it keeps, as `kf.DateTimeEncoder()` does of dates.",
        columns={},
        part=place,
    )


def offenders(schema: st.Schema, allowed: Any) -> dict[Hashable, Any]:
    """The columns that data of a scitype can't have, each with its scitype.

    >>> schema = st.schema({"a": [1.5, None], "b": [1, 2]})
    >>> offenders(schema, st.Table(st.Infinite))
    {'a': Continuous | Missing}
    """
    wrap = _WRAPS[schema.container]
    columns = zip(schema.names, schema.scitypes, strict=True)
    return {name: scitype for name, scitype in columns if not wrap(scitype) <= allowed}


_WRAPS: Mapping[str, Any] = {
    "table": st.Table,
    "matrix": lambda scitype: st.Matrix[scitype],
    "vector": lambda scitype: st.Vector[scitype],
    "images": lambda scitype: st.Vector[scitype],
}


def _remedies(
    place: str, model: Model, argument: str, found: Mapping[Hashable, Any], allowed: Any
) -> Iterator[str]:
    """What to do about the offenders, those with one remedy in one line."""
    advice: dict[str, list[Hashable]] = {}
    for name, scitype in found.items():
        advice.setdefault(_advice(place, model, argument, scitype, allowed), []).append(name)
    for text, names in advice.items():
        yield f"{text} ({', '.join(map(repr, names))})"


def _advice(place: str, model: Model, argument: str, found: Any, allowed: Any) -> str:
    plain = st.nonmissing(found)
    if argument == "y":
        return f"Give a target that `{place}` takes, or leave `{place}` out"
    if plain != found and plain != st.Never and _takes(plain, allowed):
        filled = ""
        if imputing := imputing_path(model):
            filled = f', or let it fill them: `{place}.{imputing} = "impute"`'
        return f"Fill missing cells before it: put `kf.FillImputer()` before `{place}`{filled}"
    if plain <= st.ScientificTimeType:
        return f"Make numbers of dates and times: put `kf.DateTimeEncoder()` before `{place}`"
    if plain <= st.Textual:
        return (
            f"Let the step before `{place}` make numbers of these texts, as encoders do in a "
            "`ColumnTransformer`, or leave them out there"
        )
    if plain <= st.Finite and _takes(st.Continuous, allowed):
        return (
            f"Make numbers of labels: put `kf.OneHotEncoder()` or `kf.ContinuousEncoder()` "
            f"before `{place}`"
        )
    if plain <= st.Count and _takes(st.Continuous, allowed):
        return (
            "Say that these numbers are Continuous: `X = kf.coerce(X, {kf.Count: kf.Continuous})`"
        )
    return (
        f"Leave these columns out, or put a step before `{place}` that makes of them what it takes"
    )


def _takes(scitype: Any, allowed: Any) -> bool:
    return any(wrap(scitype) <= allowed for wrap in _WRAPS.values())
