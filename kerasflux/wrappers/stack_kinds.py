"""What may be a part of a stack, and what its base models may be called."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import scitypes as st
from kerasflux.composition.steps import as_part
from kerasflux.errors import HyperparameterError
from kerasflux.interface import Model, Supervised


def base_of_stack(name: str) -> Callable[[Any], Model]:
    """What judges a base model."""

    def convert(value: Any) -> Model:
        return _predicting(as_part(value), f"The base model `{name}` of a stack", name)

    return convert


def metalearner_of_stack(value: Any) -> Model:
    """The model that learns from the predictions of the others.

    Raises:
        HyperparameterError: it does not predict, or takes no table of numbers.
    """
    model = _predicting(as_part(value), "The metalearner of a stack", "metalearner")
    if not st.Table(st.Continuous) <= model.input_scitype:
        raise HyperparameterError(
            f"{type(model).__name__} can't learn from the predictions of other models.",
            expected="a model of Table(Continuous)",
            received=f"one of {model.input_scitype}",
            remedy="`kf.NeuralNetworkClassifier()`, or a linear model of scikit-learn.",
            name="metalearner",
            value=value,
        )
    return model


def _predicting(model: Model, what: str, name: str) -> Model:
    if isinstance(model, Supervised) and model.prediction_type is not None:
        return model
    raise HyperparameterError(
        f"{what} predicts nothing.",
        expected="a model that predicts",
        received=repr(model)[:60],
        remedy="A pipeline that ends with a model predicts: `transformer | model`.",
        name=name,
        value=model,
    )


def no_bases(received: str) -> HyperparameterError:
    """The error for a stack without base models."""
    return HyperparameterError(
        "A stack needs base models.",
        expected="the metalearner, and one model or more by name",
        received=received,
        remedy="`kf.Stack(metalearner, net=kf.NeuralNetworkRegressor(), trees=forest)`, "
        "for instance.",
    )
