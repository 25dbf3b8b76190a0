"""Machines outlive their process: what a file keeps is all that predicting and going on need.

Each of the five models is trained on data that was typed by hand, saved, and loaded by one other
process, which sees the files of raw data alone: it predicts them shuffled and one row at a time,
and goes on training. Every bit has to be the one that this process gets.
"""

import subprocess
import sys
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from networks import differing

import kerasflux as kf

N, ONE = 57, 23
TYPES = {"town": kf.Multiclass, "stars": kf.OrderedFactor}
LEVELS = {"stars": [1, 2, 3, 4]}
TARGETS = {
    "regressor": "Sale Price",
    "multitarget": ["Sale Price", "tax"],
    "classifier": "band",
    "binary": "sold",
}
MODELS = {
    "regressor": kf.NeuralNetworkRegressor,
    "multitarget": kf.MultitargetNeuralNetworkRegressor,
    "classifier": kf.NeuralNetworkClassifier,
    "binary": kf.NeuralNetworkBinaryClassifier,
    "image": kf.ImageClassifier,
}
kinds = pytest.mark.parametrize("kind", MODELS)


def write_raw(folder: Path) -> None:
    """A CSV as one gets it, and images as an array; no categories, no order, no names of types."""
    draw = np.random.default_rng(17)
    raw = pd.DataFrame(
        {
            "id": [f"h-{i:03d}" for i in range(N)],
            "m²": draw.normal(90, 25, N).round(1),
            "rooms": draw.integers(1, 7, N),
            "town": draw.choice(["Åre", "Bo, west", "007"], N),
            "stars": draw.choice([1, 2, 3], N),
        }
    )
    value = raw["m²"] * (1 + (raw["town"] == "007")) + 10 * raw["stars"]
    raw["Sale Price"] = (1000 * value).round()
    raw["tax"] = (300 - value / 10).round(2)
    raw["band"] = pd.cut(value, [0, 100, 160, 999], labels=["low", "mid", "high"]).astype(str)
    raw["sold"] = np.where(value > 130, "yes", "no")
    raw.to_csv(folder / "houses.csv", index=False)
    np.save(folder / "images.npy", draw.integers(0, 256, (N, 8, 8), dtype=np.uint8))


def features(folder: Path) -> pd.DataFrame:
    """The columns of the raw CSV that models see, as `read_csv` gives them."""
    return pd.read_csv(folder / "houses.csv")[["m²", "rooms", "town", "stars"]]


def raw_inputs(kind: str, folder: Path) -> pd.DataFrame | np.ndarray:
    return np.load(folder / "images.npy") if kind == "image" else features(folder)


def data(kind: str, folder: Path) -> tuple:
    """Inputs and target, coerced."""
    csv = pd.read_csv(folder / "houses.csv")
    if kind == "image":
        X = kf.coerce(np.load(folder / "images.npy"), kf.GrayImage)
        return X, kf.coerce(csv["sold"], kf.Multiclass)
    X = kf.coerce(features(folder), TYPES, levels=LEVELS, verbosity=0)
    y = csv[TARGETS[kind]]
    return X, kf.coerce(y, kf.Multiclass) if kind in ("classifier", "binary") else y


@kf.builder
def noisy(n_in, n_out, width=7):
    import keras

    layers = keras.layers
    hidden = layers.Flatten(), layers.Dense(width, "relu"), layers.BatchNormalization()
    return keras.Sequential([*hidden, layers.Dropout(0.3), layers.Dense(n_out)])


def machine(kind: str, folder: Path, epochs: int) -> kf.Machine:
    jit = "auto" if kind in ("regressor", "classifier") else "graph"  # auto: compiled by XLA
    loop = {"acceleration": kf.Acceleration(jit=jit)}
    model = MODELS[kind](builder=noisy(), epochs=epochs, batch_size=16, rng=31, **loop)
    return kf.machine(model, *data(kind, folder)).fit(rows=range(50), verbosity=0)


def asked(kind: str, folder: Path, mach: kf.Machine) -> dict[str, np.ndarray]:
    """Predictions for raw rows: shuffled, columns too; and for one of them."""
    raw = raw_inputs(kind, folder)
    order = np.random.default_rng(3).permutation(N)
    shuffled, one = kf.selectrows(raw, order), kf.selectrows(raw, [ONE])
    if kind != "image":
        shuffled = shuffled[["stars", "m²", "town", "rooms"]]
    return {
        "plain": np.asarray(mach.predict(raw)),
        "shuffled": np.asarray(mach.predict(shuffled)),
        "one": np.asarray(mach.predict(one)),
    }


def elsewhere(folder: Path) -> None:
    """What the other process does; it has the class of no builder."""
    for kind in MODELS:
        mach = kf.load(folder / f"{kind}.kflux")
        np.savez(folder / f"{kind}.npz", **asked(kind, folder, mach))
        again = mach.with_data(*data(kind, folder))
        again.model.epochs = 10
        again.fit(verbosity=0).save(folder / f"{kind}-on.kflux")
        if kind == "image":
            continue
        raw = mach.with_data(raw_inputs(kind, folder), data(kind, folder)[1])
        raw.model.epochs = 10
        raw.fit(verbosity=0).save(folder / f"{kind}-raw.kflux")


PROGRAM = """
import sys
sys.path[:0] = [{root!r}, {root!r} + "/tests"]
import kerasflux as kf
kf.quiet()
import pathlib, test_fresh_process as test
test.elsewhere(pathlib.Path({folder!r}))
"""


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """Raw data, machines of five epochs, and what the other process made of them."""
    folder = tmp_path_factory.mktemp("fresh")
    write_raw(folder)
    for kind in MODELS:
        machine(kind, folder, 5).save(folder / f"{kind}.kflux")
    root = str(Path(__file__).parents[1])
    program = PROGRAM.format(root=root, folder=str(folder))
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr[-3000:]
    return folder


@kinds
def test_raw_rows_get_the_same_bits_in_a_fresh_process(kind, folder):
    here = asked(kind, folder, machine(kind, folder, 5))
    there = np.load(folder / f"{kind}.npz")
    for name, expected in here.items():
        assert np.array_equal(there[name], expected), name
    assert len(here["one"]) == 1
    assert here["one"][0] == pytest.approx(here["plain"][ONE], rel=1e-5)


@kinds
def test_five_epochs_there_and_back_are_ten(kind, folder):
    on, once = kf.load(folder / f"{kind}-on.kflux"), machine(kind, folder, 10)
    assert on.report.decision == "continued (4: epochs 5 -> 10)"
    assert len(on.training_losses) == 11
    assert differing(on, once) == []


@pytest.mark.parametrize("kind", TARGETS)
def test_the_raw_table_is_recognised_as_the_data_of_the_last_fit(kind, folder):
    on = kf.load(folder / f"{kind}-raw.kflux")
    assert on.report.decision == "continued (4: epochs 5 -> 10)"
    assert differing(on, machine(kind, folder, 10)) == []


@kinds
def test_a_start_from_scratch_needs_the_builder(kind, folder):
    loaded = kf.load(folder / f"{kind}.kflux").with_data(*data(kind, folder))
    with pytest.raises(kf.BuilderNotFound, match=r"builders=\[noisy\]"):
        loaded.fit(restart="always", verbosity=0)
    given = kf.load(folder / f"{kind}.kflux", builders=[noisy]).with_data(*data(kind, folder))
    given.fit(restart="always", verbosity=0)
    assert differing(given, machine(kind, folder, 5)) == []


@kinds
def test_other_data_is_not_taken_for_the_same(kind, folder):
    loaded = kf.load(folder / f"{kind}.kflux", builders=[noisy])
    X, y = data(kind, folder)
    fewer = loaded.with_data(kf.selectrows(X, range(55)), kf.selectrows(y, range(55)))
    fewer.fit(verbosity=0)
    assert fewer.report.decision == "from scratch (2: other data), 5 epochs discarded"
