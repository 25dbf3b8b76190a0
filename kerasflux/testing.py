"""`check_model`: does a model keep the promises of the protocol? For models of third parties.

Each check is a function of a `Subject` (a model and data for it) that raises `AssertionError` or
whatever went wrong; its docstring is the promise. `check_model` runs all that apply and reports all
that failed, at once.
"""

from __future__ import annotations

import pickle
import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

import scitypes as st
from kerasflux.comparing import as_array, as_values, demand_equal, raw_tensors
from kerasflux.errors import KerasfluxError, NotSupported
from kerasflux.evaluation import evaluate
from kerasflux.fingerprints import fingerprint
from kerasflux.fits import iterations_done
from kerasflux.hyperparameters import Hyperparameters, copied, from_json, get_path, paths, set_path
from kerasflux.hyperparameters import to_json as written
from kerasflux.interface import Fitted, Model, Static, Supervised
from kerasflux.machines import Machine, machine
from kerasflux.resampling import Holdout
from kerasflux.saving import load
from scitypes import tables


class ModelCheckFailed(KerasfluxError, AssertionError):
    """A model breaks promises of the protocol; `failures` maps each to what went wrong."""


class _Inapplicable(Exception):
    """A promise that a model does not make (private to this module)."""


@dataclass(frozen=True)
class Subject:
    """A model and data to check it with."""

    model: Model
    X: Any
    y: Any = None
    classes: tuple[type, ...] = ()

    def fitted(self, rows: Any = None, **changes: Any) -> Machine:
        """A machine with a copy of the model, fitted."""
        model = copied(self.model)
        for name, value in changes.items():
            set_path(model, name, value)
        return machine(model, self.X, self.y).fit(rows, verbosity=0)

    def output(self, mach: Machine, X: Any = None, rows: Any = None) -> np.ndarray:
        """What the machine predicts or transforms, as one array."""
        verb = mach.predict if isinstance(self.model, Supervised) else mach.transform
        return as_array(verb(X, rows))

    @property
    def n_rows(self) -> int:
        return int(st.nrows(self.X))


def check_model(
    model: Model,
    X: Any,
    y: Any = None,
    *,
    classes: tuple[type, ...] = (),
    skip: tuple[str, ...] = (),
) -> list[str]:
    """Check that a model keeps the promises of the protocol.

    Args:
        model: an instance, with hyperparameters that make it learn something in a moment (few
            epochs). A model that draws random numbers needs its seed set, so that fits compare.
        X: inputs of its `input_scitype`, some twenty rows or more.
        y: target of its `target_scitype`; None for models without one.
        classes: classes that `kf.load` needs besides the model's own (builders).
        skip: names of checks to leave out.

    Returns:
        The names of the checks that passed; those that don't apply to the model are left out.

    Raises:
        ModelCheckFailed: `failures` maps the name of each failed check to what went wrong.

    Example:
        >>> import kerasflux as kf, pandas as pd
        >>> X = pd.DataFrame({"a": [1.0, 2.0, 3.0, 4.0] * 6})
        >>> "survives_saving" in check_model(kf.NeuralNetworkRegressor(epochs=2, rng=1), X, X["a"])
        True
    """
    unknown = set(skip) - CHECKS.keys()
    if unknown:
        raise ValueError(
            f"no such check: {', '.join(sorted(unknown))}; there are {', '.join(CHECKS)}"
        )
    subject = Subject(model, X, y, classes)
    passed, failures = [], {}
    for name, check in CHECKS.items():
        if name in skip:
            continue
        try:
            check(subject)
            passed.append(name)
        except _Inapplicable:
            continue
        except Exception as error:
            failures[name] = f"{_promise(check)} {type(error).__name__}: {error}"
    if failures:
        raise _failed(model, failures, passed)
    return passed


def _failed(model: Model, failures: dict[str, str], passed: list[str]) -> ModelCheckFailed:
    return ModelCheckFailed(
        f"{type(model).__name__} breaks {len(failures)} of {len(failures) + len(passed)} promises.",
        expected="what `kerasflux.interface.Model` describes",
        received="\n".join(f"{name}: {text}" for name, text in failures.items()),
        remedy="A check that can't hold for this model can be left out: `skip=(name,)`.",
        failures=failures,
        passed=passed,
    )


def _promise(check: Callable[[Subject], None]) -> str:
    return (check.__doc__ or "").strip()


def is_a_record(s: Subject) -> None:
    """A model is a record of hyperparameters that equals its copy and prints as its call."""
    assert isinstance(s.model, Hyperparameters), "not a subclass of `kf.Model`"
    assert copied(s.model) == s.model, "a copy differs from the model"
    assert repr(s.model).startswith(type(s.model).__name__), f"printed as {s.model!r}"


def writes_its_hyperparameters(s: Subject) -> None:
    """Hyperparameters survive their JSON form."""
    assert from_json(written(s.model), (type(s.model), *s.classes)) == s.model


def declares_traits(s: Subject) -> None:
    """Traits are of the right kind, and `iteration_parameter` is a path of the model."""
    assert s.model.prediction_type in (None, "deterministic", "probabilistic")
    if s.model.iteration_parameter is not None:
        assert isinstance(get_path(s.model, s.model.iteration_parameter), int)
    assert st.scitype(s.X) <= s.model.input_scitype, "the data is no example of `input_scitype`"


def leaves_model_and_data_alone(s: Subject) -> None:
    """Fitting and predicting change neither model nor data, and keep nothing in the model."""
    before, digest = copied(s.model), fingerprint(s.X, s.y)
    names = set(s.model.__dict__)
    model = s.model
    data = model.select(model.prepare(s.X, s.y), None)
    fitted = Static.fit(model) if isinstance(model, Static) else model.fit(data)
    assert isinstance(fitted, Fitted), f"`fit` returned {type(fitted).__name__}, not Fitted"
    (model.predict if isinstance(model, Supervised) else model.transform)(fitted, s.X)
    assert model == before, "hyperparameters changed"
    assert set(model.__dict__) == names, "attributes were added to the model"
    assert fingerprint(s.X, s.y) == digest, "the data changed"


def predicts_a_row_at_a_time(s: Subject) -> None:
    """A row alone gets the same prediction as among others, and there is one per row."""
    mach = s.fitted()
    whole = s.output(mach)
    assert len(whole) == s.n_rows, f"{len(whole)} predictions for {s.n_rows} rows"
    for row in (0, s.n_rows - 1):
        demand_equal(s.output(mach, rows=[row])[0], whole[row], f"row {row} alone")


def keeps_the_container(s: Subject) -> None:
    """pandas in, pandas out, with its index."""
    if not isinstance(s.X, pd.DataFrame | pd.Series):
        raise _Inapplicable
    mach = s.fitted()
    moved = s.X.set_axis([f"row {i}" for i in range(s.n_rows)])
    if isinstance(s.model, Supervised):
        out = mach.predict(moved)
        out = out.mode() if s.model.prediction_type == "probabilistic" else out
    else:
        out = mach.transform(moved)
    assert list(out.index) == list(moved.index), "the index was lost"


def predicts_distributions(s: Subject) -> None:
    """A probabilistic model predicts distributions over the whole pool of the target."""
    if s.model.prediction_type != "probabilistic":
        raise _Inapplicable
    p = s.fitted().predict()
    assert st.scitype(p) <= st.Vector[st.Density], f"predictions are {st.scitype(p)}"
    assert list(p.levels) == list(st.levels(s.y)), "the levels are not those of the target"


def reads_later_data(s: Subject) -> None:
    """Columns are read by name in any order; an absent one is refused."""
    if not tables.is_table(s.X) or not hasattr(s.X, "iloc") or s.X.shape[1] < 2:
        raise _Inapplicable
    mach = s.fitted()
    demand_equal(s.output(mach, s.X[s.X.columns[::-1]]), s.output(mach, s.X), "columns in reverse")
    try:
        mach.predict(s.X.iloc[:, 1:]) if isinstance(s.model, Supervised) else mach.transform(
            s.X.iloc[:, 1:]
        )
    except st.ScitypeError:
        return
    raise AssertionError("a table without its first column was accepted")


def learns_from_the_rows_only(s: Subject) -> None:
    """Training on rows is training on a table of these rows."""
    rows = np.arange(0, s.n_rows, 2)
    part = Subject(s.model, st.selectrows(s.X, rows), _select(s.y, rows), s.classes)
    demand_equal(s.output(s.fitted(rows), s.X), s.output(part.fitted(), s.X), "a table of the rows")


def _select(y: Any, rows: np.ndarray) -> Any:
    return None if y is None else st.selectrows(y, rows)


def _unseeded(model: Model) -> bool:
    """Whether a model, or one within it, draws its seed anew at each fit."""
    seeds = [path for path in paths(model) if path.rpartition(".")[2] == "rng"]
    return any(get_path(model, path) is None for path in seeds)


def is_reproducible(s: Subject) -> None:
    """Two fits with equal hyperparameters learn the same (set the seed of the model to check)."""
    if _unseeded(s.model):
        raise _Inapplicable
    demand_equal(s.output(s.fitted()), s.output(s.fitted()), "a second fit")


def continues_exactly(s: Subject) -> None:
    """More iterations continue, and some in two stages are the same as all at once."""
    path, n = s.model.iteration_parameter, s.model.iterations()
    if path is None or not n or _unseeded(s.model):
        raise _Inapplicable
    staged = s.fitted(**{path: n})
    set_path(staged.model, path, 2 * n)
    staged.fit(verbosity=0)
    if not staged.report.decision.startswith("continued"):
        raise _Inapplicable
    once = s.fitted(**{path: 2 * n})
    demand_equal(s.output(staged), s.output(once), f"{n} + {n} {path}", exact=True)
    if s.model.supports_training_losses:
        demand_equal(staged.training_losses, once.training_losses, "training losses", exact=True)


def reports_losses(s: Subject) -> None:
    """`training_losses` are one value before training and one per iteration."""
    if not s.model.supports_training_losses:
        raise _Inapplicable
    mach = s.fitted()
    losses, goal = mach.training_losses, s.model.iterations()
    done = iterations_done(mach.fitted_model, mach.fitted) if goal is None else goal
    assert len(losses) == (done or 0) + 1, f"{len(losses)} losses"


def weighs_rows(s: Subject) -> None:
    """Sample weights make a difference; equal ones make none."""
    if not s.model.supports_weights or isinstance(s.model, Static):
        raise _Inapplicable
    if _unseeded(s.model):
        raise _Inapplicable

    def weighed(w: np.ndarray) -> np.ndarray:
        return s.output(machine(copied(s.model), s.X, s.y, w).fit(verbosity=0))

    demand_equal(weighed(np.full(s.n_rows, 2.0)), s.output(s.fitted()), "equal weights")
    uneven = np.where(np.arange(s.n_rows) < s.n_rows // 2, 1.0, 50.0)
    assert not np.array_equal(weighed(uneven), s.output(s.fitted())), "weights made no difference"


def survives_a_copy(s: Subject) -> None:
    """A pickled machine predicts the same."""
    mach = s.fitted()
    demand_equal(s.output(pickle.loads(pickle.dumps(mach))), s.output(mach), "a pickle", exact=True)


def survives_saving(s: Subject) -> None:
    """A saved and loaded machine predicts the same bits and reports the same losses."""
    mach = s.fitted()
    try:
        mach.fitted_model.dump(mach.fitted)
    except NotSupported:
        raise _Inapplicable from None
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "machine.kflux"
        mach.save(path)
        again = load(path, builders=(type(s.model), *s.classes))
    demand_equal(s.output(again, s.X), s.output(mach), "a loaded machine", exact=True)
    assert set(again.report) == set(mach.report), "reports have other entries"
    if s.model.supports_training_losses:
        demand_equal(again.training_losses, mach.training_losses, "loaded losses", exact=True)


class _Crash(Exception):
    """Stands for the death of a process in the middle of a fit."""


def survives_a_crash(s: Subject) -> None:
    """A fit that died goes on from its checkpoint, and ends as one that nothing disturbed."""
    n = s.model.iterations()
    if n is None or n < 2 or _unseeded(s.model) or not s.model.supports_training_losses:
        raise _Inapplicable

    def crash(row: Any) -> None:
        if row["epoch"] == n:
            raise _Crash

    with tempfile.TemporaryDirectory() as folder:
        try:
            machine(copied(s.model), s.X, s.y).fit(checkpoint=folder, on_epoch=crash, verbosity=0)
        except NotSupported:
            raise _Inapplicable from None
        except _Crash:
            pass
        mach = machine(copied(s.model), s.X, s.y).fit(checkpoint=folder, verbosity=0)
    demand_equal(s.output(mach), s.output(s.fitted()), "a fit that died", exact=True)
    demand_equal(mach.training_losses, s.fitted().training_losses, "its losses", exact=True)


def is_evaluated(s: Subject) -> None:
    """A supervised model is evaluated without further ado."""
    if not isinstance(s.model, Supervised):
        raise _Inapplicable
    e = evaluate(copied(s.model), s.X, s.y, resampling=Holdout(0.5, rng=0), verbosity=0)
    assert np.isfinite(e.measurement[0]), f"{e.measure[0].name} is {e.measurement[0]}"


def knows_its_output_schema(s: Subject) -> None:
    """What `output_schema` says before a fit is what `transform` gives after it."""
    if isinstance(s.model, Supervised):
        raise _Inapplicable
    said = s.model.output_schema(st.schema(s.X))
    if said is None:
        raise _Inapplicable
    found = st.schema(s.fitted().transform())
    assert said.container == found.container, f"a {found.container}, not a {said.container}"
    columns = [list(zip(o.names, o.scitypes, o.pools, strict=True)) for o in (said, found)]
    assert columns[0] == columns[1], f"said {columns[0]}, gave {columns[1]}"


def undoes_its_transform(s: Subject) -> None:
    """`inverse_transform` of what `transform` gives is the data again."""
    if isinstance(s.model, Supervised) or _inherits(s.model, "inverse_transform"):
        raise _Inapplicable
    mach = s.fitted()
    try:
        again = mach.inverse_transform(mach.transform())
    except NotSupported:
        raise _Inapplicable from None
    demand_equal(as_array(again), as_array(s.X), "the data after there and back")


def serves_what_it_transforms(s: Subject) -> None:
    """The exported module gives of raw tensors what `transform` gives of rows."""
    table = tables.is_table(s.X) or (isinstance(s.X, np.ndarray) and s.X.ndim == 2)
    if isinstance(s.model, Supervised) or not s.model.exportable or not table:
        raise _Inapplicable
    mach = s.fitted()
    served = mach.fitted_model.serving(mach.fitted)(raw_tensors(s.X, s.model))
    expected = raw_tensors(mach.transform(), s.model)
    assert list(served) == list(expected), f"columns {list(served)}, not {list(expected)}"
    for name, values in expected.items():
        demand_equal(as_values(served[name]), as_values(values), f"column {name!r}")


def _inherits(model: Model, verb: str) -> bool:
    return getattr(type(model), verb) is getattr(Model, verb)


CHECKS: dict[str, Callable[[Subject], None]] = {
    check.__name__: check
    for check in (
        is_a_record,
        writes_its_hyperparameters,
        declares_traits,
        leaves_model_and_data_alone,
        predicts_a_row_at_a_time,
        keeps_the_container,
        predicts_distributions,
        reads_later_data,
        learns_from_the_rows_only,
        is_reproducible,
        continues_exactly,
        reports_losses,
        weighs_rows,
        survives_a_copy,
        survives_saving,
        survives_a_crash,
        is_evaluated,
        knows_its_output_schema,
        undoes_its_transform,
        serves_what_it_transforms,
    )
}
