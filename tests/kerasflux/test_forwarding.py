"""Models around another one: for what they go on, and when that is as good as training anew."""

from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from toys import WALKED, Walker

import kerasflux as kf
from kerasflux.forwarding import Wrapper
from kerasflux.hyperparameters import field
from kerasflux.interface import QUIET, Deterministic, Fitted, fit, update

X = pd.DataFrame({"a": np.arange(24.0)})


@dataclass(frozen=True)
class Around:
    inner: Fitted


class Sparing(Deterministic, Wrapper):
    """Trains on every `step`-th row; a changed step holds from the next epoch on."""

    model: Any = field(factory=Walker)
    step: int = field(1, continues=True)

    def fit(self, data, run=QUIET):
        return self._around(fit(self.model, self._rows(data), run))

    def update(self, fitted, old_model, data, run=QUIET):
        if self.restarts(old_model):
            return self.fit(data, run)
        inner = self.inner(fitted)
        return self._around(update(self.model, inner, old_model.model, self._rows(data), run))

    def predict(self, fitted, X):
        return self.model.predict(self.inner(fitted), X)

    def _rows(self, data):
        return data.take(np.arange(0, len(data), self.step)).of(self.model)

    def _around(self, inner):
        return Fitted(Around(inner), inner.params, inner.report)


def evaluated(mach):
    WALKED.clear()
    found = mach.evaluate(resampling=kf.CV(nfolds=2), measure="l2", verbosity=0)
    return found.measurement[0], list(WALKED)


def test_folds_go_on_where_the_model_alone_changed_as_if_it_were_new():
    mach = kf.machine(Sparing(Walker(epochs=2), step=3), X, X["a"]).fit(verbosity=0)
    evaluated(mach)
    mach.model.model.epochs = 3
    assert evaluated(mach) == (evaluated(kf.machine(mach.model, X, X["a"]))[0], [3, 3])


def test_folds_begin_anew_where_going_on_around_the_model_is_not_as_good():
    """The machine itself goes on after such a change; what a fold tells has to be of this model."""
    mach = kf.machine(Sparing(Walker(epochs=2), step=3), X, X["a"]).fit(verbosity=0)
    evaluated(mach)
    mach.model.model.epochs, mach.model.step = 3, 4
    assert evaluated(mach) == evaluated(kf.machine(mach.model, X, X["a"]))
    assert mach.fit(verbosity=0).report.decision.startswith("continued")
