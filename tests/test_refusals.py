"""What must never train is refused before training, says why, and leaves everything as it was.

Each case is tried on every model that it applies to: with a new machine, and with one that was
fitted before, which then still holds, reports and predicts the same.
"""

import pickle
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
import pytest
from conformance.models import BRIGHT, CLASS, IMAGES, PIXELS, PRICE, RAW, ROWS, SOLD, TWO, X
from modes import in_the_graph_loop
from networks import differing
from PIL import Image

import kerasflux as kf

KINDS = {row.name: row for row in ROWS if row.verb == "predict"}
TABULAR = [name for name in KINDS if name != "image"]
CLASSIFIERS = ["classifier", "binary", "image"]
REGRESSORS = ["regressor", "multitarget"]
ROW = 11


@dataclass(frozen=True)
class Snapshot:
    """What a machine is, to be compared before and after."""

    mach: kf.Machine
    model: Any
    report: Any
    outputs: np.ndarray
    data: bytes

    @classmethod
    def of(cls, kind: str, mach: kf.Machine) -> "Snapshot":
        row = KINDS[kind]
        twin = mach.with_data(row.X, row.y)
        report = {k: pickle.dumps(v) for k, v in dict(mach.report).items()}
        model = pickle.loads(pickle.dumps(mach.model))
        outputs = row.output(mach, row.raw)
        return cls(twin, model, report, outputs, pickle.dumps((row.X, row.y, row.raw)))

    def still_holds_of(self, kind: str, mach: kf.Machine) -> None:
        now = Snapshot.of(kind, mach)
        assert now.model == self.model
        assert now.report == self.report
        assert now.data == self.data
        assert np.array_equal(now.outputs, self.outputs)
        assert differing(mach, self.mach) == []


@pytest.fixture(autouse=True, scope="module")
def _in_the_graph_loop():
    """What is refused is refused before there is a mode."""
    with pytest.MonkeyPatch.context() as patch:
        in_the_graph_loop(patch)
        yield


@pytest.fixture(scope="module")
def machines():
    """One fitted machine of each kind, which no refusal may change."""
    return {name: row.fitted() for name, row in KINDS.items()}


def refused(call: Callable[[], Any], error: type[Exception], *words: str) -> str:
    """The text of a refusal, which has four parts and holds every word."""
    with pytest.raises(error) as caught:
        call()
    problem = caught.value
    assert problem.failed, "says what was wrong"
    assert problem.expected, "says what was expected"
    assert problem.received, "says what came"
    assert problem.remedy, "says what to do"
    text = str(problem)
    for word in words:
        assert word in text, text
    assert "np." not in text.replace("np.inf", "").replace("np.nan", "").replace(
        "np.isfinite", ""
    ).replace("np.where", "").replace("np.isinf", "")
    assert "object at 0x" not in text
    return text


# data: refused by `kf.machine`, and by `with_data` of a machine that was fitted before


def with_cell(column: Any, value: Any, row: int = ROW) -> Any:
    """A copy of a column or array with one other value."""
    if isinstance(column, pd.Series):
        column = column.copy()
        column.iloc[row] = value
        return column
    column = np.array(column, dtype=float)
    column[row] = value
    return column


def spoilt_target(kind: str, value: Any) -> Any:
    y = KINDS[kind].y
    if kind == "multitarget":
        return y.assign(tax=with_cell(y["tax"], value))
    return with_cell(y if kind != "image" else pd.Series(y), value)


DUPLICATED = pd.concat([X, X[["size", "town"]]], axis=1)
DATA: dict[str, tuple[list[str], Callable[[str], tuple], type[Exception], list[str]]] = {
    "a missing number": (
        TABULAR,
        lambda kind: (X.assign(size=with_cell(X["size"], np.nan)), KINDS[kind].y),
        kf.ScitypeMismatch,
        [
            "X['size']",
            "1 missing value, the first in row 'house 11'",
            'missing = "impute"',
            "pd.isna(X)",
        ],
    ),
    "missing labels": (
        TABULAR,
        lambda kind: (X.assign(town=X["town"].where(np.arange(60) > 3)), KINDS[kind].y),
        kf.ScitypeMismatch,
        ["X['town']", "4 missing values, the first in row 'house 0'", 'missing = "impute"'],
    ),
    "a missing target": (
        list(KINDS),
        lambda kind: (KINDS[kind].X, spoilt_target(kind, np.nan)),
        kf.ScitypeMismatch,
        ["y", "1 missing value, the first in row ", "11", "rows without a target", "y[keep]"],
    ),
    "no rows": (
        list(KINDS),
        lambda kind: (kf.selectrows(KINDS[kind].X, []), kf.selectrows(KINDS[kind].y, [])),
        kf.DataError,
        ["no rows", "at least one row", "0 rows"],
    ),
    "columns of one name": (
        TABULAR,
        lambda kind: (DUPLICATED, KINDS[kind].y),
        kf.DataError,
        ["'size', 'town'", "one name per column", "~X.columns.duplicated()"],
    ),
    "an infinite number": (
        TABULAR,
        lambda kind: (X.assign(size=with_cell(X["size"], np.inf)), KINDS[kind].y),
        kf.DataError,
        [
            "X['size']: 1 in row 'house 11'",
            "finite numbers",
            "X.replace([np.inf, -np.inf], np.nan)",
        ],
    ),
    "an infinite number of a matrix": (
        ["regressor"],
        lambda kind: (with_cell(np.ones((60, 3)), -np.inf), PRICE),
        kf.DataError,
        ["X: 1 in row 11", "np.where(np.isinf(X), np.nan, X)"],
    ),
    "an infinite target": (
        REGRESSORS,
        lambda kind: (X, spoilt_target(kind, -np.inf)),
        kf.DataError,
        ["y", "1 in row 'house 11'", "keep = np.isfinite(y)"],
    ),
    "more targets than rows": (
        list(KINDS),
        lambda kind: (kf.selectrows(KINDS[kind].X, range(50)), KINDS[kind].y),
        kf.DataError,
        ["50 rows of X, 60 of y"],
    ),
}


def applying(cases: dict[str, tuple]) -> Any:
    pairs = [(kind, case) for case, (kinds, *_) in cases.items() for kind in kinds]
    return pytest.mark.parametrize(("kind", "case"), pairs)


@applying(DATA)
def test_data_is_refused_when_it_is_bound(kind, case, machines):
    _, spoil, error, words = DATA[case]
    bad, mach = spoil(kind), machines[kind]
    before, kept = pickle.dumps(bad), Snapshot.of(kind, mach)
    refused(lambda: kf.machine(KINDS[kind].model(), *bad), error, *words)
    refused(lambda: mach.with_data(*bad), (kf.DataError, kf.SchemaMismatch))
    assert pickle.dumps(bad) == before
    kept.still_holds_of(kind, mach)


@pytest.mark.parametrize("kind", CLASSIFIERS)
def test_labels_that_were_not_coerced_are_refused_with_the_call_that_coerces_them(kind):
    labels = np.array([str(label) for label in KINDS[kind].y])
    words = ["y: Textual", "Vector[Finite", "y = kf.coerce(y, kf.Multiclass)"]
    make = lambda y: kf.machine(KINDS[kind].model(), KINDS[kind].X, y)
    refused(lambda: make(labels), kf.ScitypeMismatch, *words)
    assert make(kf.coerce(labels, kf.Multiclass)).fit(verbosity=0)


@pytest.mark.parametrize("kind", TABULAR)
def test_text_among_the_inputs_is_refused_with_the_call_that_coerces_it(kind):
    strings = X.assign(town=X["town"].astype(str))
    words = ["X['town']: Textual", "X = kf.coerce(X, {'town': kf.Multiclass})"]
    make = lambda X: kf.machine(KINDS[kind].model(), X, KINDS[kind].y)
    refused(lambda: make(strings), kf.ScitypeMismatch, *words)
    assert make(kf.coerce(strings, {"town": kf.Multiclass})).fit(verbosity=0)


@pytest.mark.parametrize("kind", CLASSIFIERS)
@pytest.mark.parametrize("levels", [["a"], ["a", "b"]])
def test_a_target_of_one_class_is_refused(kind, levels, machines):
    y, mach = pd.Categorical(["a"] * 60, levels), machines[kind]
    kept, seen = Snapshot.of(kind, mach), []

    def fit(mach):
        return mach.fit(on_epoch=seen.append, verbosity=0)

    words = ["one class only" if kind != "binary" or len(levels) > 1 else "y", "two"]
    row = KINDS[kind]
    error = kf.DataError
    refused(lambda: fit(kf.machine(row.model(), row.X, y)), error, *words)
    refused(lambda: fit(mach.with_data(row.X, y)), error)
    assert seen == []
    kept.still_holds_of(kind, mach)


@pytest.mark.parametrize("kind", CLASSIFIERS)
def test_rows_of_one_class_are_refused(kind, machines):
    row, mach = KINDS[kind], KINDS[kind].fitted()
    label = row.y[0] if kind == "image" else row.y.iloc[0]
    rows = np.flatnonzero(np.asarray(row.y) == label)
    kept = Snapshot.of(kind, mach)
    words = ["one class only", repr(label), f"{len(rows)} rows", "the rows that were selected"]
    refused(lambda: mach.fit(rows=rows, verbosity=0), kf.DataError, *words)
    kept.still_holds_of(kind, mach)


def pictures(*sizes: tuple[int, int]) -> list[Image.Image]:
    return [Image.new("L", sizes[i % len(sizes)]) for i in range(60)]


def test_images_of_different_sizes_are_refused_wherever_they_come():
    several, words = pictures((8, 8), (9, 7)), ["8 × 8 (30", "7 × 9 (30", "image 1", "resize"]
    refused(lambda: kf.coerce(several, kf.GrayImage), kf.ScitypeError, *words)
    seen = []
    fit = lambda: kf.machine(KINDS["image"].model(), several, BRIGHT).fit(on_epoch=seen.append)
    refused(fit, kf.ScitypeError, *words)
    assert seen == []


def test_images_of_another_kind_than_in_training_are_refused(machines):
    mach = machines["image"]
    kept = Snapshot.of("image", mach)
    colours = np.random.default_rng(0).integers(0, 256, (2, 8, 8, 3), dtype=np.uint8)
    words = ["GrayImage[8, 8]", "GrayImage[9, 8]", "resize"]
    refused(lambda: mach.predict(np.zeros((2, 9, 8), np.uint8)), kf.ScitypeError, *words)
    refused(lambda: mach.predict(colours), kf.ScitypeError, "colours", 'convert("L")')
    refused(lambda: mach.predict(pictures((8, 8), (9, 8))), kf.ScitypeError, "resize")
    kept.still_holds_of("image", mach)


# rows and weights


BAD_ROWS = {
    "past the end": ([3, 60], "row 60", "rows 0 to 59"),
    "a NumPy number past the end": ([np.int64(61)], "row 61", "-60 to -1"),
    "a range past the end": (range(58, 63), "row 60, 61, 62", '`rows="all"`'),
    "a slice past the end": (slice(0, 61), "a slice bound 61", "rows 0 to 59"),
    "before the start": ([-61], "row -61", "rows 0 to 59"),
    "a short mask": (np.ones(59, bool), "59 booleans", "60 booleans, one per row"),
    "fractions": ([1.5], "[1.5]", "whole numbers"),
    "a share": (0.7, "0.7", "kf.partition"),
    "a word": ("al", "'al'", '"all"'),
    "one row": (7, "received: 7", "[7]"),
    "none": ([], "none of 60", "at least one row"),
    "an empty mask": (np.zeros(60, bool), "none of 60", "mask"),
}


@pytest.mark.parametrize("kind", ["regressor", "image"])
@pytest.mark.parametrize("case", BAD_ROWS)
def test_rows_that_are_not_there_are_refused(kind, case, machines):
    rows, *words = BAD_ROWS[case]
    row, mach = KINDS[kind], machines[kind]
    kept, seen = Snapshot.of(kind, mach), []
    new = row.machine()
    refused(lambda: new.fit(rows=rows, on_epoch=seen.append), kf.RowsError, *words)
    refused(lambda: mach.fit(rows=rows, on_epoch=seen.append), kf.RowsError, *words)
    if "none" not in words[0]:  # no rows are predicted as no rows
        refused(lambda: mach.predict(rows=rows), kf.RowsError, *words)
    assert seen == []
    assert new.input_schema is None
    kept.still_holds_of(kind, mach)


ONES = np.ones(60)
BAD_WEIGHTS = {
    "negative": (with_cell(ONES, -2), "-2 in row 11", "non-negative"),
    "missing": (with_cell(ONES, np.nan), "a missing weight in row 11", "finite"),
    "None": ([None, *ONES[1:]], "a missing weight in row 0", "finite"),
    "infinite": (with_cell(ONES, np.inf), "inf in row 11", "finite"),
    "many negative": (-ONES, "-1 in row 2, ... 60 in all", "non-negative"),
    "too many": (np.ones(61), "61 weights for 60 rows", "one finite, non-negative number per row"),
    "too few": (pd.Series(ONES[:59]), "59 weights for 60 rows", "per row (60)"),
    "one for all": (2.0, "an array of shape ()", "per row (60)"),
    "a column": (ONES[:, None], "an array of shape (60, 1)", "per row (60)"),
    "words": (["heavy"] * 60, "a list that starts with 'heavy'", "number per row"),
    "zeros": (0 * ONES, "zeros only", "not all zero"),
}


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("case", BAD_WEIGHTS)
def test_weights_that_weigh_nothing_sensible_are_refused(kind, case, machines):
    weights, *words = BAD_WEIGHTS[case]
    row, mach = KINDS[kind], machines[kind]
    kept = Snapshot.of(kind, mach)
    refused(lambda: kf.machine(row.model(), row.X, row.y, weights), kf.WeightsError, *words)
    refused(lambda: mach.with_data(row.X, row.y, weights), kf.WeightsError, *words)
    kept.still_holds_of(kind, mach)


@pytest.mark.parametrize("kind", KINDS)
def test_rows_that_all_have_weight_zero_are_refused(kind):
    row, seen = KINDS[kind], []
    mach = kf.machine(row.model(), row.X, row.y, np.where(np.arange(60) < 30, 0, 1))
    fit = lambda: mach.fit(rows=range(20), on_epoch=seen.append, verbosity=0)
    refused(fit, kf.WeightsError, "weight zero", "20 rows")
    assert seen == []
    assert mach.input_schema is None


@pytest.mark.parametrize("kind", CLASSIFIERS)
def test_a_class_weight_of_no_class_is_refused(kind):
    row = KINDS[kind]
    level = str(pd.Categorical(row.y).categories[0])
    mach = row.machine(class_weight={level[:-1]: 2.0})
    words = [repr(level[:-1]), f"did you mean {level!r}"]
    refused(lambda: mach.fit(verbosity=0), kf.WeightsError, *words)
    given = {"class_weight": {level: -2.0}}
    refused(
        lambda: row.machine(**given), kf.HyperparameterError, repr(level), "-2.0", "not negative"
    )


# hyperparameters


BAD_VALUES = {
    "epochs=-1": ("epochs", -1, "`epochs`", "at least 0", "-1"),
    "epochs=2.5": ("epochs", 2.5, "`epochs`", "int", "2.5"),
    "an unknown one": ("epoch", 3, "`epoch`", "did you mean 'epochs'?"),
    "another unknown one": ("batchsize", 3, "`batchsize`", "did you mean 'batch_size'?"),
    "batch_size=0": ("batch_size", 0, "`batch_size`", "at least 1"),
    "batch_size typo": ("batch_size", "atuo", "'atuo'", "did you mean 'auto'?"),
    "an optimiser's typo": ("optimiser", "adm", "'adm'", "did you mean 'adam'"),
    "an American typo": ("optimizer", "sdg", "'sdg'", "did you mean 'sgd'"),
    "a loss's typo": ("loss", "cross_entopy", "'cross_entopy'", "did you mean 'cross_entropy'"),
    "no loss at all": ("loss", "foo", "'foo'", "mse", "cross_entropy"),
    "alpha=2": ("alpha", 2, "`alpha`", "between 0 and 1"),
    "rng=-1": ("rng", -1, "`rng`", "at least 0"),
    "acceleration typo": ("acceleration", "gup", "'gup'", "did you mean 'gpu'"),
    "a network as builder": ("builder", "mlp", "'mlp'", "kf.Builder"),
}
SOME_KINDS = {
    "scaling typo": (TABULAR, "scaling", "robst", "did you mean 'robust'?"),
    "missing typo": (TABULAR, "missing", "imput", "did you mean 'impute'?"),
    "embeddings of no size": (TABULAR, "embedding_dims", {"town": 0}, "`embedding_dims`"),
    "a finaliser's typo": (CLASSIFIERS, "finaliser", "sofmax", "did you mean 'softmax'"),
    "class weights typo": (CLASSIFIERS, "class_weight", "balenced", "balanced"),
    "target scaling": (REGRESSORS, "target_scaling", "atuo", "did you mean 'auto'?"),
}
_CASES = [(kind, *case) for case in BAD_VALUES.values() for kind in KINDS]
_CASES += [(kind, name, value, *w) for ks, name, value, *w in SOME_KINDS.values() for kind in ks]
WRONG = (kf.HyperparameterError, kf.UnknownHyperparameter, kf.BuilderError)


@pytest.mark.parametrize("case", _CASES, ids=lambda c: f"{c[0]}-{c[1]}={c[2]}")
def test_hyperparameters_are_refused_when_they_are_given(case, machines):
    kind, name, value, *words = case
    row, mach = KINDS[kind], machines[kind]
    kept = Snapshot.of(kind, mach)
    refused(lambda: row.model(**{name: value}), WRONG, *words)
    refused(lambda: setattr(mach.model, name, value), WRONG, *words)
    kept.still_holds_of(kind, mach)


def test_nested_hyperparameters_are_refused_likewise():
    refused(lambda: kf.MLP(hiden=(3,)), kf.UnknownHyperparameter, "MLP", "did you mean 'hidden'?")
    refused(lambda: kf.MLP((3,), "rellu"), kf.HyperparameterError, "did you mean 'relu'")
    spec = kf.optimisers.Adam()
    unknown = lambda: setattr(spec, "learning_rat", 1)
    refused(unknown, kf.UnknownHyperparameter, "Adam", "did you mean 'learning_rate'?")
    negative = lambda: setattr(spec, "learning_rate", -1)
    refused(negative, kf.HyperparameterError, "`learning_rate`", "at least 0", "0.001")
    assert spec == kf.optimisers.Adam()


@pytest.mark.parametrize("kind", TABULAR)
def test_embeddings_of_no_column_are_refused(kind):
    mach = KINDS[kind].machine(embedding_dims={"twon": 2})
    words = ["'twon'", "town, stars", "did you mean 'town'?"]
    refused(lambda: mach.fit(verbosity=0), kf.HyperparameterError, *words)
    assert mach.input_schema is None


# networks


def _ending(*layers: Any) -> Any:
    import keras

    return keras.Sequential([keras.layers.Flatten(), *layers])


def _dense(size: int, activation: str | None = None) -> Any:
    import keras

    return keras.layers.Dense(size, activation, name="last")


@kf.builder
def too_wide(n_in, n_out):
    return _ending(_dense(n_out + 2))


@kf.builder
def not_flat(n_in, n_out):
    import keras

    return keras.Sequential([keras.layers.Reshape((-1, 1)), _dense(n_out)])


@kf.builder
def with_softmax(n_in, n_out):
    return _ending(_dense(n_out, "softmax"))


@kf.builder
def with_softmax_layer(n_in, n_out):
    import keras

    return _ending(_dense(n_out), keras.layers.Softmax())


@kf.builder
def with_sigmoid(n_in, n_out):
    import keras

    return _ending(_dense(n_out), keras.layers.Activation("sigmoid"))


@kf.builder
def nothing(n_in, n_out):
    _ending(_dense(n_out))


@kf.builder
def layers_alone(n_in, n_out):
    return [_dense(n_out)]


NETWORKS = {
    too_wide: ["too_wide", "wrong shape", "(n_rows, {n})", "(n_rows, {m})", "'last'", "Dense({n})"],
    not_flat: ["not_flat", "wrong shape", "(n_rows, {n})", "Flatten", "Dense({n})"],
    with_softmax: ["with_softmax", "'softmax'", "'last'", "logits", "Leave the softmax out"],
    with_softmax_layer: ["'softmax'", "Softmax", "logits", "Leave the softmax out"],
    with_sigmoid: ["with_sigmoid", "'sigmoid'", "logits", "Leave the sigmoid out"],
    nothing: ["nothing gives no network", "NoneType", "return"],
    layers_alone: ["layers_alone gives no network", "list", "keras.Sequential(layers)"],
}
N_OUT = {"regressor": 1, "multitarget": 2, "classifier": 3, "binary": 1, "image": 2}


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("builder", NETWORKS, ids=lambda b: b.__name__)
def test_networks_that_can_not_serve_are_refused(kind, builder):
    n, seen = N_OUT[kind], []
    words = [word.format(n=n, m=n + 2) for word in NETWORKS[builder]]
    new, mach = KINDS[kind].machine(builder=builder()), KINDS[kind].fitted()
    kept = Snapshot.of(kind, mach)
    refused(lambda: new.fit(on_epoch=seen.append, verbosity=0), kf.BuilderError, *words)
    assert new.input_schema is None
    usual, mach.model.builder = mach.model.builder, builder()
    refused(lambda: mach.fit(on_epoch=seen.append, verbosity=0), kf.BuilderError, *words)
    mach.model.builder = usual
    assert seen == []
    kept.still_holds_of(kind, mach)
    assert mach.fit(on_epoch=seen.append, verbosity=0).report.decision.startswith("nothing")


def test_an_error_of_the_builder_s_own_says_where_it_happened():
    @kf.builder
    def misspelt(n_in, n_out):
        import keras

        return keras.layers.Dens(n_out)

    mach = KINDS["regressor"].machine(builder=misspelt())
    with pytest.raises(AttributeError, match="Dens") as caught:
        mach.fit(verbosity=0)
    assert "misspelt()" in caught.value.__notes__[0]
    assert mach.input_schema is None


def test_a_builder_that_asks_for_strangers_is_refused():
    @kf.builder
    def strange(n_in, nout):
        return None

    words = ["strange needs `nout`", "strange(nout=...)"]
    refused(lambda: kf.NeuralNetworkRegressor(builder=strange), kf.HyperparameterError, *words)

    class Strange(kf.Builder):
        """Asks `build` for what nobody gives."""

        def build(self, n_in, nout):
            return None

    mach = KINDS["regressor"].machine(builder=Strange())
    words = ["'nout'", "n_in, n_out", "build(n_in, nout)"]
    refused(lambda: mach.fit(verbosity=0), kf.BuilderError, *words)


# prediction


LATER = {
    "an unseen level": (
        RAW.assign(town=["Urr", *RAW["town"].iloc[1:]]),
        ["town", "'Urr' (row", "'Ys', 'Ur', 'Ox', 'Nowhere'"],
    ),
    "an unseen number": (RAW.assign(stars=4), ["stars", "one of 1, 2, 3", "4", "and 57 more"]),
    "two columns of strangers": (RAW.assign(stars=4, town=""), ["stars", "town", "''"]),
    "a column left out": (RAW.drop(columns="rooms"), ["absent: 'rooms'"]),
    "a column misspelt": (RAW.rename(columns={"rooms": "room"}), ["did you mean", "'room'"]),
    "a column too many": (RAW.assign(extra=1), ["extra: 'extra'"]),
    "columns of one name": (DUPLICATED, ["'size', 'town'", "a name of its own"]),
    "text for numbers": (RAW.assign(size="big"), ["size", "'big'", "Continuous"]),
    "a missing number": (RAW.assign(size=np.nan), ["X['size']", "60 missing", "impute"]),
    "a missing label": (RAW.assign(town=None), ["X['town']", "60 missing", "impute"]),
    "an infinite number": (
        RAW.assign(size=-np.inf),
        ["X['size']: 60 in rows 'house 0', 'house 1', 'house 2', ..."],
    ),
    "no table": ([1, 2, 3], ["table"]),
}


@pytest.mark.parametrize("kind", TABULAR)
@pytest.mark.parametrize("case", LATER)
def test_later_data_of_another_kind_is_refused(kind, case, machines):
    later, words = LATER[case]
    mach, before = machines[kind], pickle.dumps(later)
    kept = Snapshot.of(kind, mach)
    refused(lambda: mach.predict(later), (kf.DataError, kf.ScitypeError), *words)
    refused(lambda: mach.encode(later), (kf.DataError, kf.ScitypeError), *words)
    assert pickle.dumps(later) == before
    kept.still_holds_of(kind, mach)


def test_nothing_is_predicted_before_a_fit():
    for row in KINDS.values():
        refused(row.machine().predict, kf.NotFitted, "`predict`", "mach.fit()")


def test_a_validation_set_is_checked_before_training(machines):
    seen, mach = [], KINDS["classifier"].machine()
    fit = lambda validation: mach.fit(validation=validation, on_epoch=seen.append, verbosity=0)
    refused(lambda: fit([99]), kf.RowsError, "row 99")
    refused(lambda: fit(0.2), kf.RowsError, "0.2", "kf.partition")
    refused(lambda: fit((X.drop(columns="town"), CLASS)), kf.SchemaMismatch, "absent: 'town'")
    unseen = X.assign(town="Atlantis"), CLASS
    refused(lambda: fit(unseen), kf.SchemaMismatch, "town", "Atlantis")
    assert seen == []
    assert mach.input_schema is None


def test_other_arguments_are_refused_by_name(machines):
    mach = machines["regressor"]
    kept = Snapshot.of("regressor", mach)
    refused(lambda: mach.fit(restart="allways"), kf.ArgumentError, "did you mean 'always'?")
    mach.model.batch_size = 32
    changed = "batch_size 16 -> 32"
    refused(lambda: mach.fit(restart="never"), kf.CannotContinue, changed)
    mach.model.batch_size = 16
    kept.still_holds_of("regressor", mach)
    make = lambda: kf.machine(kf.NeuralNetworkRegressor, X, PRICE)
    refused(make, kf.ArgumentError, "the class NeuralNetworkRegressor", "NeuralNetworkRegressor()")
    swapped = lambda: kf.machine(kf.NeuralNetworkClassifier(), SOLD, X)
    refused(swapped, kf.ScitypeMismatch, "swapped", "kf.machine(model, X, y)")
    bare = lambda: kf.machine(kf.ImageClassifier(), PIXELS, BRIGHT)
    refused(bare, kf.ScitypeMismatch, "X = kf.coerce(X, kf.GrayImage)")
    lists = lambda: kf.machine(kf.NeuralNetworkRegressor(), X[["size"]].to_numpy().tolist(), PRICE)
    refused(lists, kf.ScitypeMismatch, "pd.DataFrame(X)")
    assert len(IMAGES) == len(TWO) == 60
