"""What may be a step of a pipeline: models, and what models are made of.

Where a step stands says what it has to do, and that is judged when it is assigned: all but the last
one transform, and whether the last one predicts is the kind of the pipeline.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from kerasflux.errors import HyperparameterError
from kerasflux.estimators import as_model, transforming
from kerasflux.interface import Model, Supervised

Convert = Callable[[Any], Model]


def as_part(value: Any) -> Model:
    """A model, or the model of an estimator of scikit-learn.

    Raises:
        HyperparameterError: it is neither.
    """
    if isinstance(value, Model):
        return value
    if isinstance(value, type):
        raise _refused(
            value, f"the class {value.__name__}", f"Make an instance: `{value.__name__}()`."
        )
    if hasattr(value, "get_params") and hasattr(value, "fit"):
        return as_model(value)
    remedy = "`kf.NeuralNetworkClassifier()`, for instance."
    if isinstance(value, (list, tuple)):
        remedy = "Steps are given one by one, `Pipeline(a, b)`, or named, `Pipeline(x=a, y=b)`."
    elif callable(value):
        remedy = "A function has no hyperparameters to be saved: write a `kf.Static` model with it."
    raise _refused(value, f"{value!r:.60}, of type {type(value).__name__}", remedy)


def _refused(value: Any, received: str, remedy: str) -> HyperparameterError:
    return HyperparameterError(
        "This can't be a part of a model.",
        expected="a model, or an estimator of scikit-learn",
        received=received,
        remedy=remedy,
        value=value,
    )


def step_of_pipeline(name: str) -> Convert:
    """What judges a step that is not the last one."""

    def convert(value: Any) -> Model:
        model = transforming(as_part(value))
        if isinstance(model, Supervised):
            raise HyperparameterError(
                f"The step `{name}` of a pipeline predicts, which only the last step may.",
                expected="a model that transforms",
                received=repr(model)[:60],
                remedy=_instead(model),
                name=name,
                value=model,
            )
        _refuse_idle(name, model)
        return model

    return convert


def last_of_pipeline(name: str, predicts: bool) -> Convert:
    """What judges the last step of a pipeline that predicts, or of one that transforms."""

    def convert(value: Any) -> Model:
        model = as_part(value)
        if isinstance(model, Supervised) is not predicts:
            does, other = ("predicts", "transforms") if predicts else ("transforms", "predicts")
            raise HyperparameterError(
                f"This pipeline {does}, but its last step `{name}` would be one that {other}.",
                expected=f"a model that {does}",
                received=repr(model)[:60],
                remedy=f"Make another pipeline: `Pipeline(..., {name}=...)`.",
                name=name,
                value=model,
            )
        if not predicts:
            _refuse_idle(name, model)
        return model

    return convert


def _instead(model: Model) -> str:
    if type(model).transform is not Model.transform:
        return f"What it learns can transform: `kf.EntityEmbedder({type(model).__name__}(...))`."
    return "Put it last; of two models that predict, take one."


def _refuse_idle(name: str, model: Model) -> None:
    if type(model).transform is Model.transform:
        raise HyperparameterError(
            f"The step `{name}` of a pipeline has no `transform`.",
            expected="a model that transforms",
            received=repr(model)[:60],
            remedy=f"Define `transform` in {type(model).__name__}.",
            name=name,
            value=model,
        )
