"""What evaluations are written to: anything with a method `log(evaluation)`.

`JSONLines` writes one line per evaluation to a file, `MLflow` one run to a server or database. Both
write the same facts, which `facts` takes from an evaluation. `evaluate(..., logger=...)` asks a
logger that has a `check()` before anything is trained, and calls `log` as soon as a model's last
fold is done; if that fails, the evaluation is not lost.
"""

from __future__ import annotations

import datetime
import json
import math
import os
import re
from collections.abc import Iterator, Mapping, Sequence
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from kerasflux.errors import ArgumentError, KerasfluxError, StorageError, unknown_name
from kerasflux.hyperparameters import Hyperparameters
from kerasflux.log import warn
from kerasflux.portraits import distinct
from kerasflux.scoring.confusion import ConfusionMatrix
from kerasflux.structure import values

_PUBLIC = ("JSONLines", "MLflow")


class LoggerNotInstalled(KerasfluxError, ImportError):
    """A logger needs a library that is not installed."""


class JSONLines:
    """A file with one line of JSON per evaluation, to which each call of `log` appends.

    A line has `time` (UTC), `tag`, `model` (its class), `hyperparameters` (by dotted path),
    `resampling`, `repeats`, `folds`, `rows_tested`, and `measures`: for each measure `measurement`,
    `uncertainty_radius_95`, `per_fold`, `operation`, `orientation`, `positive` and `left_out`.
    Numbers that JSON does not have are the strings `"nan"`, `"inf"` and `"-inf"`. A confusion
    matrix is a dict of its `levels` and its `matrix`, true classes in rows.

    Args:
        path: the file; made when it is first written to, with its folder.

    Example:
        >>> import kerasflux as kf, pandas as pd
        >>> X, y = pd.DataFrame({"a": [1.0, 2.0] * 6}), [2.0, 4.0] * 6
        >>> model = kf.NeuralNetworkRegressor(builder=kf.Linear(), epochs=1, rng=1)
        >>> logger = JSONLines("runs.jsonl")
        >>> e = kf.evaluate(model, X, y, kf.CV(2, rng=0), "l1", logger=logger, verbosity=0)
        >>> (run,) = logger.read()
        >>> run["tag"], run["hyperparameters"]["epochs"], run["resampling"]
        ('NeuralNetworkRegressor', 1, 'CV(nfolds=2, rng=0)')
        >>> logger.to_frame()["l1"].to_list() == [e["l1"]]
        True
    """

    def __init__(self, path: str | os.PathLike[str]) -> None:
        self.path = Path(path)

    def check(self) -> None:
        """See that the file can be written to.

        Raises:
            StorageError: it can't.
        """
        try:
            self._append("")
        except OSError as error:
            raise StorageError(
                f"Evaluations can't be logged to {str(self.path)!r}.",
                expected="a file that can be appended to",
                received=f"{type(error).__name__}: {error}",
                remedy="Name a file, in a folder that you may write to.",
            ) from error

    def log(self, evaluation: Any) -> None:
        """Append an evaluation."""
        self._append(json.dumps(_plain(facts(evaluation)), allow_nan=False) + "\n")

    def _append(self, text: str) -> None:
        self.path.parent.mkdir(parents=True, exist_ok=True)
        with open(self.path, "a", encoding="utf-8") as file:
            file.write(text)

    def read(self) -> list[dict[str, Any]]:
        """All lines of the file, each a dict as described above.

        Raises:
            StorageError: the file can't be read, or a line of it is no JSON.
        """
        try:
            text = self.path.read_text(encoding="utf-8")
            return [json.loads(line) for line in text.splitlines() if line.strip()]
        except (OSError, ValueError) as error:
            raise StorageError(
                f"{str(self.path)!r} can't be read as evaluations.",
                expected="a file with one line of JSON per evaluation, as `log` writes it",
                received=f"{type(error).__name__}: {error}",
                remedy="Name the file that evaluations were logged to.",
            ) from error

    def to_frame(self) -> pd.DataFrame:
        """One row per evaluation: time, tag, model..., hyperparameters, and a column per measure.

        Raises:
            StorageError: see `read`.
        """
        return pd.DataFrame([_row(line) for line in self.read()])

    def __repr__(self) -> str:
        return f"JSONLines({str(self.path)!r})"


class MLflow:
    """A run of MLflow for each evaluation; needs the extra `mlflow`.

    Hyperparameters are its params, by dotted path; each measurement is a metric with the name of
    the measure, `<measure>_radius_95` the radius of its interval, and `<measure>_per_fold` has the
    folds as steps. Resampling, repeats, the model's class and, for measures that have one, the
    positive class are tags. MLflow's own settings, such as its active run, are left alone.

    Args:
        uri: the tracking server (`"http://..."`) or database (`"sqlite:///runs.db"`); None for
            MLflow's own default, which the environment variable `MLFLOW_TRACKING_URI` sets.
        experiment: the experiment that runs belong to; made if there is none of that name.

    Raises:
        LoggerNotInstalled: MLflow is not installed.

    Source: `MLFlowLogger` of MLJFlow.jl.
    """

    def __init__(self, uri: str | None = None, experiment: str = "kerasflux") -> None:
        if find_spec("mlflow") is None:
            raise LoggerNotInstalled(
                "The MLflow logger needs MLflow, which is not installed.",
                expected="the package `mlflow` or `mlflow-skinny`",
                received="none",
                remedy="pip install 'kerasflux[mlflow]'; or log to a file: "
                "`kf.loggers.JSONLines('runs.jsonl')`.",
            )
        self.uri, self.experiment = uri, experiment

    def check(self) -> None:
        """See that runs can be written, and make the experiment if there is none of that name.

        Raises:
            StorageError: the server or database does not answer, or refuses.
        """
        from mlflow import MlflowClient

        try:
            self._experiment(MlflowClient(tracking_uri=self.uri))
        except Exception as error:  # whatever the store behind it raises
            raise StorageError(
                f"Evaluations can't be logged by {self!r}.",
                expected="a tracking server or database that answers",
                received=f"{type(error).__name__}: {error}",
                remedy="A database in a file needs no server: "
                "`kf.loggers.MLflow('sqlite:///runs.db')`.",
            ) from error

    def log(self, evaluation: Any) -> str:
        """Write an evaluation as a run; gives the run's identifier."""
        from mlflow import MlflowClient
        from mlflow.entities import Metric, Param, RunTag

        client = MlflowClient(tracking_uri=self.uri)
        found = facts(evaluation)
        run = client.create_run(self._experiment(client), run_name=found["tag"])
        identifier: str = run.info.run_id
        try:
            now = int(run.info.start_time)
            metrics = [Metric(name, value, now, step) for name, value, step in _metrics(found)]
            params = [Param(_key(k), _text(v)) for k, v in found["hyperparameters"].items()]
            tags = [RunTag(_key(k), _text(v)) for k, v in _mlflow_tags(found).items()]
            for start in range(0, max(len(params), len(metrics), 1), _BATCH):
                part = slice(start, start + _BATCH)
                client.log_batch(identifier, metrics[part], params[part], tags[part])
        except BaseException:
            client.set_terminated(identifier, "FAILED")
            raise
        client.set_terminated(identifier)
        return identifier

    def _experiment(self, client: Any) -> str:
        found = client.get_experiment_by_name(self.experiment)
        made = client.create_experiment(self.experiment) if found is None else found.experiment_id
        return str(made)

    def __repr__(self) -> str:
        return f"MLflow(uri={self.uri!r}, experiment={self.experiment!r})"


def told(logger: Any, evaluation: Any) -> None:
    """Log an evaluation, if there is a logger; a failure is a warning, and loses nothing."""
    if logger is None:
        return
    try:
        logger.log(evaluation)
    except Exception as error:
        why = f"{type(error).__name__}: {error}".rstrip(".")
        warn(
            f"{evaluation.tag} was evaluated, but {logger!r} failed to log it: {why}. "
            "`logger.log(evaluation)` tries again."
        )


def refuse_no_logger(logger: Any) -> None:
    """Refuse what has no `log`, or whose `check` refuses, before anything is trained."""
    if logger is None:
        return
    if not isinstance(logger, type) and callable(getattr(logger, "log", None)):
        getattr(logger, "check", lambda: None)()
        return
    raise ArgumentError(
        "`logger` can't log evaluations.",
        expected="an object with a method `log(evaluation)`",
        received=f"the class {logger.__name__}" if isinstance(logger, type) else repr(logger)[:60],
        remedy="`kf.loggers.JSONLines('runs.jsonl')` or `kf.loggers.MLflow()`, for example.",
    )


def facts(evaluation: Any) -> dict[str, Any]:
    """What loggers write of an evaluation, by name, in Python's own types and NumPy's numbers."""
    e = evaluation
    return {
        "time": datetime.datetime.now(datetime.UTC).isoformat(timespec="seconds"),
        "tag": e.tag,
        "model": type(e.model).__name__,
        "hyperparameters": dict(flattened(e.model)),
        "resampling": "written out" if isinstance(e.resampling, Sequence) else repr(e.resampling),
        "repeats": e.repeats,
        "folds": len(e.train_test_rows),
        "rows_tested": sum(len(test) for _, test in e.train_test_rows),
        "measures": {name: _facts(e, i) for i, name in enumerate(distinct(map(repr, e.measure)))},
    }


def _facts(e: Any, i: int) -> dict[str, Any]:
    return {
        "measurement": e.measurement[i],
        "uncertainty_radius_95": e.uncertainty_radius_95[i],
        "per_fold": e.per_fold[i],
        "operation": e.operation[i],
        "orientation": e.measure[i].orientation,
        "positive": e.positive[i],
        "left_out": e.left_out[i],
    }


def flattened(record: Hyperparameters, within: str = "") -> Iterator[tuple[str, Any]]:
    """The hyperparameters of a record by dotted path, those of nested records one by one.

    >>> from kerasflux.resampling import CV
    >>> dict(flattened(CV(3)))
    {'nfolds': 3, 'shuffle': None, 'rng': None}
    """
    for name, value in values(record):
        path = f"{within}.{name}" if within else name
        if isinstance(value, Hyperparameters):
            yield path, type(value).__name__
            yield from flattened(value, path)
        else:
            yield path, value


def _plain(value: Any) -> Any:
    """A value as JSON has it; what it has not is written as its `repr`."""
    if isinstance(value, np.generic):
        value = value.item()
    if isinstance(value, float) and not math.isfinite(value):
        return repr(value)
    if value is None or isinstance(value, str | bool | int | float):
        return value
    if isinstance(value, ConfusionMatrix):
        return {"levels": _plain(value.levels), "matrix": value.matrix.tolist()}
    if isinstance(value, Mapping):
        return {str(name): _plain(v) for name, v in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(v) for v in value]
    return repr(value)


def _row(line: Mapping[str, Any]) -> dict[str, Any]:
    """A line as one row of a table."""
    plain = {k: v for k, v in line.items() if k not in ("hyperparameters", "measures")}
    settings = {f"hyperparameters.{k}": v for k, v in line["hyperparameters"].items()}
    measured = {name: m["measurement"] for name, m in line["measures"].items()}
    radii = {f"{n}_radius_95": m["uncertainty_radius_95"] for n, m in line["measures"].items()}
    return {**plain, **measured, **radii, **settings}


_BATCH = 100  # the most params that MLflow takes at once
_LONGEST = 500  # the length of a param that every store of MLflow takes
_FOREIGN = re.compile(r"[^\w\-. /]")


def _metrics(found: Mapping[str, Any]) -> Iterator[tuple[str, float, int]]:
    """Name, value and step of each number."""
    for name, measured in found["measures"].items():
        key, radius = _key(name), measured["uncertainty_radius_95"]
        if not _is_number(measured["measurement"]):
            continue
        yield key, float(measured["measurement"]), 0
        if radius is not None and math.isfinite(radius):
            yield f"{key}_radius_95", float(radius), 0
        for k, value in enumerate(measured["per_fold"]):
            yield f"{key}_per_fold", float(value), k + 1


def _mlflow_tags(found: Mapping[str, Any]) -> dict[str, Any]:
    plain = {name: found[name] for name in ("model", "resampling", "repeats", "folds")}
    positive = {
        f"positive.{name}": m["positive"]
        for name, m in found["measures"].items()
        if m["positive"] is not None
    }
    return {**plain, **positive}


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float | np.number) and not isinstance(value, bool)


def _key(name: str) -> str:
    """A name as MLflow takes it.

    >>> _key("f_score(beta=2.0)")
    'f_score_beta_2.0_'
    """
    return _FOREIGN.sub("_", name)[:200]


def _text(value: Any) -> str:
    text = value if isinstance(value, str) else repr(value)
    return text if len(text) <= _LONGEST else f"{text[: _LONGEST - 3]}..."


def __getattr__(name: str) -> Any:
    raise unknown_name("kf.loggers", name, _PUBLIC)
