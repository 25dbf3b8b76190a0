"""Toy steps for pipelines: transformers that tell when they learn, and one that iterates."""

import numpy as np

import scitypes as st
from kerasflux.errors import Interrupted
from kerasflux.hyperparameters import field
from kerasflux.interface import QUIET, Fitted, Run, Unsupervised

LEARNED = []  # the name of each step that ever learned, with the number of its rows


class Shifting(Unsupervised):
    """Subtracts the means of the training rows, times a factor; of tables of numbers."""

    input_scitype = st.Table(st.Infinite)
    name: str = "shift"
    times: float = 1.0

    def output_schema(self, schema):
        return schema

    def fit(self, data):
        LEARNED.append((self.name, st.nrows(data.X)))
        return self._fitted(st.matrix(data.X).mean(axis=0) * self.times)

    def _fitted(self, means):
        return Fitted(means, {"means": means})

    def transform(self, fitted, X):
        return X - fitted.state

    def inverse_transform(self, fitted, X):
        return X + fitted.state

    def dump(self, fitted):
        return {}, {"means": fitted.state}

    def load(self, record, arrays):
        return self._fitted(arrays["means"])


class Secretive(Shifting):
    """One that does not say what it makes of tables, and makes text of them if told to."""

    texts: bool = False

    def output_schema(self, schema):
        return None

    def transform(self, fitted, X):
        return X.astype(str) if self.texts else X - fitted.state


class Growing(Unsupervised):
    """Multiplies by the number of its epochs; learns them one by one, from a target."""

    input_scitype = st.Table(st.Infinite)
    target_scitype = st.Vector[st.Infinite]
    iteration_parameter = "epochs"
    supports_training_losses = True
    epochs: int = 3
    start: float = 0.0
    pace: float = field(1.0, continues=True)

    def output_schema(self, schema):
        return schema

    def fit(self, data, run: Run = QUIET):
        return self._grown(self.start, [1.0], data, run)

    def update(self, fitted, old_model, data, run: Run = QUIET):
        if self.restarts(old_model):
            return self.fit(data, run)
        return self._grown(*fitted.state, data, run)

    def restarts(self, old_model):
        changes = super().restarts(old_model)
        return tuple(c for c in changes if not (c.path == "epochs" and c.new > c.old))

    def _grown(self, size, losses, data, run):
        assert data.y is not None
        losses = list(losses)
        try:
            while len(losses) <= self.epochs:
                size += 1.0
                losses.append(1.0 / size)
                GROWN.append(len(losses) - 1)
                if run.epoch({"epoch": len(losses) - 1, "training_loss": losses[-1]}):
                    break
                if run.due(len(losses) - 1):
                    run.keep(self._fitted(size, list(losses)))
        except KeyboardInterrupt:
            raise Interrupted(self._fitted(size, losses)) from None
        return self._fitted(size, losses)

    def _fitted(self, size, losses):
        return Fitted((size, losses), {"size": size}, {"training_losses": losses})

    def transform(self, fitted, X):
        return X * fitted.state[0]

    def dump(self, fitted):
        return {}, {"size": np.array(fitted.state[0]), "losses": np.array(fitted.state[1])}

    def load(self, record, arrays):
        return self._fitted(float(arrays["size"]), arrays["losses"].tolist())


GROWN = []  # every epoch that any of them ever trained
