"""Keras' learning rate schedules, which count steps: refused, with what to write instead.

A step is a batch, so that a schedule of steps changes its meaning with the number of rows and the
batch size: in each fold of a cross-validation, and wherever `batch_size="auto"`. Ours count epochs.
A schedule is read from its class's name and configuration; this module does not load Keras.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from kerasflux.allowed import short
from kerasflux.errors import HyperparameterError

Config = Mapping[str, Any]
_STEPS = "n = math.ceil(n_rows / batch_size)"


def refusal(name: str, config: Config) -> HyperparameterError:
    """The error for a schedule of steps.

    Args:
        name: the name of its class.
        config: what its `get_config` gives.

    >>> config = {"initial_learning_rate": 0.1, "decay_steps": 500, "decay_rate": 0.9}
    >>> print(refusal("ExponentialDecay", config).remedy)
    learning_rate=kf.schedules.Exponential(peak=0.1, factor=0.9 ** (n / 500)) with \
n = math.ceil(n_rows / batch_size), the steps of an epoch
    """
    return HyperparameterError(
        f"`learning_rate` can't be the schedule {name}: it counts steps, so that its rates depend "
        "on the number of rows and the batch size.",
        expected="a number, a schedule in epochs (kf.schedules), or a function of the number of "
        "finished epochs",
        received=f"{name}({', '.join(f'{k}={short(v)}' for k, v in _told(config).items())})",
        remedy=_remedy(name, config),
    )


def _told(config: Config) -> dict[str, Any]:
    return {k: v for k, v in config.items() if k != "name"}


def _remedy(name: str, config: Config) -> str:
    try:
        text = _EQUIVALENTS[name](config)
    except (KeyError, TypeError, ValueError):  # a class of the user's, or of another Keras
        return (
            "write it as a subclass of kf.schedules.Schedule with `__call__(self, epoch)`, or as a "
            "function: learning_rate=lambda epoch: 0.1 / (1 + epoch)"
        )
    return f"learning_rate={text} with {_STEPS}, the steps of an epoch"


def _number(value: Any) -> str:
    return f"{float(value):.6g}"


def _cosine(c: Config) -> str:
    steps = c.get("warmup_steps") or 0
    target = c.get("warmup_target")
    warm = target is not None and steps > 0
    peak: Any = target if warm else c["initial_learning_rate"]
    end = _final(peak, c.get("alpha", 0.0))
    decay = f"kf.schedules.Cosine(peak={_number(peak)}, epochs=round({c['decay_steps']} / n){end})"
    if not warm:
        return decay
    start = _number(c["initial_learning_rate"])
    return f"kf.schedules.Warmup({decay}, epochs=round({steps} / n), start={start})"


def _restarts(c: Config) -> str:
    peak = c["initial_learning_rate"]
    return (
        f"kf.schedules.CosineRestarts(peak={_number(peak)}, "
        f"cycle=round({c['first_decay_steps']} / n), stretch={_number(c['t_mul'])}, "
        f"shrink={_number(c['m_mul'])}{_final(peak, c['alpha'])})"
    )


def _exponential(c: Config) -> str:
    peak, factor = _number(c["initial_learning_rate"]), _number(c["decay_rate"])
    steps = c["decay_steps"]
    if c.get("staircase"):
        return f"kf.schedules.Step(peak={peak}, factor={factor}, every=round({steps} / n))"
    return f"kf.schedules.Exponential(peak={peak}, factor={factor} ** (n / {steps}))"


def _polynomial(c: Config) -> str:
    if c.get("cycle"):
        raise ValueError("cycles have no equivalent")
    return (
        f"kf.schedules.Polynomial(peak={_number(c['initial_learning_rate'])}, "
        f"epochs=round({c['decay_steps']} / n), power={_number(c['power'])}, "
        f"final={_number(c['end_learning_rate'])})"
    )


def _piecewise(c: Config) -> str:
    first, *rates = map(_number, c["values"])
    pairs = zip(c["boundaries"], rates, strict=True)
    later = "".join(f", round({boundary} / n): {rate}" for boundary, rate in pairs)
    return f"kf.schedules.Piecewise({{0: {first}{later}}})"


def _inverse(c: Config) -> str:
    part = f"epoch * n / {c['decay_steps']}"
    if c.get("staircase"):
        part = f"(epoch * n // {c['decay_steps']})"
    rate, decay = _number(c["initial_learning_rate"]), _number(c["decay_rate"])
    return f"lambda epoch: {rate} / (1 + {decay} * {part})"


def _final(peak: float, alpha: float) -> str:
    return f", final={_number(peak * alpha)}" if alpha else ""


_EQUIVALENTS: Mapping[str, Callable[[Config], str]] = {
    "CosineDecay": _cosine,
    "CosineDecayRestarts": _restarts,
    "ExponentialDecay": _exponential,
    "InverseTimeDecay": _inverse,
    "PiecewiseConstantDecay": _piecewise,
    "PolynomialDecay": _polynomial,
}
