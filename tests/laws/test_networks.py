"""Laws of training, drawn over the dozen architectures of `networks`."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from networks import ARCHITECTURES, MATRIX, PRICE, N, differing, weights

import kerasflux as kf

seeds = st.integers(0, 2**31)
counts = st.integers(10, N)


@st.composite
def shapes(draw, sizes=(1, 8, 100)):
    """A batch size, with numbers of rows that XLA pads to one size, as it compiles each of both."""
    size = draw(st.sampled_from(sizes))
    rows = st.integers(*{1: (10, 16), 8: (33, N), 100: (17, 32)}[size])
    return size, draw(rows), draw(rows)


@pytest.fixture(params=ARCHITECTURES, scope="module")
def name(request):
    """An architecture: all laws of one run before those of the next, and share its programs."""
    return request.param


@settings(max_examples=4)
@given(
    parts=st.lists(st.integers(0, 3), min_size=1, max_size=4),
    shape=shapes(),
    seed=seeds,
    shuffle=st.booleans(),
    weighted=st.booleans(),
)
def test_epochs_in_parts_are_epochs_at_once(name, parts, shape, seed, shuffle, weighted):
    case, (batch_size, n_rows, _) = ARCHITECTURES[name], shape
    w = np.linspace(0, 2, N) if weighted else None
    options = {"batch_size": batch_size, "rng": seed, "shuffle": shuffle}
    once = case.fitted(n_rows, w, epochs=sum(parts), **options)
    staged = case.machine(w, epochs=0, **options)
    staged.fit(rows=range(n_rows), verbosity=0)
    for part in parts:
        staged.model.epochs += part
        staged.fit(verbosity=0)
    assert differing(staged, once) == []


@settings(max_examples=3)
@given(shape=shapes(), seed=seeds)
def test_another_fit_between_two_parts_changes_nothing(name, shape, seed):
    case, (batch_size, n_rows, others) = ARCHITECTURES[name], shape
    options = {"batch_size": batch_size, "rng": seed}
    staged = case.fitted(n_rows, epochs=1, **options)
    # with the program that `staged` was trained by
    case.fitted(others, epochs=1, batch_size=batch_size, rng=seed + 1)
    staged.predict()
    staged.model.epochs = 2
    staged.fit(verbosity=0)
    assert differing(staged, case.fitted(n_rows, epochs=2, **options)) == []


@settings(max_examples=3)
@given(seed=seeds, other=seeds)
def test_equal_seeds_give_equal_networks_and_other_seeds_others(name, seed, other):
    case = ARCHITECTURES[name]
    one = case.fitted(rng=seed, epochs=1)
    assert differing(one, case.fitted(rng=seed, epochs=1)) == []
    if other != seed:
        start, strange = (weights(case.fitted(rng=s, epochs=0)) for s in (seed, other))
        kernels = [k for k, w in enumerate(start) if np.ptp(w)]  # not biases, nor statistics
        assert kernels
        for k in kernels:
            assert not np.isclose(start[k], strange[k]).all()
        losses = one.training_losses, case.fitted(rng=other, epochs=1).training_losses
        assert not np.array_equal(*losses)


@settings(max_examples=3)
@given(n_rows=counts, seed=seeds)
def test_a_batch_larger_than_the_data_is_a_batch_of_all_rows(name, n_rows, seed):
    """To the bit in the graph loop; XLA's products over padded batches differ in the last ones."""
    case = ARCHITECTURES[name]
    whole = case.fitted(n_rows, batch_size=n_rows, rng=seed, acceleration=LOOP)
    larger = case.fitted(n_rows, batch_size=n_rows + 7, rng=seed, acceleration=LOOP)
    assert [n for n in differing(larger, whole) if "batch_size" not in n] == []


@settings(max_examples=2)
@given(seed=seeds)
def test_without_shuffling_the_order_of_rows_matters_and_with_it_epochs_differ(name, seed):
    case = ARCHITECTURES[name]
    plain, shuffled = (case.fitted(batch_size=8, rng=seed, shuffle=s) for s in (False, True))
    assert plain.training_losses[0] == shuffled.training_losses[0]
    assert plain.training_losses[1] != shuffled.training_losses[1]


# weights


PLAIN = {
    "values": (kf.NeuralNetworkRegressor, PRICE / 50),
    "codes": (kf.NeuralNetworkClassifier, ARCHITECTURES["embedded"].y),
    "binary": (kf.NeuralNetworkBinaryClassifier, ARCHITECTURES["noisy"].y),
}
"""Networks of which each row's gradient is its own: no dropout, no statistics of batches. XLA
compiles the first, the others are in the graph loop."""
LOOP = kf.Acceleration(jit="graph")


@pytest.fixture(params=PLAIN, scope="module")
def kind(request):
    """One of these, as with `name`."""
    return request.param


def plain(kind, X, y, w=None, **options):
    """A machine that looks at no other row to encode one, one step of SGD per epoch."""
    model = PLAIN[kind][0](
        **{
            "builder": kf.MLP((4,), "tanh", dropout=0.0),
            "optimiser": kf.optimisers.SGD(learning_rate=0.1),
            "epochs": 3,
            "batch_size": 1000,
            "lambda_": 0.0,
            "scaling": None,
            "acceleration": kf.Acceleration() if kind == "values" else LOOP,
            **options,
        }
    )
    if kind == "values":
        model.target_scaling = None
    return kf.machine(model, X, y, w).fit(verbosity=0)


@settings(max_examples=10)
@given(
    most=st.integers(1, 4),
    seed=seeds,
    lambda_=st.sampled_from([0.0, 0.3]),
)
def test_whole_weights_are_rows_so_many_times(kind, most, seed, lambda_):
    counts = np.random.default_rng(seed).integers(0, most + 1, N)
    counts[:6] = 2  # rows of each class
    y, rows = PLAIN[kind][1], np.repeat(np.arange(N), counts)
    options = {"rng": seed, "lambda_": lambda_}
    weighted = plain(kind, MATRIX, y, counts, **options)
    repeated = plain(kind, MATRIX[rows], y.iloc[rows], **options)
    assert weighted.training_losses == pytest.approx(repeated.training_losses, rel=2e-5)
    for a, b in zip(weights(weighted), weights(repeated), strict=True):
        assert a == pytest.approx(b, abs=2e-5)


@settings(max_examples=8)
@given(share=st.floats(0.1, 0.9), seed=seeds)
def test_rows_of_weight_zero_could_hold_anything(kind, share, seed):
    y = PLAIN[kind][1]
    w = np.where(np.random.default_rng(seed).random(N) < share, 0.0, 1.5)
    w[:6] = 1  # rows of each class
    strange = np.where(w[:, None] == 0, -7.0, MATRIX)
    other = y.where(w > 0, y.iloc[0])
    one, two = (plain(kind, X, t, w, rng=seed) for X, t in ((MATRIX, y), (strange, other)))
    for a, b in zip(weights(one), weights(two), strict=True):
        assert a == pytest.approx(b, abs=1e-6)
    assert one.training_losses == pytest.approx(two.training_losses, rel=1e-6)


@settings(max_examples=3)
@given(shape=shapes([1, 8]), seed=seeds)
def test_weights_change_the_result_whatever_the_batch_size_and_their_scale_does_not(
    name, shape, seed
):
    case, w = ARCHITECTURES[name], np.where(np.arange(N) % 3, 1.0, 9.0)
    batch_size, n_rows, _ = shape
    options = {"rng": seed, "batch_size": batch_size, "epochs": 1}
    weighted = case.fitted(n_rows, w, **options)
    assert differing(weighted, case.fitted(n_rows, w * 8, **options)) == ["fingerprint"]
    unweighted = case.fitted(n_rows, **options)
    assert any(map(_apart, weights(weighted), weights(unweighted)))


def _apart(a, b):
    return not np.allclose(a, b, rtol=1e-4)


@settings(max_examples=8)
@given(shape=shapes(), seed=seeds, weighted=st.booleans(), shuffle=st.booleans())
def test_an_epoch_of_steps_of_no_size_loses_as_much_as_no_epoch(
    kind, shape, seed, weighted, shuffle
):
    """Every row counts in an epoch's loss, by its weight, and the last short batch as well."""
    batch_size, n_rows, _ = shape
    w = np.linspace(0, 3, N)[:n_rows] if weighted else None
    sgd = kf.optimisers.SGD(learning_rate=0.0)
    options = {"rng": seed, "batch_size": batch_size, "shuffle": shuffle, "optimiser": sgd}
    mach = plain(kind, MATRIX[:n_rows], PLAIN[kind][1].iloc[:n_rows], w, epochs=2, **options)
    before, *after = mach.training_losses
    assert after == pytest.approx([before, before], rel=1e-5)
    scores = {"values": kf.l2, "codes": kf.log_loss, "binary": kf.log_loss}
    y, p = PLAIN[kind][1].iloc[:n_rows], mach.predict()
    assert scores[kind](y, p, sample_weight=w) == pytest.approx(before, rel=1e-4)


@settings(max_examples=6)
@given(n_rows=counts, seed=seeds, size=st.sampled_from([4, 7, 20]))
def test_unshuffled_batches_are_fits_of_one_batch_after_the_other(kind, n_rows, seed, size):
    """One epoch of plain SGD is as many epochs of one batch each, the last one short.

    In the graph loop: XLA would compile a program for the length of each last batch.
    """
    X, y = MATRIX[:n_rows], PLAIN[kind][1].iloc[:n_rows]
    options = {"rng": seed, "shuffle": False, "acceleration": LOOP}
    once = plain(kind, X, y, epochs=1, batch_size=size, **options)
    mach = plain(kind, X, y, epochs=0, batch_size=1000, **options)
    for epoch, start in enumerate(range(0, n_rows, size), 1):
        rows = slice(start, start + size)
        mach = mach.with_data(X[rows], y.iloc[rows])
        mach.model.epochs = epoch
        mach.fit(restart="never", verbosity=0)
    for a, b in zip(weights(once), weights(mach), strict=True):
        assert a == pytest.approx(b, abs=1e-5)


# what is built is kept


@kf.builder
def partly_given(n_in, n_out, start=0.5):
    import keras

    given = keras.layers.Dense(4, "tanh", name="given")
    network = keras.Sequential([keras.Input((n_in,)), given, keras.layers.Dense(n_out)])
    kernel = start + np.arange(4 * n_in, dtype=np.float32).reshape(n_in, 4) / 10
    given.set_weights([kernel, np.full(4, 0.25, np.float32)])
    return network


@settings(max_examples=10)
@given(seed=seeds, start=st.sampled_from([0.5, -1.0]))
def test_given_weights_stay_whatever_the_seed(seed, start):
    one = plain("values", MATRIX, PRICE, rng=seed, builder=partly_given(start), epochs=0)
    kernel, bias, drawn, zero = weights(one)
    assert np.array_equal(kernel, start + np.arange(16, dtype=np.float32).reshape(4, 4) / 10)
    assert (bias == 0.25).all()
    assert (zero == 0).all()
    other = plain("values", MATRIX, PRICE, rng=seed + 1, builder=partly_given(start), epochs=0)
    assert not np.isclose(drawn, weights(other)[2]).any()


@kf.builder
def constant(n_in, n_out):
    import keras

    return keras.Sequential(
        [keras.layers.Dense(3, kernel_initializer="ones"), keras.layers.Dense(n_out)]
    )


def test_constant_initialisers_stay_constant():
    one = plain("codes", MATRIX, PLAIN["codes"][1], rng=3, builder=constant(), epochs=0)
    assert (weights(one)[0] == 1).all()


def test_tables_of_other_indices_are_the_same_rows():
    case = ARCHITECTURES["normalised"]
    moved = pd.RangeIndex(1000, 1000 + N)
    other = kf.machine(case.make(), case.X.set_axis(moved), case.y.set_axis(moved))
    assert differing(other.fit(verbosity=0), case.fitted()) == []
