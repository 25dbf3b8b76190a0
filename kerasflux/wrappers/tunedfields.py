"""What the hyperparameters of a search may be, judged when they are given."""

from __future__ import annotations

import os
from collections.abc import Mapping
from typing import Any

from kerasflux.composition.steps import as_part
from kerasflux.errors import HyperparameterError, MeasureError
from kerasflux.folding import refuse_n_jobs
from kerasflux.interface import Model
from kerasflux.planning import measures_of, refuse_no_predictions
from kerasflux.scoring.measures import oriented
from kerasflux.search import Strategy


def as_tuned(given: Any) -> Model | None:
    """A model that predicts, or that of an estimator; None for none."""
    if given is None:
        return None
    model = as_part(given)
    refuse_no_predictions(model)
    return model


def as_several(given: Any) -> list[Model] | None:
    """Models that predict, one or more; None for none."""
    if given is None:
        return None
    listed = hasattr(given, "__iter__") and not isinstance(given, (str, Mapping, Model))
    models = [as_tuned(model) for model in given] if listed else []
    if not models:
        raise HyperparameterError(
            "`models` holds no models.",
            expected="a list of one or more models that predict",
            received=f"{given!r:.60}",
            remedy="`TunedModel(models=[kf.NeuralNetworkRegressor(), Ridge()])`.",
            name="models",
        )
    return models  # type: ignore[return-value]


def as_measures(given: Any) -> Any:
    """Measures as they were given, the first of which can choose, and all are numbers."""
    if given is None:
        return None
    found = measures_of(given)
    oriented(found[0])
    for measure in found:
        if not measure.gives_numbers:
            raise MeasureError(
                f"`{measure.name}` is no number, so a history of candidates can't hold it.",
                expected="such as log_loss or accuracy",
                received=measure.name,
                remedy="Evaluate the best model by it: `kf.evaluate(mach.report.best_model, X, y, "
                f"measure={measure.name!r})`.",
            )
    return list(given) if isinstance(given, tuple) else given


def as_folder(given: Any) -> Any:
    """The path of a folder as text, which files can hold."""
    return os.fspath(given) if isinstance(given, os.PathLike) else given


def as_n_jobs(given: Any) -> Any:
    """A number of jobs that joblib can do."""
    refuse_n_jobs(given)
    return given


def as_strategy(given: Any) -> Any:
    """A search strategy; None for the usual one."""
    if given is None or isinstance(given, Strategy):
        return given
    raise HyperparameterError(
        f"Candidates can't be found by {given!r:.60}.",
        expected="a search strategy, such as kf.RandomSearch() or kf.Grid()",
        received=f"{given!r:.60}, of type {type(given).__name__}",
        remedy=f"Make an instance: `tuning={given.__name__}()`."
        if isinstance(given, type)
        else "`tuning=kf.Grid(resolution=5)`, for instance.",
        name="tuning",
        value=given,
    )
