"""Toys for searches: walkers that fail or diverge where they are told to, and small searches."""

import numpy as np
import pandas as pd
import toys
from toys import Shares, Walker

import kerasflux as kf

N = 24
X = pd.DataFrame({"a": np.arange(float(N)), "b": np.arange(float(N)) % 5})
Y = np.random.default_rng(3).permutation(np.arange(float(N)))
CLASSES = pd.Series(pd.Categorical(["no", "yes", "no"] * 8), name="answer")
RATES = {"rate": [0.05, 0.2, 0.5, 0.1]}


class Moody(Walker):
    """Raises at the rates of `REFUSED`, as a user's code would; predicts NaN above rate 1."""

    def fit(self, data, run=toys.QUIET):
        if self.rate in REFUSED:
            raise ZeroDivisionError(f"no way at {self.rate}")
        return super().fit(data, run)

    def predict(self, fitted, X):
        return super().predict(fitted, X) * (np.nan if self.rate > 1 else 1.0)


REFUSED = set()


def tuned(model=None, given=None, **options):
    """A search over the rate of a walker, on three folds."""
    defaults = {
        "tuning": kf.Grid(shuffle=False),
        "resampling": kf.CV(nfolds=3, rng=0),
        "measure": "l1",
    }
    model = Walker(epochs=3) if model is None else model
    return kf.TunedModel(model, given or RATES, **{**defaults, **options})


def fitted(*args, **options):
    return kf.machine(tuned(*args, **options), X, Y).fit(verbosity=0)


def walked(mach=None, **options):
    """How many epochs all walkers train in a fit."""
    toys.WALKED.clear()
    mach.fit(verbosity=0, **options)
    return len(toys.WALKED)


def alike(one, other):
    """Whether two searches found the same, bit for bit, and predict the same."""
    a, b = (m.report.history.to_frame(seconds=False) for m in (one, other))
    pd.testing.assert_frame_equal(a, b, check_exact=True)
    assert [e.per_fold for e in one.report.history] == [e.per_fold for e in other.report.history]
    assert one.report.best_model == other.report.best_model
    assert np.array_equal(np.asarray(one.predict()), np.asarray(other.predict()))
    return True


__all__ = ["CLASSES", "RATES", "REFUSED", "Moody", "Shares", "Walker", "X", "Y", "alike"]
__all__ += ["fitted", "tuned", "walked"]
