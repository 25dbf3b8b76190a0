"""What there is to choose from: measures, by name, by trait, or by the data that they suit."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import pandas as pd

import scitypes as st
from kerasflux.errors import ArgumentError
from kerasflux.portraits import count, html_table, terminal_table
from kerasflux.predictions import UnivariateFinite, UnivariateFiniteVector
from kerasflux.scoring.base import Measure, without_missing
from kerasflux.scoring.labels import OfLabelColumns
from kerasflux.scoring.measures import MEASURES
from kerasflux.scoring.numbers import OfNumbers
from kerasflux.scoring.positives import OfPositives
from scitypes.errors import nearest

TRAITS = (
    *("name", "human_name", "orientation", "prediction", "target_scitype", "aggregation"),
    *("supports_weights", "supports_class_weights", "supports_per_observation", "gives_numbers"),
)
_OF_FEW = ("orientation", "prediction", "aggregation")
_HEAD = ("name", "orientation", "of", "parameters", "also")
_ALIASES = 3  # aliases that the table shows


class MeasureList(list[Measure]):
    """Measures: a list that prints as a table.

    Example:
        >>> found = measures("log loss")
        >>> found
        1 measure
        name       orientation   of              parameters   also
        log_loss   loss          distributions   tol          cross_entropy
    """

    def to_frame(self) -> pd.DataFrame:
        """One row per measure: its traits, parameters and aliases.

        Example:
            >>> measures(orientation="loss").to_frame().loc["rms", "aggregation"]
            'root_mean_square'
        """
        rows = [
            {
                **{trait: getattr(m, trait) for trait in TRAITS},
                "parameters": m.parameters,
                "aliases": m.aliases,
            }
            for m in self
        ]
        columns = [*TRAITS, "parameters", "aliases"]
        return pd.DataFrame(rows, columns=columns).set_index("name")

    def _rows(self) -> list[list[str]]:
        return [_row(m) for m in self]

    def __repr__(self) -> str:
        rows = [list(_HEAD), *self._rows()]
        widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
        lines = ["   ".join(map(str.ljust, row, widths)).rstrip() for row in rows]
        return "\n".join([self._title(), *(lines if self else [])])

    def __rich__(self) -> Any:
        return terminal_table(self._title(), _HEAD, self._rows())

    def _repr_html_(self) -> str:
        return html_table(self._title(), _HEAD, self._rows())

    def _title(self) -> str:
        return count(len(self), "measure")


def measures(*what: Any, **traits: Any) -> MeasureList:
    """The measures that there are: all, or those that fit words, traits, or data.

    Args:
        what: nothing for all; a word that their name, an alias or their name in words has;
            a target; or a target and a prediction of it. Measures with a positive class are listed
            for any target of two classes: where it is unordered they have to be told `positive=`.
        traits: values that traits have to have, such as `orientation="loss"`,
            `prediction="probabilistic"`, `supports_weights=True`,
            `supports_class_weights=True`, `supports_per_observation=True`, `aggregation="sum"`;
            `target_scitype=kf.Vector[kf.Finite]` lists measures of such targets.

    Returns:
        A list of measures that prints as a table, with `.to_frame()`.

    Raises:
        ArgumentError: a trait that measures do not have, a value that it can't have, more than a
            target and a prediction, or a target that no measure takes.

    Example:
        >>> [m.name for m in measures("brier")]
        ['brier_loss', 'brier_score']
        >>> [m.name for m in measures([1.5, 2.5], [1.0, 3.0], aggregation="root_mean_square")]
        ['rms', 'rmsp', 'rmsl', 'rmslp1']
        >>> [m.name for m in measures(prediction="probabilistic", orientation="loss")]
        ['log_loss', 'brier_loss', 'hinge_loss', 'logistic_loss']

    Source: `measures` of StatisticalMeasures.jl.
    """
    found: Sequence[Measure] = MEASURES
    if len(what) > 2:
        raise ArgumentError(
            "`measures` was given too much.",
            expected="nothing, a word, a target, or a target and a prediction",
            received=f"{len(what)} things",
            remedy="measures(y_true, y_pred)",
        )
    if len(what) == 1 and isinstance(what[0], str):
        found = [m for m in found if _says(m, what[0])]
    elif what:
        target = st.scitype(what[0])
        found = [m for m in found if _takes(m, target)]
        _refuse_none(found, target)
        found = [m for m in found if len(what) == 1 or m.prediction == _kind(what[1])]
    for trait, value in traits.items():
        _refuse_value(trait, value)
        found = [m for m in found if _has(m, trait, value)]
    return MeasureList(found)


def _refuse_none(found: Sequence[Measure], target: Any) -> None:
    if not found:
        text = without_missing(target) <= st.Vector[st.Textual]
        labels = "Labels are said to be some: `y = kf.coerce(y, kf.Multiclass)`."
        raise ArgumentError(
            "There is no measure for this target.",
            expected="labels or numbers, in a column or a table",
            received=str(target),
            remedy=labels if text else "`kf.measures()` shows all, and what they are of.",
        )


def _says(measure: Measure, word: str) -> bool:
    names = [measure.name, *measure.aliases, measure.human_name]
    return any(word.lower() in name.lower() for name in names)


def _takes(measure: Measure, target: Any) -> bool:
    two = isinstance(measure, OfPositives) and without_missing(target) <= st.Vector[st.Finite[2]]
    return two or measure.takes(target)


def _kind(prediction: Any) -> str:
    distributions = isinstance(prediction, UnivariateFinite | UnivariateFiniteVector)
    return "probabilistic" if distributions else "deterministic"


def _has(measure: Measure, trait: str, value: Any) -> bool:
    if trait not in TRAITS:
        raise ArgumentError(
            f"Measures have no trait `{trait}`.",
            expected=f"one of {', '.join(TRAITS)}",
            received=f"{trait}={value!r}"[:80],
            remedy=nearest(trait, TRAITS) or "`kf.measures()` shows all with their traits.",
        )
    if trait == "target_scitype":
        return _takes(measure, value)
    return bool(getattr(measure, trait) == value)


def _refuse_value(trait: str, value: Any) -> None:
    """Refuse a value that no measure has of a trait that has few."""
    known = sorted({getattr(m, trait) for m in MEASURES} - {None}) if trait in _OF_FEW else []
    if known and value not in known:
        raise ArgumentError(
            f"No measure has this `{trait}`.",
            expected=" or ".join(map(repr, known)),
            received=repr(value)[:80],
            remedy=nearest(value, known) or f"`{trait}={known[0]!r}`, for example.",
        )


def _row(m: Measure) -> list[str]:
    also = ", ".join(m.aliases[:_ALIASES]) + (", ..." if len(m.aliases) > _ALIASES else "")
    return [m.name, m.orientation, _judged(m), ", ".join(m.parameters), also]


def _judged(m: Measure) -> str:
    """What a measure looks at, in words."""
    if isinstance(m, OfNumbers):
        return "numbers"
    if isinstance(m, OfLabelColumns):
        return "labels of several targets"
    found = "distributions" if m.prediction == "probabilistic" else "labels"
    return f"{found} of two classes" if isinstance(m, OfPositives) else found
