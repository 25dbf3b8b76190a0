"""Ranges and the hyperparameters of a model: which paths are meant, and what a point makes of it.

Models are known here as records with paths; which of them learn, and how, is nobody's business.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from itertools import product
from typing import Any

from kerasflux.allowed import short
from kerasflux.errors import ArgumentError, HyperparameterError, UnknownHyperparameter
from kerasflux.fields import offered, spelling
from kerasflux.hyperparameters import Hyperparameters, copied, get_path, set_path
from kerasflux.search.conditions import accepts, met
from kerasflux.search.kinds import Range
from kerasflux.search.nominal import NominalRange
from kerasflux.search.numeric import is_distribution
from kerasflux.search.ranges import range as range_of
from kerasflux.search.ranges import spread_by, weighted
from kerasflux.search.spaces import Dimension, Space, no_path
from kerasflux.structure import values


def space_of(given: Any, model: Any) -> Space:
    """The space that ranges of a model's hyperparameters make.

    Args:
        given: one of

            - a dict of ranges by dotted path; a range is also a list of values, a distribution of
              `scipy.stats`, `(range, n)` with the number of values that a grid takes,
              `(range, distribution)` cut off at the ends of the range, or
              `(values, probabilities)` with a range of values written out;
            - ranges that know their paths, or such pairs, or one alone;
            - a list of dicts of values by path, or of whole models, for `Explicit`.
        model: the model. A path may leave out where the model is held: `"learning_rate"` finds
            `"model.optimiser.learning_rate"`, if nothing else has that name.

    Raises:
        UnknownHyperparameter: a path that the model does not have, with the nearest one.
        HyperparameterError: a path that means several, or one that the model ignores; a value that
            the hyperparameter can't have; conditions that are never met.
        ArgumentError: something else.

    Example:
        >>> from kerasflux.resampling import CV
        >>> seeds = range_of(lower=1, upper=9)
        >>> space = space_of({"nfolds": [3, 5], "rng": seeds}, CV())
        >>> space.paths, space.size
        (('nfolds', 'rng'), 18)
    """
    if isinstance(given, Space):
        return given
    listed = _listed(given)
    if listed is not None:
        return Space(listed=[_checked(point, model) for point in listed])
    specs = [_spec(path, value) for path, value in _pairs(given)]
    known = _known(model, specs)
    named = [(_full(path, known, model), made, n) for path, made, n in specs]
    _refuse_unused(model, [path for path, _, _ in named])
    space = Space(Dimension(_settled(path, r, known, named, model), n) for path, r, n in named)
    bound = [Dimension(_bound(d, space, model), d.resolution) for d in space.dimensions]
    return Space(bound, resource=_resource(model))


def candidate(model: Any, point: Mapping[str, Any], resource: int | None = None) -> Any:
    """A copy of a model with the values of a point.

    Records among the values are copied, so that nothing is shared between candidates, and set
    before the hyperparameters within them.

    Args:
        model: the model; it is left as it is.
        point: values by full path; a whole model at the empty path.
        resource: what the iteration parameter is set to, None to leave it.

    Example:
        >>> from kerasflux.resampling import CV
        >>> candidate(CV(), {"nfolds": 3})
        CV(nfolds=3)
    """
    new = copied(point.get("", model))
    for path in sorted(point, key=lambda path: path.count(".")):
        if path:
            set_path(new, path, copied(point[path]))
    if resource is not None:
        set_path(new, new.iteration_parameter, resource)
    return new


# what was given


def _listed(given: Any) -> list[dict[str, Any]] | None:
    """Points written out, if that is what was given."""
    if not isinstance(given, list | tuple) or not given:
        return None
    if all(isinstance(one, Mapping) for one in given):
        return [dict(one) for one in given]
    if all(_is_model(one) for one in given):
        return [{"": one} for one in given]
    return None


def _is_model(value: Any) -> bool:
    record = isinstance(value, Hyperparameters) and not isinstance(value, Range)
    return record or (hasattr(value, "fit") and not isinstance(value, type))


def _pairs(given: Any) -> Iterator[tuple[str | None, Any]]:
    """What was given, range by range, each with the path that stands before it, if one does."""
    if isinstance(given, Mapping):
        for path in given:
            if not isinstance(path, str):
                raise _no_name(path)
        yield from given.items()
    elif _is_spec(given):
        yield None, given
    elif isinstance(given, list | tuple) and all(map(_is_spec, given)):
        for one in given:
            yield (one[0], one[1]) if _named(one) else (None, one)
    else:
        raise ArgumentError(
            "This says of no hyperparameters where they lie.",
            expected='a dict such as {"epochs": kf.log_range(1, 100)}, or `kf.range(...)`',
            received=short(given),
            remedy="Name the hyperparameter of each list of values: {path: [...]}.",
        )


def _no_name(path: Any) -> ArgumentError:
    return ArgumentError(
        "A hyperparameter is named by its dotted path.",
        expected='a str, such as "optimiser.learning_rate"',
        received=f"{short(path)}, of type {type(path).__name__}",
        remedy='`{"epochs": kf.log_range(1, 100)}`, for instance.',
    )


def _is_spec(value: Any) -> bool:
    pair = isinstance(value, tuple) and len(value) == 2
    return isinstance(value, Range) or (pair and isinstance(value[0], Range)) or _named(value)


def _named(value: Any) -> bool:
    pair = isinstance(value, tuple) and len(value) == 2 and isinstance(value[0], str)
    return pair and (isinstance(value[1], Range) or is_distribution(value[1]))


def _spec(path: Any, value: Any) -> tuple[str, Range, int | None]:
    """A path, its range, and its own resolution."""
    made, n = _range_and_more(path, value)
    own = made.path if path is None else path
    if not isinstance(own, str):
        raise no_path(made)
    if made.path is not None and path is not None and not _agree(path, made.path):
        raise HyperparameterError(
            f"A range of `{made.path}` stands at `{path}`.",
            expected=f"a range of `{path}`",
            received=repr(made),
            remedy="Leave one of the two paths out.",
        )
    return max(own, made.path or own, key=len), made, n


def _agree(path: str, other: str) -> bool:
    """Whether one path ends in the other."""
    one, two = spelt(path), spelt(other)
    return f".{one}".endswith(f".{two}") or f".{two}".endswith(f".{one}")


def _range_and_more(path: Any, value: Any) -> tuple[Range, int | None]:
    if isinstance(value, Range):
        return value, None
    if isinstance(value, tuple) and len(value) == 2 and isinstance(value[0], Range):
        made, more = value
        if isinstance(more, int) and not isinstance(more, bool):
            made.values_at(more)  # refuses a resolution below 2
            return made, more
        return weighted(made, more), None
    if is_distribution(value):
        return spread_by(value), None
    if isinstance(value, Iterable) and not isinstance(value, str | bytes | Mapping):
        return range_of(None, path, values=value), None
    raise ArgumentError(
        f"This is no range of `{path}`.",
        expected="a list of values, `kf.range(...)` or `kf.log_range(...)`",
        received=short(value),
        remedy=f"A single value is a list of one: {{{path!r}: [{short(value)}]}}.",
    )


# paths


def spelt(path: str) -> str:
    """A path in a form that British and American spelling share.

    >>> spelt("optimizer.learning_rate")
    'optimiser.learning_rate'
    """
    return ".".join(map(spelling, path.split(".")))


def _known(model: Any, specs: list[tuple[str, Range, int | None]]) -> list[str]:
    """The paths of a model, and those within the records that ranges put into it."""
    known = list(_paths(model))
    for _ in specs:  # a record within a record is known one round later
        for path, made, _n in specs:
            meant = _meant(path, known)
            if len(meant) == 1 and isinstance(made, NominalRange):
                inner = [p for v in made.values for p in _paths(v, f"{meant[0]}.")]
                known += [p for p in inner if p not in known]
    return list(dict.fromkeys(known))


def _paths(record: Any, prefix: str = "") -> Iterator[str]:
    """Dotted paths, but those within ranges, which are not changed."""
    if not isinstance(record, Hyperparameters) or isinstance(record, Range):
        return
    for name, value in values(record):
        yield f"{prefix}{name}"
        yield from _paths(value, f"{prefix}{name}.")


def _meant(path: str, known: Iterable[str]) -> list[str]:
    """The known paths that a path means: itself, or else those that end in it."""
    asked = spelt(path)
    exact = [k for k in known if spelt(k) == asked]
    return exact[:1] or [k for k in known if spelt(k).endswith(f".{asked}")]


def full_path(model: Any, path: str) -> str:
    """The one path of a model that a path means: itself, or else the one that ends in it.

    Raises:
        HyperparameterError: several end in it.
        UnknownHyperparameter: none does; the nearest is offered.
    """
    return _full(path, list(_paths(model)), model)


def _full(path: str, known: list[str], model: Any) -> str:
    """The one known path that a path means."""
    meant = _meant(path, known)
    if len(meant) == 1:
        return meant[0]
    if meant:
        raise HyperparameterError(
            f"`{path}` means several hyperparameters of {type(model).__name__}.",
            expected=f"one of {', '.join(meant)}",
            received=path,
            remedy=f"Write the whole path, for instance {meant[0]!r}.",
            paths=meant,
        )
    if _is_path(model, path):  # into a list of records, of which not every path is known
        return path
    raise UnknownHyperparameter(
        f"{type(model).__name__} has no hyperparameter `{path}`.",
        expected=f"one of {', '.join(k for k in known if '.' not in k)}, or a path within"
        if known
        else "a model that has some",
        received=path,
        remedy=offered(path, known),
        name=path,
    )


def _is_path(model: Any, path: str) -> bool:
    try:
        get_path(model, path)
    except (UnknownHyperparameter, LookupError, ValueError):
        return False
    return True


def _refuse_unused(model: Any, paths: list[str]) -> None:
    unused = [p for p in getattr(model, "unused_paths", ()) if p in paths]
    if unused:
        raise HyperparameterError(
            f"{type(model).__name__} makes no use of `{unused[0]}`: a search over it is in vain.",
            expected="a hyperparameter that the model uses",
            received=unused[0],
            remedy=f"Leave it out: {type(model).__name__} says itself what it is.",
            paths=unused,
        )


def _resource(model: Any) -> tuple[str, int | None] | None:
    path = getattr(model, "iteration_parameter", None)
    if path is None:
        return None
    current = get_path(model, path)
    return path, current if isinstance(current, int) else None


# conditions and values


def _settled(path: str, made: Range, known: list[str], named: Any, model: Any) -> Range:
    """A range at its full path, its conditions being about ranged paths only."""
    ranged = [full for full, _, _ in named]
    when = {}
    for other, test in (made.when or {}).items():
        full = _full_of_condition(path, other, ranged, known)
        if full in ranged:
            when[full] = test
        elif any(full.startswith(f"{r}.") for r in ranged):
            when[full] = test  # of a record that is ranged over: Space says that it is not
        elif not accepts(test, get_path(model, full)):
            raise HyperparameterError(
                f"The range of `{path}` is never in use.",
                expected=f"`{full}` to be {short(test)}, or to be ranged over",
                received=f"{full}={short(get_path(model, full))}",
                remedy=f"Leave the range of `{path}` out, or give `{full}` a range.",
            )
    return made.with_fields(path=path, when=when or None)


def _full_of_condition(path: str, other: str, ranged: list[str], known: list[str]) -> str:
    meant = _meant(other, ranged) or _meant(other, known)
    if len(meant) == 1:
        return meant[0]
    if meant:
        raise HyperparameterError(
            f"`{other}`, in the conditions of `{path}`, means several hyperparameters.",
            expected=f"one of {', '.join(meant)}",
            received=other,
            remedy=f"Write the whole path, for instance {meant[0]!r}.",
            paths=meant,
        )
    raise UnknownHyperparameter(
        f"The range of `{path}` is in use when `{other}` has some value, but "
        f"there is no `{other}`.",
        expected=f"a path that is ranged over ({', '.join(ranged)}), or one of the model",
        received=other,
        remedy=offered(other, [*ranged, *known]),
        name=other,
    )


def _bound(d: Dimension, space: Space, model: Any) -> Range:
    """A range whose values were tried on the model, with every record that it may be within."""
    bound = None
    for point, variant in _variants(d, space, model):
        if not _may_be_met(d, point):
            continue
        try:
            made = d.range.bound_to(variant, d.path)
        except UnknownHyperparameter as error:
            raise _not_everywhere(d, point, model) from error
        bound = bound or made
    if bound is None:
        raise HyperparameterError(
            f"The range of `{d.path}` is never in use.",
            expected="conditions that some point meets",
            received=short(d.range.when),
            remedy="Leave it out, or change its `when=`.",
        )
    return bound.with_fields(owner=f"{type(model).__name__}(...)")


def _variants(d: Dimension, space: Space, model: Any) -> Iterator[tuple[dict[str, Any], Any]]:
    """The model with each of the records that a range may be within, and which these are."""
    around = [other for other in space.in_order if d.within(other)]
    if any(other.range.when for other in around):
        yield {}, model  # where they are not in use
    for chosen in product(*(other.range.values_at(2) for other in around)):
        point = dict(zip((other.path for other in around), chosen, strict=True))
        try:
            variant = candidate(model, point)
        except UnknownHyperparameter:  # a record within one that has no such part
            continue
        yield point, variant


def _may_be_met(d: Dimension, point: Mapping[str, Any]) -> bool:
    """Whether conditions hold as far as a part of a point tells."""
    return met({p: test for p, test in (d.range.when or {}).items() if p in point}, point)


def _not_everywhere(d: Dimension, point: Mapping[str, Any], model: Any) -> UnknownHyperparameter:
    path, value = max(point.items(), key=lambda item: len(item[0]), default=("", None))
    if not path:
        return UnknownHyperparameter(
            f"{type(model).__name__} has no hyperparameter `{d.path}`.", received=d.path
        )
    return UnknownHyperparameter(
        f"`{d.path}` is not there where `{path}` is {short(value)}.",
        expected="a range that is in use only where its hyperparameter is there",
        received=f"{path}={short(value)}",
        remedy=f"Give the range a condition: `when={{{path!r}: [...]}}`; a class stands for its "
        "instances.",
        name=d.path,
    )


def _checked(point: Mapping[str, Any], model: Any) -> dict[str, Any]:
    """A point written out, with full paths, whose values were tried."""
    if "" in point:
        return dict(point)
    known = list(_paths(model))
    records = [(path, NominalRange(values=(value,)), None) for path, value in point.items()]
    known = _known(model, [(p, r, n) for p, r, n in records])
    full = {_full(path, known, model): value for path, value in point.items()}
    if len(full) < len(point):
        raise HyperparameterError(
            "A point names a hyperparameter twice.",
            expected="each path once",
            received=", ".join(point),
            remedy="Leave one out.",
        )
    _refuse_unused(model, list(full))
    candidate(model, full)
    return full
