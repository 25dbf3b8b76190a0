"""`early_stopping`: the usual `IteratedModel`, asked for in the words of Keras."""

from __future__ import annotations

from inspect import signature
from typing import Any

from kerasflux.allowed import short
from kerasflux.control.counting import NumberLimit, NumberSinceBest
from kerasflux.control.criteria import Criterion
from kerasflux.control.steps import Step
from kerasflux.control.values import InvalidValue
from kerasflux.errors import HyperparameterError
from kerasflux.wrappers.iterated import IteratedModel


def early_stopping(
    model: Any,
    patience: int = 10,
    min_delta: float = 0.0,
    max_epochs: int = 500,
    holdout: float = 0.2,
    measure: Any = None,
    *,
    restore_best: bool = True,
    retrain: bool = False,
) -> IteratedModel:
    """A model that is trained until held-out rows are predicted no better, in Keras' words.

    Args:
        model: a model that predicts and trains in iterations; its own `epochs` are not used.
        patience: after how many epochs without a new best to stop.
        min_delta: by how much a loss has to be lower than the best to count as a new one.
        max_epochs: after how many epochs to stop anyway.
        holdout: the share of the rows that is held out, shuffled with a fixed seed and stratified
            for a Finite target.
        measure: what is measured on them; None as for `kf.evaluate`.
        restore_best: whether to predict with the best epoch rather than the last.
        retrain: whether to train on all rows at the end, for as many epochs as were best.

    Returns:
        An `IteratedModel` with `Step(1)`, `InvalidValue()`, `NumberSinceBest(patience, min_delta)`
        and `NumberLimit(max_epochs)`; its `resampling` is the share of the rows that train,
        `1 - holdout`.

    Raises:
        HyperparameterError: values that these can't have.

    Example:
        >>> import kerasflux as kf
        >>> model = early_stopping(kf.NeuralNetworkClassifier(rng=1), patience=3, holdout=0.25)
        >>> model.controls, model.resampling
        ([Step(), InvalidValue(), NumberSinceBest(n=3), NumberLimit(n=500)], 0.75)

    Source: `keras.callbacks.EarlyStopping`. Patience is that of Keras, counted from the best (the
    `Patience` of MLJ counts consecutive increases), but the best epoch is restored by default, and
    it is the best of all, whatever `min_delta`.
    """
    if isinstance(holdout, bool) or not isinstance(holdout, float) or not 0 < holdout < 1:
        raise HyperparameterError(
            f"`holdout` can't be {short(holdout)}.",
            expected="the share of the rows that is held out, between 0 and 1",
            received=f"{short(holdout)}, of type {type(holdout).__name__}",
            remedy="`IteratedModel(..., resampling=...)` takes other ways to hold rows out.",
            name="holdout",
            value=holdout,
        )
    waiting = _rule(NumberSinceBest, patience=patience, min_delta=min_delta)
    return IteratedModel(
        model,
        [Step(1), InvalidValue(), waiting, _rule(NumberLimit, max_epochs=max_epochs)],
        resampling=round(1 - holdout, 12),
        measure=measure,
        restore_best=restore_best,
        retrain=retrain,
    )


def _rule(kind: type[Criterion], **given: Any) -> Criterion:
    """A rule by arguments in the words of Keras, in which it is refused too."""
    try:
        return kind(**{_WORDS[name]: value for name, value in given.items()})
    except HyperparameterError as error:
        name = next(name for name in given if _WORDS[name] == getattr(error, "name", None))
        raise HyperparameterError(
            f"`{name}` of early_stopping can't be {short(given[name])}.",
            expected=error.expected,
            received=error.received,
            remedy=f"the default is {signature(early_stopping).parameters[name].default}",
            name=name,
            value=given[name],
        ) from None


_WORDS = {"patience": "n", "min_delta": "min_delta", "max_epochs": "n"}
