"""A model of a third party, whole: ridge regression by gradient descent."""

import numpy as np

import kerasflux as kf
from kerasflux.interface import QUIET
from kerasflux.predictions import like


class Ridge(kf.Deterministic):
    """Linear regression with a penalty on squared coefficients, one gradient step per epoch."""

    input_scitype = kf.Table(kf.Infinite)
    target_scitype = kf.Vector[kf.Infinite]
    iteration_parameter = "epochs"
    supports_training_losses = True

    epochs: int = 100
    penalty: float = 0.1

    def fit(self, data, run=QUIET):
        X, y = self._columns(data.X), np.asarray(data.y, dtype=float)
        return self._descend(np.zeros(X.shape[1]), [float(np.mean(y**2))], X, y, run)

    def update(self, fitted, old_model, data, run=QUIET):
        if self.restarts(old_model):
            return self.fit(data, run)
        X, y = self._columns(data.X), np.asarray(data.y, dtype=float)
        return self._descend(fitted.state, list(fitted.report["training_losses"]), X, y, run)

    def restarts(self, old_model):
        changes = super().restarts(old_model)
        return tuple(c for c in changes if not (c.path == "epochs" and c.new > c.old))

    def predict(self, fitted, X):
        return like(self._columns(X) @ fitted.state, X)

    def dump(self, fitted):
        return {"losses": fitted.report["training_losses"]}, {"coefficients": fitted.state}

    def load(self, record, arrays):
        return self._learned(arrays["coefficients"], record["losses"])

    def _descend(self, w, losses, X, y, run):
        step = 1 / (np.linalg.norm(X, 2) ** 2 / len(y) + self.penalty)
        while len(losses) <= self.epochs:
            w = w - step * (X.T @ (X @ w - y) / len(y) + self.penalty * w)
            losses.append(float(np.mean((X @ w - y) ** 2)))
            if run.epoch({"epoch": len(losses) - 1, "training_loss": losses[-1]}):
                break
            if run.due(len(losses) - 1):
                run.keep(self._learned(w, list(losses)))
        return self._learned(w, losses)

    def _learned(self, w, losses):
        return kf.Fitted(w, {"coefficients": w}, {"training_losses": losses})

    def _columns(self, X):
        return np.c_[np.ones(kf.nrows(X)), kf.matrix(X)]
