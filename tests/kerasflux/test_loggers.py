"""What evaluations are written to: files of JSON lines, MLflow, and loggers of one's own."""

import json

import numpy as np
import pandas as pd
import pytest
from toys import Shares, Walker

import kerasflux as kf
from kerasflux.loggers import LoggerNotInstalled, flattened

X = pd.DataFrame({"a": np.arange(24.0)})
Y = np.arange(24.0) ** 2
CLASSES = pd.Series(pd.Categorical(["no", "yes", "no"] * 8), name="answer")


class Remembering:
    """A logger that keeps what it is given."""

    def __init__(self):
        self.seen = []

    def log(self, evaluation):
        self.seen.append(evaluation)


def test_every_evaluation_is_logged():
    logger = Remembering()
    both = kf.evaluate({"a": Walker(), "b": Walker(rate=0.9)}, X, Y, logger=logger, verbosity=0)
    assert [e is seen for e, seen in zip(both, logger.seen, strict=True)] == [True, True]
    one = kf.machine(Walker(), X, Y).evaluate(logger=logger, verbosity=0)
    assert logger.seen[2] is one


def test_an_evaluation_is_logged_before_the_next_model_fails():
    class Failing(Walker):
        def fit(self, data, run=None):
            raise ZeroDivisionError

    logger = Remembering()
    with pytest.raises(ZeroDivisionError) as caught:
        kf.evaluate({"good": Walker(), "bad": Failing()}, X, Y, logger=logger, verbosity=0)
    assert [e.tag for e in logger.seen] == ["good"]
    assert caught.value.__notes__ == ["This happened in fold 1 of 6 of 'bad'."]


def test_a_logger_that_fails_loses_nothing():
    class Broken(Remembering):
        def __repr__(self):
            return "Broken()"

        def log(self, evaluation):
            raise ConnectionError("the server is down.")

    with pytest.warns(UserWarning, match=r"Broken\(\) failed to log it: ConnectionError") as told:
        e = kf.evaluate(Walker(), X, Y, logger=Broken(), verbosity=0)
    assert len(e.per_fold[0]) == 6
    assert told[0].filename == __file__


@pytest.mark.parametrize("logger", ["runs.jsonl", 5, kf.loggers.JSONLines, object()])
def test_what_is_no_logger_is_refused_before_training(logger):
    with pytest.raises(kf.ArgumentError, match="can't log evaluations") as caught:
        kf.evaluate(Walker(), X, Y, logger=logger, verbosity=0)
    assert "JSONLines" in caught.value.remedy


def test_lines_hold_what_was_measured_and_how(tmp_path):
    logger = kf.loggers.JSONLines(tmp_path / "new" / "runs.jsonl")
    models = {"even": Shares(), "rough": Shares(smoothing=100.0)}
    measures = [kf.log_loss, kf.accuracy, kf.confusion_matrix]
    both = kf.evaluate(models, X, CLASSES, measure=measures, logger=logger, verbosity=0)
    first, second = logger.read()
    assert (first["tag"], second["tag"]) == ("even", "rough")
    assert second["hyperparameters"] == {"smoothing": 100.0}
    assert first["model"] == "Shares"
    assert first["resampling"] == "StratifiedCV(rng=0)"
    assert (first["folds"], first["rows_tested"], first["repeats"]) == (6, 24, 1)
    measured = first["measures"]["accuracy"]
    assert measured["measurement"] == both[0]["accuracy"]
    assert measured["per_fold"] == both[0].per_fold[1]
    assert measured["uncertainty_radius_95"] == both[0].uncertainty_radius_95[1]
    assert measured["operation"] == "predict_mode"
    assert measured["orientation"] == "score"
    frame = logger.to_frame()
    assert frame["log_loss"].tolist() == [e["log_loss"] for e in both]
    assert frame["hyperparameters.smoothing"].tolist() == [1.0, 100.0]


def test_numbers_that_json_has_not_are_written_as_words(tmp_path):
    logger = kf.loggers.JSONLines(tmp_path / "runs.jsonl")

    def infinite(y_true, y_pred):
        return float("inf")

    kf.evaluate(Walker(), X, Y, kf.Holdout(), [infinite, "l1"], logger=logger, verbosity=0)
    (line,) = (tmp_path / "runs.jsonl").read_text().splitlines()
    read = json.loads(line, parse_constant=lambda name: pytest.fail(name))
    assert read["measures"]["infinite"]["measurement"] == "inf"
    assert read["measures"]["l1"]["uncertainty_radius_95"] == "inf"


def test_confusion_matrices_are_written_as_levels_and_rows(tmp_path):
    logger = kf.loggers.JSONLines(tmp_path / "runs.jsonl")
    e = kf.evaluate(Shares(), X, CLASSES, measure=kf.confusion_matrix, logger=logger, verbosity=0)
    measured = logger.read()[0]["measures"]["confusion_matrix"]
    assert measured["measurement"] == {
        "levels": ["no", "yes"],
        "matrix": e["confusion_matrix"].matrix.tolist(),
    }
    assert [fold["levels"] for fold in measured["per_fold"]] == [["no", "yes"]] * 6


def test_files_that_can_not_be_written_are_refused_before_training(tmp_path):
    (tmp_path / "notes").write_text("milk")
    with pytest.raises(kf.StorageError, match="can't be logged to"):
        kf.evaluate(
            Walker(), X, Y, logger=kf.loggers.JSONLines(tmp_path / "notes" / "runs"), verbosity=0
        )
    for path in (tmp_path / "notes", tmp_path / "nowhere"):
        with pytest.raises(kf.StorageError, match="can't be read as evaluations"):
            kf.loggers.JSONLines(path).read()


def test_hyperparameters_are_written_by_dotted_path():
    model = kf.NeuralNetworkRegressor(builder=kf.MLP((8,)), epochs=3)
    flat = dict(flattened(model))
    assert flat["epochs"] == 3
    assert flat["builder"] == "MLP"
    assert flat["builder.hidden"] == (8,)
    assert flat["optimiser.learning_rate"] == model.optimiser.learning_rate


def test_an_unknown_logger_is_told_the_nearest():
    with pytest.raises(kf.UnknownName, match="MLflow"):
        kf.loggers.MLFlow  # noqa: B018


def test_mlflow_is_missed_when_the_logger_is_made(monkeypatch):
    monkeypatch.setattr("kerasflux.loggers.find_spec", lambda name: None)
    with pytest.raises(LoggerNotInstalled, match="not installed") as caught:
        kf.loggers.MLflow()
    assert "kerasflux[mlflow]" in caught.value.remedy


@pytest.fixture
def mlflow(tmp_path, monkeypatch):
    """A database of runs, and MLflow's client of it."""
    monkeypatch.chdir(tmp_path)
    mlflow = pytest.importorskip("mlflow", reason="MLflow is not installed", exc_type=ImportError)
    pytest.importorskip("sqlalchemy", reason="MLflow's databases need SQLAlchemy")
    uri = f"sqlite:///{tmp_path / 'runs.db'}"
    return uri, mlflow.MlflowClient(uri)


@pytest.mark.filterwarnings("ignore::DeprecationWarning", "ignore::FutureWarning")
def test_a_run_of_mlflow_holds_params_metrics_and_tags(mlflow):
    uri, client = mlflow
    logger = kf.loggers.MLflow(uri, experiment="walks")
    e = kf.evaluate(
        Walker(epochs=3), X, Y, kf.CV(3, rng=0), ["rms", "l1"], logger=logger, verbosity=0
    )
    other = logger.log(e)
    experiment = client.get_experiment_by_name("walks")
    runs = client.search_runs([experiment.experiment_id])
    assert len(runs) == 2
    assert {run.info.status for run in runs} == {"FINISHED"}
    run = client.get_run(other)
    assert run.info.run_name == "Walker"
    assert run.data.params == {"epochs": "3", "rate": "0.5", "pace": "1.0"}
    assert run.data.metrics["rms"] == e["rms"]
    assert run.data.metrics["l1_radius_95"] == e.uncertainty_radius_95[1]
    folds = client.get_metric_history(other, "rms_per_fold")
    assert [(m.step, m.value) for m in folds] == list(enumerate(e.per_fold[0], 1))
    assert run.data.tags["resampling"] == "CV(nfolds=3, rng=0)"
    assert run.data.tags["model"] == "Walker"


@pytest.mark.filterwarnings("ignore::DeprecationWarning", "ignore::FutureWarning")
def test_models_of_many_hyperparameters_and_configured_measures_are_written_whole(mlflow):
    uri, client = mlflow

    def a_function(y_true, y_pred):
        return 1.0

    a_function.__name__ = "<lambda>"
    many = {f"p{i}": float for i in range(130)}
    Many = type("Many", (Walker,), {"__annotations__": many, **dict.fromkeys(many, 0.5)})
    logger = kf.loggers.MLflow(uri)
    e = kf.evaluate(Many(), X, Y, kf.CV(2), [a_function], verbosity=0)
    run = client.get_run(logger.log(e))
    assert len(run.data.params) == 133
    assert run.data.metrics["_lambda_"] == 1.0


@pytest.mark.filterwarnings("ignore::DeprecationWarning", "ignore::FutureWarning")
def test_a_store_that_does_not_answer_is_refused_before_training(mlflow, tmp_path):
    logger = kf.loggers.MLflow(f"sqlite:///{tmp_path / 'no' / 'such' / 'folder' / 'runs.db'}")
    (tmp_path / "no").write_text("a file")
    with pytest.raises(kf.StorageError, match="can't be logged by MLflow"):
        kf.evaluate(Walker(), X, Y, logger=logger, verbosity=0)
