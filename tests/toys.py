"""Toy models of the protocol: what machines, evaluations and files are tested with."""

import numpy as np

import scitypes as st
from kerasflux.errors import Interrupted
from kerasflux.hyperparameters import field
from kerasflux.interface import QUIET, Deterministic, Fitted, Model, Probabilistic, Run, Static
from kerasflux.predictions import UnivariateFiniteVector, index_of, like
from scitypes.pools import Pool


class Walker(Deterministic):
    """Walks from 0 towards the weighted mean of the target, a step per epoch; ignores inputs."""

    input_scitype = st.Table(st.Infinite, st.Finite)
    target_scitype = st.Vector[st.Infinite]
    iteration_parameter = "epochs"
    supports_weights = True
    supports_training_losses = True

    epochs: int = 10
    rate: float = 0.5
    pace: float = field(1.0, continues=True)

    def fit(self, data, run: Run = QUIET):
        return self._walk(Fitted(state=(0.0, [abs(_mean(data))])), data, run)

    def update(self, fitted, old_model, data, run: Run = QUIET):
        if self.restarts(old_model):
            return self.fit(data, run)
        return self._walk(fitted, data, run)

    def restarts(self, old_model):
        changes = super().restarts(old_model)
        return tuple(
            c for c in changes if not c.continues and not (c.path == "epochs" and c.new > c.old)
        )

    def _walk(self, fitted, data, run):
        place, losses = fitted.state[0], list(fitted.state[1])
        rows = list(fitted.report.get("history", ()))
        try:
            while len(losses) <= self.epochs:
                place += self.rate * self.pace * (_mean(data) - place)
                losses.append(abs(_mean(data) - place))
                check = None if run.validation is None else abs(_mean(run.validation) - place)
                rows.append({"epoch": len(losses) - 1, "training_loss": losses[-1], "seconds": 0.0,
                             "validation_loss": check, "learning_rate": self.rate})  # fmt: skip
                WALKED.append(len(losses) - 1)
                if run.epoch(rows[-1]):
                    break
                if run.due(len(losses) - 1):
                    run.keep(self._fitted(place, list(losses), list(rows)))
        except KeyboardInterrupt:
            raise Interrupted(self._fitted(place, losses, rows)) from None
        return self._fitted(place, losses, rows)

    def _fitted(self, place, losses, rows):
        report = {"training_losses": losses, "history": rows}
        return Fitted((place, losses), {"place": place}, report)

    def predict(self, fitted, X):
        return like(np.full(st.nrows(X), fitted.state[0]), X)

    def dump(self, fitted):
        return {"history": fitted.report["history"]}, {
            "place": np.array(fitted.state[0]),
            "losses": np.array(fitted.state[1]),
        }

    def load(self, record, arrays):
        return self._fitted(float(arrays["place"]), arrays["losses"].tolist(), record["history"])


class Counting(Walker):
    """A walker past matrices."""

    input_scitype = st.Matrix[st.Infinite]


WALKED = []  # every epoch that any walker ever trained


def _mean(data):
    return float(np.average(np.asarray(data.y, dtype=float), weights=data.w))


class Shares(Probabilistic):
    """Predicts for every row the shares of the classes among the training rows."""

    input_scitype = st.Table(st.Infinite, st.Finite)
    target_scitype = st.Vector[st.Finite]
    smoothing: float = 1.0

    def prepare(self, X, y=None, w=None):
        PREPARED.append(type(self).__name__)
        return super().prepare(X, y, w)

    def fit(self, data):
        pool = Pool.of(data.y)
        counts = np.bincount(pool.codes(data.y), minlength=len(pool.levels)) + self.smoothing
        return Fitted((pool, counts / counts.sum()), {"shares": counts / counts.sum()})

    def predict(self, fitted, X):
        pool, shares = fitted.state
        rows = np.tile(shares, (st.nrows(X), 1))
        return UnivariateFiniteVector(rows, pool, ordered=pool.ordered, index=index_of(X))

    def dump(self, fitted):
        return {"pool": fitted.state[0].to_json()}, {"shares": fitted.state[1]}

    def load(self, record, arrays):
        shares = arrays["shares"]
        return Fitted((Pool.from_json(record["pool"]), shares), {"shares": shares})


PREPARED = []  # the class of each Shares that ever prepared data


class Imputing(Shares):
    """Shares that fill gaps where they are told to."""

    missing: str = field("error", allowed=("error", "impute"))

    @property
    def input_scitype(self):
        gaps = st.Missing if self.missing == "impute" else st.Never
        return st.Table(st.Infinite | gaps, st.Finite | gaps)


class Picky(Deterministic):
    """Takes numbers that are Continuous only, and a Continuous target."""

    input_scitype = st.Table(st.Continuous)
    target_scitype = st.Vector[st.Continuous]


class Seeing(Probabilistic):
    """Declares images as its inputs."""

    input_scitype = st.Vector[st.Image]
    target_scitype = st.Vector[st.Finite]


class Doubling(Static):
    """Doubles numbers; learns nothing."""

    def transform(self, fitted, X):
        return X * 2

    def inverse_transform(self, fitted, X):
        return X / 2


class Failing(Walker):
    """Fails in `fit` as a user's own code would."""

    def fit(self, data, run=QUIET):
        raise ZeroDivisionError("as user code does")

    def update(self, fitted, old_model, data, run=QUIET):
        raise ZeroDivisionError("as user code does")


class Nameless(Model):
    """Defines nothing at all."""
