"""The examples run, on small data."""

import importlib.util
import sys
from pathlib import Path

import numpy as np
import pytest

EXAMPLES = Path(__file__).parents[1] / "examples"


@pytest.fixture
def example(monkeypatch):
    """Import an example as its own script would be: its folder first on the path."""
    monkeypatch.syspath_prepend(str(EXAMPLES))

    def load(name):
        spec = importlib.util.spec_from_file_location(name, EXAMPLES / f"{name}.py")
        module = importlib.util.module_from_spec(spec)
        monkeypatch.setitem(sys.modules, name, module)
        spec.loader.exec_module(module)
        return module

    return load


@pytest.fixture(scope="module")
def digits_file(tmp_path_factory):
    """scikit-learn's 8 x 8 digits in a file of our form."""
    from sklearn.datasets import load_digits

    digits = load_digits()
    path = tmp_path_factory.mktemp("data") / "digits.npz"
    images = np.round(digits.images * (255 / 16)).astype("uint8")
    np.savez(path, images=images, labels=digits.target)
    return path


def test_the_demo_does_the_main_job(example, digits_file, tmp_path, capsys):
    mach, evaluation = example("mnist").main(digits_file, tmp_path, n=400, epochs=8)
    said = capsys.readouterr().out
    assert len(mach.training_losses) == 3 * 8 + 1
    assert evaluation["accuracy"] > 0.8
    assert "continued" in said
    assert "the same bits: True" in said
    assert "kerasflux imported: False" in said
    for picture in ("losses.png", "confusion.png", "digits.png"):
        assert (tmp_path / picture).stat().st_size > 5000


def test_a_perceptron_learns_flat_digits(example, digits_file, tmp_path):
    assert example("mnist_mlp").main(digits_file, tmp_path, epochs=15) > 0.85
    assert (tmp_path / "losses.png").exists()


def test_convolutions_learn_along_the_way(example, digits_file, tmp_path, capsys):
    assert example("mnist_cnn").main(digits_file, tmp_path, epochs=15) > 0.7
    assert "epoch 15" in capsys.readouterr().out


def test_iris_restarts_and_draws_its_learning_curve(example, tmp_path, capsys):
    evaluation, curve = example("iris").main(tmp_path, longest=40)
    assert evaluation["accuracy"] > 0.8
    assert list(curve.values)[-1] == 40
    assert "optimiser.learning_rate 0.001 -> 0.002" in capsys.readouterr().out


def test_a_messy_table_is_refused_mended_and_served(example, tmp_path, capsys):
    _, rms = example("messy_table").main(tmp_path)
    said = capsys.readouterr().out
    assert "kf.coerce" in said
    assert "moon" in said
    assert rms < 250
