"""Law: what a machine predicts for raw rows, its export answers, and refuses what it refuses.

One process of its own loads every export, with Keras and kerasflux out of reach.
"""

import json
import subprocess
import sys
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import kerasflux as kf

N = 50
_draw = np.random.default_rng(5)
OPTIONS = {"builder": kf.MLP((5,), "relu", 0.0), "epochs": 2, "batch_size": 16, "rng": 3}
# How it was trained does not matter here: in what takes least to trace.
OPTIONS |= {"acceleration": kf.Acceleration(jit="graph"), "optimiser": "sgd"}


@dataclass(frozen=True)
class Served:
    """A machine to export, with rows as they come from a file.

    Attributes:
        model: the model.
        X, y: what it is trained on.
        raw: rows as a client has them, columns in another order.
        dtypes: what a client sends, by column.
    """

    model: Any
    X: Any
    y: Any
    raw: Any
    dtypes: dict[str, str]

    def tensors(self, rows: Any) -> dict[str, Any]:
        """Rows of the raw data as arrays by input, `object` for text."""
        if isinstance(self.raw, np.ndarray):
            return dict.fromkeys(self.dtypes, self.raw[rows])
        raw = self.raw.iloc[rows]
        return {name: _filled(raw[name], dtype) for name, dtype in self.dtypes.items()}


def _filled(column: pd.Series, dtype: str) -> np.ndarray:
    """A column of raw rows; a missing label is an empty string."""
    if dtype == "object":
        return column.astype(object).where(column.notna(), "").to_numpy(dtype=object)
    return column.to_numpy(dtype=dtype)


def _raw() -> pd.DataFrame:
    return pd.DataFrame(
        {
            "Sale Price": _draw.normal(1e5, 3e4, N),
            "1st floor (m²)": _draw.integers(20, 200, N),
            "zone": _draw.choice(["A (agr)", "C", "straße", ""], N, p=[0.4, 0.3, 0.2, 0.1]),
            "class": _draw.choice([20, 60, 120], N),
            "serving_default": _draw.choice(["po", "fa", "ex"], N),
            "self": _draw.normal(size=N).astype("float32"),
        }
    )


RAW = _raw()
TYPED = kf.coerce(
    RAW,
    {"zone": kf.Multiclass, "class": kf.Multiclass, "serving_default": kf.OrderedFactor},
    levels={"zone": ["straße", "A (agr)", "", "C", "never"], "serving_default": ["po", "fa", "ex"]},
    verbosity=0,
)
_value = RAW["Sale Price"] / 1e4 + (RAW["class"] == 60) * 5
PRICE = (1000 * _value).rename("worth")
TWO = pd.DataFrame({"worth": PRICE, "tax rate": 3 - _value})
BAND = kf.coerce(pd.Series(np.digitize(_value, [9, 13]) * 10, name="band"), kf.OrderedFactor)
SOLD = pd.Series(pd.Categorical(np.where(_value > 11, "ja", "nö")), name="sold")
DTYPES = {
    "self": "float64",
    "zone": "object",
    "1st floor (m²)": "int64",
    "class": "int64",
    "Sale Price": "float64",
    "serving_default": "object",
}
FLOATS = {n: "float64" if t == "int64" and n != "class" else t for n, t in DTYPES.items()}
BACKWARDS = RAW[RAW.columns[::-1]]


def _with_gaps(X: pd.DataFrame) -> pd.DataFrame:
    X = X.copy()
    X.loc[X.index[::7], "Sale Price"] = np.nan
    X.loc[X.index[1::5], "serving_default"] = None
    return X


def _case(
    model: Any, y: Any, X: Any = TYPED, raw: Any = BACKWARDS, dtypes: Any = None, **more: Any
):
    return Served(model(**{**OPTIONS, **more}), X, y, raw, DTYPES if dtypes is None else dtypes)


MATRIX = _draw.normal(size=(N, 3))
GREY = _draw.integers(0, 256, (N, 8, 8), dtype=np.uint8)
COLOUR = _draw.integers(0, 256, (N, 9, 8, 3), dtype=np.uint8)
_conv = {"builder": kf.ConvNet((4,)), "epochs": 1}

CASES = {
    "classifier": _case(kf.NeuralNetworkClassifier, BAND, builder=kf.MLP((5,), "relu", 0.2)),
    "binary": _case(kf.NeuralNetworkBinaryClassifier, SOLD),
    "regressor": _case(kf.NeuralNetworkRegressor, PRICE),
    "multitarget": _case(kf.MultitargetNeuralNetworkRegressor, TWO),
    "gaps": _case(
        kf.NeuralNetworkClassifier,
        SOLD,
        _with_gaps(TYPED),
        _with_gaps(BACKWARDS),
        FLOATS,  # no integer stands for a missing count
        missing="impute",
    ),
    "numbers": _case(
        kf.NeuralNetworkRegressor,
        PRICE,
        TYPED[["self", "Sale Price"]],
        RAW,
        {"self": "float64", "Sale Price": "float64"},
        scaling="standard",
        target_scaling=None,
    ),
    "categories": _case(
        kf.NeuralNetworkClassifier, SOLD, TYPED[["class"]], RAW, {"class": "int64"}
    ),
    "unscaled": _case(
        kf.NeuralNetworkRegressor,
        PRICE,
        TYPED.drop(columns="Sale Price"),
        RAW.drop(columns="Sale Price"),
        {n: t for n, t in DTYPES.items() if n != "Sale Price"},
        scaling=None,
    ),
    "matrix": _case(kf.NeuralNetworkBinaryClassifier, SOLD, MATRIX, MATRIX, {"matrix": "float64"}),
    "grey": _case(
        kf.ImageClassifier, BAND, kf.coerce(GREY, kf.GrayImage), GREY, {"images": "uint8"}, **_conv
    ),
    "colour": _case(
        kf.ImageClassifier,
        SOLD,
        kf.coerce(COLOUR, kf.ColorImage),
        COLOUR,
        {"images": "uint8"},
        **_conv,
    ),
}
names = pytest.mark.parametrize("name", CASES)
tables = pytest.mark.parametrize("name", [n for n in CASES if n not in ("grey", "colour")])


@pytest.fixture(scope="module")
def exported(tmp_path_factory):
    """Every case: its machine, and its export as this process loads it."""
    import tensorflow as tf

    folder = tmp_path_factory.mktemp("exports")
    found = {}
    for name, case in CASES.items():
        mach = kf.machine(case.model, case.X, case.y).fit(verbosity=0)
        mach.export(folder / name)
        found[name] = mach, tf.saved_model.load(str(folder / name))
    return folder, found


def answer(served: Any, arrays: dict[str, np.ndarray]) -> dict[str, Any]:
    import tensorflow as tf

    sent = {n: tf.constant(a, tf.string if a.dtype == object else None) for n, a in arrays.items()}
    return served.serve(sent)


def expected(case: Served, mach: kf.Machine, rows: Any) -> Any:
    raw = case.raw[rows] if isinstance(case.raw, np.ndarray) else case.raw.iloc[rows]
    if not isinstance(case.raw, np.ndarray):
        raw = raw[[n for n in raw.columns if n in case.dtypes]]
    return mach.predict(raw)


def told(labels: Any) -> list[Any]:
    return [x.decode() if isinstance(x, bytes) else x for x in np.asarray(labels).tolist()]


@names
@settings(max_examples=8)
@given(rows=st.lists(st.integers(0, N - 1), min_size=1, max_size=2 * N))
def test_an_export_answers_as_its_machine_predicts_any_rows(name, exported, rows):
    case, (mach, served) = CASES[name], exported[1][name]
    got, prediction = answer(served, case.tensors(rows)), expected(case, mach, rows)
    if case.model.prediction_type == "probabilistic":
        assert got["probabilities"].numpy() == pytest.approx(np.asarray(prediction), abs=2e-6)
        assert told(got["labels"]) == list(prediction.mode())
        assert told(got["classes"]) == list(prediction.levels)
    else:
        assert got["predictions"].numpy() == pytest.approx(np.asarray(prediction), rel=1e-5)


@tables
def test_no_rows_get_no_answers(name, exported):
    case, served = CASES[name], exported[1][name][1]
    got = answer(served, case.tensors(np.arange(0)))
    assert [len(v) for k, v in got.items() if k != "classes"] in ([0], [0, 0])


APART = """
import sys
sys.modules["keras"] = sys.modules["kerasflux"] = sys.modules["scitypes"] = None
import json, numpy as np, tensorflow as tf
folder, cases = sys.argv[1], json.loads(sys.argv[2])
for name in cases:
    arrays = np.load(f"{folder}/{name}-in.npz")
    keywords = {n: d["keyword"] for n, d in
                json.load(open(f"{folder}/{name}/serving.json"))["inputs"].items()}
    sent = {n: tf.constant(arrays[k]) for n, k in keywords.items()}
    loaded = tf.saved_model.load(f"{folder}/{name}")
    by_name = loaded.serve(sent)
    by_keyword = loaded.signatures["serving_default"](**{keywords[n]: t for n, t in sent.items()})
    for key, value in by_name.items():
        assert np.array_equal(value.numpy(), by_keyword[key].numpy()), (name, key)
    np.savez(f"{folder}/{name}-out", **{k: np.asarray(v.numpy()) for k, v in by_name.items()
                                        if k in ("predictions", "probabilities")},
             **{k: np.array([x.decode() if isinstance(x, bytes) else x for x in v.numpy().tolist()])
                for k, v in by_name.items() if k in ("labels", "classes")})
assert not any(m.startswith(("keras.", "kerasflux", "scitypes")) and sys.modules[m] is not None
               for m in list(sys.modules)), "keras was imported"
"""


@pytest.fixture(scope="module")
def apart(exported):
    """What a process with TensorFlow alone answers to all rows, by case."""
    folder = exported[0]
    for name, case in CASES.items():
        about = json.loads((folder / name / "serving.json").read_text(encoding="utf-8"))
        arrays = case.tensors(range(N))
        keyed = {
            d["keyword"]: np.char.encode(arrays[n].astype(str), "utf-8")
            if arrays[n].dtype == object
            else arrays[n]
            for n, d in about["inputs"].items()
        }
        np.savez(folder / f"{name}-in.npz", **keyed)
    (folder / "ask.py").write_text(APART, encoding="utf-8")
    call = [sys.executable, str(folder / "ask.py"), str(folder), json.dumps(list(CASES))]
    done = subprocess.run(call, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr[-3000:]
    return {name: dict(np.load(folder / f"{name}-out.npz")) for name in CASES}


@names
def test_an_export_needs_neither_keras_nor_kerasflux(name, exported, apart):
    case, served = CASES[name], exported[1][name][1]
    here = answer(served, case.tensors(range(N)))
    assert sorted(here) == sorted(apart[name])
    for key, value in here.items():
        assert told(apart[name][key]) == told(value)


# refusals: the machine's and the graph's


def spoilt(case: Served, column: str, value: Any) -> tuple[dict[str, np.ndarray], pd.DataFrame]:
    """Raw rows with one bad cell, as tensors and as a table."""
    arrays = case.tensors(range(N))
    array = arrays[column].copy()
    array[17] = value
    return {**arrays, column: array}, pd.DataFrame({**arrays, column: array})


BAD = {
    "an unseen string": ("zone", "Atlantis", "Atlantis"),
    "an unseen integer": ("class", 61, "61"),
    "an unseen ordered label": ("serving_default", "bad", "bad"),
    "inf": ("Sale Price", np.inf, "infinite"),
    "-inf": ("self", -np.inf, "infinite"),
    "NaN": ("Sale Price", np.nan, "missing"),
}


@pytest.mark.parametrize("name", ["classifier", "binary", "regressor", "multitarget"])
@pytest.mark.parametrize("bad", BAD)
def test_a_bad_cell_is_refused_in_the_graph_as_by_the_machine(name, bad, exported):
    import tensorflow as tf

    (column, value, word), (mach, served) = BAD[bad], exported[1][name]
    arrays, table = spoilt(CASES[name], column, value)
    with pytest.raises(tf.errors.InvalidArgumentError) as in_graph:
        answer(served, arrays)
    assert column in str(in_graph.value)
    assert word in str(in_graph.value)
    with pytest.raises((kf.DataError, kf.SchemaMismatch)) as by_machine:
        mach.predict(table)
    assert column in str(by_machine.value)
    assert word in str(by_machine.value)


@pytest.mark.parametrize("bad", [b for b in BAD if b != "NaN"])
def test_a_model_that_fills_gaps_still_refuses(bad, exported):
    import tensorflow as tf

    column, value, word = BAD[bad]
    arrays, table = spoilt(CASES["gaps"], column, value)
    table["serving_default"] = table["serving_default"].replace("", None)
    mach, served = exported[1]["gaps"]
    with pytest.raises(
        tf.errors.InvalidArgumentError, match=f"(?s){column}.*{word}|{word}.*{column}"
    ):
        answer(served, arrays)
    with pytest.raises((kf.DataError, kf.SchemaMismatch), match=column):
        mach.predict(table)


def test_bad_numbers_of_a_matrix_are_refused(exported):
    import tensorflow as tf

    mach, served = exported[1]["matrix"]
    for value, word in ((np.inf, "infinite"), (np.nan, "missing")):
        bad = MATRIX.copy()
        bad[3, 1] = value
        with pytest.raises(tf.errors.InvalidArgumentError, match=f"(?s){word}.*x2"):
            answer(served, {"matrix": bad})
        with pytest.raises(kf.DataError):
            mach.predict(bad)


def test_images_of_another_size_are_refused_in_the_graph(exported):
    import tensorflow as tf

    served = exported[1]["grey"][1]
    with pytest.raises((tf.errors.InvalidArgumentError, ValueError, TypeError)):
        answer(served, {"images": np.zeros((2, 9, 9), np.uint8)})


@pytest.mark.parametrize(("name", "pixels"), [("grey", GREY), ("colour", COLOUR)])
@pytest.mark.parametrize("encoding", ["png"])
def test_files_of_images_are_served_as_their_pixels_are(name, pixels, encoding, exported):
    import tensorflow as tf

    served = exported[1][name][1]
    deep = pixels if pixels.ndim == 4 else pixels[..., None]
    files = tf.stack([tf.io.encode_png(image) for image in deep[:6]])
    got, plain = served.serve_encoded(files), answer(served, {"images": pixels[:6]})
    assert np.array_equal(got["probabilities"], plain["probabilities"])
    assert told(got["labels"]) == told(plain["labels"])
