"""A toy that learns nothing: what it predicts after n epochs is written in a list."""

import math

import numpy as np
import pandas as pd

import kerasflux as kf
import scitypes as st
from kerasflux.errors import Interrupted
from kerasflux.hyperparameters import field
from kerasflux.interface import QUIET, Deterministic, Fitted, Run
from kerasflux.predictions import like

PLAYED = []  # every epoch that any of them ever trained


class Scripted(Deterministic):
    """Predicts the n-th number of its script after n epochs, the last one from there on.

    Its training losses are those of another script; a NaN among them ends training and is undone,
    as in networks.
    """

    input_scitype = st.Table(st.Infinite, st.Finite)
    target_scitype = st.Vector[st.Infinite]
    iteration_parameter = "epochs"
    supports_training_losses = True
    supports_weights = True

    epochs: int = 7
    script: tuple[float, ...] = (1.0,)
    losses: tuple[float, ...] = ()
    rate: float = field(0.1, continues=True)
    seed: int = 0

    def fit(self, data, run: Run = QUIET):
        return self._played(0, [2.0], [], len(data.X), data, run)

    def update(self, fitted, old_model, data, run: Run = QUIET):
        if self.restarts(old_model):
            return self.fit(data, run)
        return self._played(*fitted.state, data, run)

    def restarts(self, old_model):
        changes = super().restarts(old_model)
        return tuple(
            c for c in changes if not c.continues and not (c.path == "epochs" and c.new > c.old)
        )

    def _played(self, n, losses, rates, n_rows, data, run):
        losses, rates = list(losses[: n + 1]), list(rates)
        run.begin()
        stopped = None
        try:
            while n < self.epochs and not stopped:
                loss = self.losses[n] if n < len(self.losses) else 1.0 / (n + 1)
                losses.append(loss)
                PLAYED.append(n + 1)
                if math.isnan(loss):
                    stopped = f"the loss in epoch {n + 1} is nan"
                    break
                n += 1
                rates.append(self.rate)
                if run.epoch({"epoch": n, "training_loss": loss, "learning_rate": self.rate}):
                    stopped = "on_epoch"
                if run.due(n):
                    run.keep(self._fitted(n, losses, rates, n_rows))
        except KeyboardInterrupt:
            raise Interrupted(self._fitted(n, losses, rates, n_rows)) from None
        return self._fitted(n, losses, rates, n_rows, stopped)

    def _fitted(self, n, losses, rates, n_rows, stopped=None):
        rows = [
            {"epoch": k, "training_loss": losses[k], "learning_rate": rates[k - 1]}
            for k in range(1, n + 1)
        ]
        report = {
            "training_losses": list(losses),
            "epochs": n,
            "history": rows,
            "stopped": stopped,
            "n_rows": n_rows,
        }
        return Fitted((n, tuple(losses), tuple(rates), n_rows), {"n": n}, report)

    def predict(self, fitted, X):
        n = fitted.state[0]
        value = 0.0 if n == 0 else self.script[min(n, len(self.script)) - 1]
        return like(np.full(st.nrows(X), value), X)

    def dump(self, fitted):
        n, losses, rates, n_rows = fitted.state
        stopped = fitted.report["stopped"]
        return {"n": n, "n_rows": n_rows, "stopped": stopped}, {
            "losses": np.array(losses),
            "rates": np.array(rates),
        }

    def load(self, record, arrays):
        losses, rates = arrays["losses"].tolist(), arrays["rates"].tolist()
        return self._fitted(record["n"], losses, rates, record["n_rows"], record["stopped"])


X = pd.DataFrame({"a": np.arange(20.0), "b": np.arange(20.0) % 3})
Y = pd.Series(np.zeros(20), name="y")  # so that measures of numbers are those of the script


def iterated(script, *rules, losses=(), **options):
    """A scripted model, an epoch per cycle, until one of these rules stops it."""
    controls = options.pop("controls", [kf.Step(1), *rules])
    model = Scripted(script=tuple(map(float, script)), losses=tuple(losses))
    return kf.IteratedModel(model, controls, **options)


def fitted(script, *rules, **options):
    """A machine with it, fitted."""
    return kf.machine(iterated(script, *rules, **options), X, Y).fit(verbosity=0)
