"""What the steps of a pipeline are called: by the user, or after their classes.

A step's name is a hyperparameter of the pipeline and a key of its report, so it has to be an
identifier that neither a pipeline nor a report has a use for.
"""

from __future__ import annotations

import keyword
import re
from collections.abc import Iterable, Sequence
from typing import Any

from kerasflux.errors import HyperparameterError
from kerasflux.fields import spelling

REPORTED = (
    *("training_losses", "history", "epochs", "rng", "stopped", "decision"),
    *("batch_size", "loss_units", "mode"),
)
"""What reports hold of a whole pipeline."""


def snake(name: str) -> str:
    """The name of a class as that of a variable.

    >>> snake("OneHotEncoder"), snake("PCA"), snake("MLPRegressor")
    ('one_hot_encoder', 'pca', 'mlp_regressor')
    """
    return re.sub(r"(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])", "_", name).lower().strip("_")


def called(model: Any) -> str:
    """What a step is called that was given no name: as its class, or the estimator in it."""
    inner = getattr(model, "estimator", None) if hasattr(model, "estimator") else None
    return snake(type(model if inner is None else inner).__name__) or "step"


def numbered(steps: Iterable[tuple[str | None, Any]]) -> dict[str, Any]:
    """Steps by name; those without one are called as their class, and repeated ones numbered.

    >>> numbered([(None, "abc"), ("str", 1.5), (None, "x")])
    {'str_2': 'abc', 'str': 1.5, 'str_3': 'x'}
    """
    steps = list(steps)
    taken = {name for name, _ in steps if name is not None}
    found: dict[str, Any] = {}
    for name, model in steps:
        wanted = called(model) if name is None else name
        free = wanted if name is not None and name not in found else _free(wanted, taken)
        taken.add(free)
        found[free] = model
    return found


def _free(name: str, taken: set[str]) -> str:
    if name not in taken:
        return name
    return next(n for i in range(2, len(taken) + 3) if (n := f"{name}_{i}") not in taken)


def refuse_names(
    names: Sequence[str],
    reserved: Iterable[str],
    part: str = "A step of a pipeline",
    whole: str = "pipelines",
) -> None:
    """Refuse names that steps, or parts of another composite, can't have.

    Args:
        names: the names of the parts, in order.
        reserved: what attributes of the composite are called.
        part, whole: what a part and such composites are called.

    Raises:
        HyperparameterError: a name that is no identifier, is in use, or is another spelling of one.
    """
    seen: dict[str, str] = {}
    in_use = {*reserved, *REPORTED}
    for name in names:
        if problem := _problem(name, in_use, seen.get(spelling(name), ""), whole):
            suffix = part.split()[1]
            raise HyperparameterError(
                f"{part} can't be called `{name}`: {problem}.",
                expected=f"an identifier that is no attribute of {whole}, as `scale` or `net`",
                received=repr(name),
                remedy=f"Call it otherwise: `{_sayable(name)}_{suffix}`, for instance.",
                name=name,
            )
        seen[spelling(name)] = name


def _sayable(name: str) -> str:
    return re.sub(r"\W+", "_", name).strip("_") or "first"


def _problem(name: str, in_use: set[str], alike: str, whole: str) -> str:
    if not name.isidentifier() or keyword.iskeyword(name):
        return "that is no name of a hyperparameter"
    if name.startswith("_"):
        return "names with an underscore in front are not the user's"
    if name in in_use:
        return f"{whole} have a use for that name"
    return f"`{alike}` is the same in another spelling" if alike else ""
