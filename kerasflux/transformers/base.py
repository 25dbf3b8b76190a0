"""What all transformers of tables share: a treatment for each column, and which columns get one.

A subclass says what a column of a scitype becomes before anything is learned (`outcome`) and what
is learned of its values (`treatment`); all else follows: the new schema, transforming, saving,
serving. Columns without a treatment pass through, in place. Abstract classes only.
"""

from __future__ import annotations

from collections.abc import Hashable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np

import scitypes as st
from kerasflux.allowed import short
from kerasflux.errors import ArgumentError, HyperparameterError, ScitypeMismatch
from kerasflux.hyperparameters import field
from kerasflux.interface import Fitted, Observations, Unsupervised
from kerasflux.transformers.serving import servable
from kerasflux.transformers.tables import columns_by_name, reassembled
from kerasflux.transformers.treatments import Treatment, treatment_from_json
from scitypes.errors import nearest
from scitypes.messages import listed
from scitypes.profiles import Column

NUMBER, LABEL = st.Infinite | st.Missing, st.Finite | st.Missing
TYPED = st.Table(NUMBER, LABEL, st.ScientificTimeType | st.Missing) | st.Matrix[NUMBER]
"""Tables of numbers, categories, dates and times, or matrices of numbers; cells may be missing.

Text is none of it: it is refused with the `coerce` call that makes something of it.
"""


@dataclass(frozen=True)
class New:
    """A new column before it has a name.

    Attributes:
        suffix: what comes after the old column's name; None for a column of the same name.
        scitype: its scitype, `Missing` aside: where the old column has missing cells it has too.
        pool: its levels, if it has some.
        complete: whether it has no missing cells whatever the old column has.
    """

    suffix: str | None
    scitype: Any = st.Continuous
    pool: Any = None
    complete: bool = False


@dataclass(frozen=True)
class Place:
    """A column of the input and the columns that stand in its place afterwards."""

    column: Column
    outputs: tuple[Column, ...]
    treated: bool


@dataclass(frozen=True)
class Learned:
    """What a transformer has learned: `Fitted.state`.

    Attributes:
        container: what the data came in, as schemas call it.
        places: the columns, in order.
        treatments: what was learned of each of them, None of those that pass through.
    """

    container: str
    places: tuple[Place, ...]
    treatments: tuple[Any, ...]

    def __iter__(self) -> Iterator[tuple[Place, Any]]:
        return zip(self.places, self.treatments, strict=True)


class Columnwise(Unsupervised):
    """A transformer that makes new columns of each old one for itself."""

    input_scitype: ClassVar[Any] = TYPED
    exportable: ClassVar[bool] = True
    treatments: ClassVar[tuple[type, ...]] = ()  # the classes that `dump` may have written

    # what a transformer says of itself

    def outcome(self, column: Column) -> tuple[New, ...] | None:
        """What a column becomes, by its schema alone; None if it passes through."""
        raise NotImplementedError

    def treatment(self, column: Column, values: Any) -> Treatment:
        """What is learned of the values of a column that does not pass through."""
        raise NotImplementedError

    def params(self, learned: Learned) -> dict[str, Any]:
        """What there is to look at: `machine.fitted_params`."""
        return {}

    def chosen(self, schema: st.Schema) -> set[int]:
        """The positions of the columns that may be treated."""
        return set(range(len(schema)))

    # what can be said before anything is learned

    def output_schema(self, schema: st.Schema) -> st.Schema:
        """The schema of what `transform` gives for inputs of a schema.

        Raises:
            ArgumentError: `features` names columns that there are not.
            ScitypeMismatch: `features` names columns that can't be treated so.
        """
        columns = tuple(c for place in self._places(schema) for c in place.outputs)
        numbers = schema.container == "matrix" and any(c.type == "float64" for c in columns)
        return st.Schema(tuple(map(_float, columns)) if numbers else columns, schema.container)

    def judge_parts(self, input_schema: st.Schema, target_schema: st.Schema | None) -> None:
        """Refuse columns that are named and can't be treated so."""
        self._places(input_schema)

    def _places(self, schema: st.Schema) -> tuple[Place, ...]:
        chosen = self.chosen(schema)
        taken = {str(column.name) for column in schema.columns}
        return tuple(
            _place(column, self.outcome(column) if i in chosen else None, taken)
            for i, column in enumerate(schema.columns)
        )

    # learning and using

    def fit(self, data: Observations) -> Fitted:
        schema = st.schema(data.X)
        places, columns = self._places(schema), columns_by_name(data.X).values()
        learned = (
            self.treatment(place.column, values) if place.treated else None
            for place, values in zip(places, columns, strict=True)
        )
        return self._fitted(Learned(schema.container, tuple(map(_bare, places)), tuple(learned)))

    def _fitted(self, learned: Learned) -> Fitted:
        treated = [place.column.name for place in learned.places if place.treated]
        new = [c.name for place in learned.places if place.treated for c in place.outputs]
        report = {"features_treated": treated, "new_features": new}
        return Fitted(learned, self.params(learned), report)

    def transform(self, fitted: Fitted, X: Any) -> Any:
        """The rows of `X`, each treated column replaced in place by what became of it."""
        given = columns_by_name(X)
        columns: list[tuple[Any, Any]] = []
        for place, treatment in fitted.state:
            old = found(place.column.name, given, fitted.state)
            made = [old] if treatment is None else treatment.columns(old)
            columns += zip((c.name for c in place.outputs), made, strict=True)
        return reassembled(X, columns)

    def takes_unseen(self, fitted: Fitted, behind: frozenset[Any] = frozenset()) -> frozenset[Any]:
        """The columns whose treatment does, and those of `behind` that pass through."""
        learned: Learned = fitted.state
        return frozenset(
            place.column.name
            for place, treatment in learned
            if (place.column.name in behind if treatment is None else treatment.takes_unseen)
        )

    # outliving the process

    def dump(self, fitted: Fitted) -> tuple[dict[str, Any], dict[str, np.ndarray]]:
        learned: Learned = fitted.state
        schema = st.Schema(tuple(place.column for place in learned.places), learned.container)
        treatments = [None if t is None else t.to_json() for t in learned.treatments]
        return {"schema": schema.to_json(), "treatments": treatments}, {}

    def load(self, record: dict[str, Any], arrays: Mapping[str, np.ndarray]) -> Fitted:
        schema = st.Schema.from_json(record["schema"])
        learned = (
            None if t is None else treatment_from_json(t, self.treatments)
            for t in record["treatments"]
        )
        places = tuple(map(_bare, self._places(schema)))
        return self._fitted(Learned(schema.container, places, tuple(learned)))

    def serving(self, fitted: Fitted, behind: frozenset[Any] = frozenset()) -> Any:
        """A `tf.Module` from a dict of raw tensors to the dict of the new columns."""
        return servable(fitted.state, behind)


def _place(column: Column, outcome: tuple[New, ...] | None, taken: set[str]) -> Place:
    if outcome is None:
        return Place(column, (column,), treated=False)
    names = _free_names(column.name, [new.suffix for new in outcome], taken)
    taken.update(map(str, names))
    made = (_column(name, new, column) for name, new in zip(names, outcome, strict=True))
    return Place(column, tuple(made), treated=True)


def _free_names(name: Any, suffixes: list[str | None], taken: set[str]) -> list[Any]:
    """`name__suffix`, the separator grown where such a name is taken."""
    separator = "__"
    while taken & {f"{name}{separator}{suffix}" for suffix in suffixes if suffix is not None}:
        separator += "_"
    return [name if suffix is None else f"{name}{separator}{suffix}" for suffix in suffixes]


def _column(name: Any, new: New, old: Column) -> Column:
    gaps = st.Missing <= old.scitype and not new.complete
    dtype = old.type if new.scitype == st.nonmissing(old.scitype) else "float64"
    return Column(name, new.scitype | st.Missing if gaps else new.scitype, dtype, new.pool)


def _float(column: Column) -> Column:
    """A column of a matrix of floats, whatever it was."""
    gaps = st.Missing <= column.scitype
    return Column(column.name, st.Continuous | st.Missing if gaps else st.Continuous, "float64")


def _bare(place: Place) -> Place:
    """A place whose columns don't hold on to the data that their schema was made of."""

    def bare(column: Column) -> Column:
        return Column(column.name, column.scitype, column.type, column.pool)

    return Place(bare(place.column), tuple(map(bare, place.outputs)), place.treated)


def found(name: Any, given: Mapping[Any, Any], learned: Learned) -> Any:
    """A column by name; a vector's by being the only one."""
    if learned.container == "vector":
        [only] = given.values()
        return only
    if name in given:
        return given[name]
    raise ArgumentError(
        f"There is no column {name!r}.",
        expected=f"the columns {listed([p.column.name for p in learned.places], 12)}",
        received=listed(list(given), 12),
        remedy=nearest(name, list(given)) or "Give the columns that were fitted, by their names.",
    )


# which columns


def as_features(value: Any) -> Any:
    """Names of columns as a tuple; one name alone, and a function of names, are taken too."""
    if isinstance(value, str):
        return (value,)
    if callable(value):
        return value
    names = hasattr(value, "__iter__") and not isinstance(value, Mapping)
    if names and all(isinstance(name, Hashable) for name in value):
        return tuple(value)
    raise HyperparameterError(
        "`features` has to name columns.",
        expected='names, such as ("age", "rooms"), or a function that is true for some',
        received=f"{short(value)}, of type {type(value).__name__}",
        remedy="features=list(X.columns[:3]) names columns by position.",
    )


class Selective(Columnwise):
    """A transformer that can be told which columns to treat."""

    features: Any = field(
        (), convert=as_features, doc="names of columns, or a function of names; (): all that can be"
    )
    ignore: bool = field(False, doc="whether `features` are those not to treat")

    treats: ClassVar[str] = ""  # which columns can be treated, for messages

    def eligible(self, scitype: Any, named: bool) -> bool:
        """Whether a column of a scitype, `Missing` set aside, is treated.

        `named` are columns that stand in `features`: of those all are that can be.
        """
        raise NotImplementedError

    def mend(self, names: list[Any]) -> str:
        """What to do about named columns that can't be treated."""
        return f"Leave them out of `features`: {listed(names)}."

    def __post_init__(self) -> None:
        self._refuse_contradictions()

    def _refuse_contradictions(self) -> None:
        if self.ignore and self.features == ():
            raise HyperparameterError(
                f"{type(self).__name__} is told to ignore features, and none are named.",
                expected="`features=` with `ignore=True`",
                received="features=()",
                remedy='ignore=True, features=("name",); or ignore=False for all columns.',
            )

    def chosen(self, schema: st.Schema) -> set[int]:
        """By `features` and `ignore`, of those that can be treated."""
        able = self._able(schema.columns, named=False)
        if callable(self.features):
            named = {i for i, c in enumerate(schema.columns) if self.features(c.name)}
            return able - named if self.ignore else able & named
        named = self._named(schema.columns)
        if self.ignore or not named:
            return able - named
        strange = named - self._able(schema.columns, named=True)
        if strange:
            raise self._unable([schema.columns[i] for i in sorted(strange)])
        return named

    def _able(self, columns: Sequence[Column], named: bool) -> set[int]:
        plain = [st.nonmissing(column.scitype) for column in columns]
        return {i for i, t in enumerate(plain) if t != _NEVER and self.eligible(t, named)}

    def _named(self, columns: Sequence[Column]) -> set[int]:
        places = {column.name: i for i, column in enumerate(columns)}
        unknown = [name for name in self.features if name not in places]
        if unknown:
            raise ArgumentError(
                f"`features` of {type(self).__name__} names columns that there are not.",
                expected=f"some of {listed(list(places), 12)}",
                received=listed(unknown),
                remedy=nearest(unknown[0], list(places))
                or "Columns go by name: `list(X.columns)`.",
            )
        return {places[name] for name in self.features}

    def _unable(self, columns: list[Column]) -> ScitypeMismatch:
        return ScitypeMismatch(
            f"{type(self).__name__} can't treat columns that `features` names.",
            expected=self.treats,
            received="\n".join(f"{c.name!r}: {c.scitype}" for c in columns),
            remedy=self.mend([c.name for c in columns]),
            columns={c.name: c.scitype for c in columns},
        )


_NEVER = st.nonmissing(st.Missing)
