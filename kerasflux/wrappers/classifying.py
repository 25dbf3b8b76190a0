"""What is asked of models and rows by the wrappers around probabilistic classifiers."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

import scitypes as st
from kerasflux.composition.steps import as_part
from kerasflux.errors import DataError, HyperparameterError
from kerasflux.interface import Model
from kerasflux.neural.frontend import Labels
from scitypes.errors import UnseenLevel, nearest
from scitypes.messages import counted, listed
from scitypes.pools import Pool


def classifier(value: Any) -> Model:
    """A model that predicts distributions over labels, or the model of such an estimator.

    Raises:
        HyperparameterError: it predicts something else.
    """
    model = as_part(value)
    declared = model.target_scitype
    finite = declared is not None and st.Vector[st.Finite[2]] <= declared
    if finite and model.prediction_type == "probabilistic":
        return model
    kind = model.prediction_type
    received = f"a {kind} model" if kind else "one that predicts nothing"
    raise HyperparameterError(
        f"{type(model).__name__} predicts no probabilities of labels.",
        expected="a probabilistic classifier, such as `kf.NeuralNetworkClassifier()`",
        received=f"{received} of {declared}",
        remedy="Labels without probabilities have no threshold, and nothing to calibrate."
        if finite
        else "Models of numbers are used as they are.",
        name="model",
        value=value,
    )


def refuse_one_class(target: Labels, failed: str) -> None:
    """Refuse training rows that show one class only.

    Raises:
        DataError: with `failed` as the start of its first part.
    """
    shown = np.unique(target.codes[target.codes >= 0])
    if len(shown) < 2:
        raise DataError(
            f"{failed}: all training rows are of one class.",
            expected="rows of two classes at least",
            received=f"{counted(len(target), 'row')} of "
            f"{listed([target.pool.levels[c] for c in shown])}",
            remedy="Train on rows that show another class too.",
            columns={},
        )


def no_levels(labels: Sequence[Any], pool: Pool, where: str) -> UnseenLevel:
    """The refusal of labels, among hyperparameters, that a target does not have.

    Args:
        labels: what was given.
        pool: the levels of the target.
        where: which hyperparameter, `"the positive label of ..."`.
    """
    texts = [str(level) for level in pool.levels]
    alike = next((pool.levels[texts.index(str(x))] for x in labels if str(x) in texts), None)
    near = next(filter(None, (nearest(label, texts) for label in labels)), "")
    return UnseenLevel(
        f"{listed(labels)} can't be {where}: the target has no such level.",
        expected=listed(pool.levels, 10),
        received=listed(labels),
        remedy=near or f"Write one of the levels, for instance {pool.levels[-1]!r}."
        if alike is None
        else f"Write {alike!r}, of type {type(alike).__name__}: labels match by value.",
        labels=tuple(labels),
        rows=(),
        levels=pool.levels,
    )
