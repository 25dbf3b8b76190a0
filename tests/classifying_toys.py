"""Toy classifiers: one that learns epoch by epoch, one that knows the rows it was trained on."""

import numpy as np

import scitypes as st
from kerasflux.errors import Interrupted
from kerasflux.hyperparameters import field
from kerasflux.interface import QUIET, Fitted, Probabilistic, Run
from kerasflux.predictions import UnivariateFiniteVector, index_of
from scitypes.pools import Pool


class Leaning(Probabilistic):
    """Logistic regression by gradient steps over all rows, one per epoch; exact, no draws."""

    input_scitype = st.Table(st.Infinite)
    target_scitype = st.Vector[st.Finite]
    iteration_parameter = "epochs"
    supports_weights = True
    supports_training_losses = True
    exportable = True

    epochs: int = 3
    rate: float = 1.0
    pace: float = field(1.0, continues=True)

    def fit(self, data, run: Run = QUIET):
        x, pool = _inputs(data.X), Pool.of(data.y)
        start = np.zeros((x.shape[1], len(pool)))
        FITTED.append(len(x))
        return self._led(pool, start, [_loss(x, pool.codes(data.y), data.w, start)], data, run)

    def update(self, fitted, old_model, data, run: Run = QUIET):
        if self.restarts(old_model):
            return self.fit(data, run)
        return self._led(*fitted.state, data, run)

    def restarts(self, old_model):
        changes = super().restarts(old_model)
        return tuple(
            c for c in changes if not c.continues and not (c.path == "epochs" and c.new > c.old)
        )

    def _led(self, pool, W, losses, data, run):
        x, codes, w = _inputs(data.X), pool.codes(data.y), data.w
        losses, truth = list(losses), np.eye(len(pool))[codes]
        shares = np.full(len(x), 1 / len(x)) if w is None else w / w.sum()
        try:
            while len(losses) <= self.epochs:
                error = (_softmax(x, W) - truth) * shares[:, None]
                W = W - self.rate * self.pace * (x[:, :, None] * error[:, None, :]).sum(axis=0)
                losses.append(_loss(x, codes, w, W))
                LEANED.append(len(losses) - 1)
                row = {"epoch": len(losses) - 1, "training_loss": losses[-1], "seconds": 0.0,
                       "learning_rate": self.rate, "validation_loss": None}  # fmt: skip
                if run.validation is not None:
                    v = run.validation
                    row["validation_loss"] = _loss(_inputs(v.X), pool.codes(v.y), v.w, W)
                if run.epoch(row):
                    break
                if run.due(len(losses) - 1):
                    run.keep(self._fitted(pool, W, list(losses)))
        except KeyboardInterrupt:
            raise Interrupted(self._fitted(pool, W, losses)) from None
        return self._fitted(pool, W, losses)

    def _fitted(self, pool, W, losses):
        return Fitted((pool, W, losses), {"weights": W}, {"training_losses": losses})

    def predict(self, fitted, X):
        pool, W, _ = fitted.state
        return UnivariateFiniteVector(
            _softmax(_inputs(X), W), pool, index=index_of(X), name="answer"
        )

    def dump(self, fitted):
        pool, W, losses = fitted.state
        return {"pool": pool.to_json()}, {"weights": W, "losses": np.array(losses)}

    def load(self, record, arrays):
        pool, losses = Pool.from_json(record["pool"]), arrays["losses"].tolist()
        return self._fitted(pool, np.asarray(arrays["weights"]), losses)

    def serving(self, fitted):
        import tensorflow as tf

        pool, W, _ = fitted.state

        class Served(tf.Module):
            def __call__(self, columns):
                x = tf.stack([tf.cast(c, tf.float64) for c in columns.values()], axis=1)
                x = tf.concat([tf.tanh(x), tf.ones_like(x[:, :1])], axis=1)
                p = tf.nn.softmax(tf.linalg.matmul(x, W), axis=1)
                classes = tf.constant(list(pool.levels))
                labels = tf.gather(classes, tf.argmax(p, axis=1))
                return {"labels": labels, "probabilities": p, "classes": classes}

        return Served()


LEANED = []  # every epoch that any of them ever trained
FITTED = []  # the number of rows of each fit from scratch


def _inputs(X):
    x = np.tanh(st.matrix(X).astype(float))
    return np.concatenate([x, np.ones((len(x), 1))], axis=1)


def _softmax(x, W):
    z = (x[:, :, None] * W[None, :, :]).sum(axis=1)
    e = np.exp(z - z.max(axis=1, keepdims=True))
    return e / e.sum(axis=1, keepdims=True)


def _loss(x, codes, w, W):
    return float(np.average(-np.log(_softmax(x, W)[np.arange(len(x)), codes]), weights=w))


class Remembering(Probabilistic):
    """Knows by heart what rows it was trained on, by the numbers in the column `id`."""

    input_scitype = st.Table(st.Infinite)
    target_scitype = st.Vector[st.Finite]

    def fit(self, data):
        pool = Pool.of(data.y)
        known = dict(zip(np.asarray(data.X["id"]).tolist(), pool.codes(data.y), strict=True))
        return Fitted((pool, known), {"known": known})

    def predict(self, fitted, X):
        pool, known = fitted.state
        k = len(pool)
        rows = [np.eye(k)[known[i]] if i in known else np.full(k, 1 / k) for i in X["id"].tolist()]
        return UnivariateFiniteVector(np.array(rows), pool, index=index_of(X))
