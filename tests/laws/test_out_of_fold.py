"""Laws of what out-of-fold predictions teach: folds, thresholds, calibration; and of samplers."""

import numpy as np
import pandas as pd
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays
from sklearn.isotonic import IsotonicRegression

import kerasflux as kf
from kerasflux.catalog import measures
from kerasflux.forwarding import Rows
from kerasflux.interface import Observations
from kerasflux.resampling import CV, Holdout, StratifiedCV
from kerasflux.scoring.labels import OfLabels
from kerasflux.wrappers import calibration
from kerasflux.wrappers.outoffold import folds_of
from kerasflux.wrappers.samplers import RandomOversampler, RandomUndersampler
from kerasflux.wrappers.scanning import scanned
from scitypes.pools import Pool

POOL = Pool(("no", "yes"), ordered=True)
JUDGES = [
    m for m in measures() if isinstance(m, OfLabels) and m.gives_numbers and
    m.orientation in ("loss", "score")
]  # fmt: skip
seeds = st.integers(0, 2**31 - 1)


@st.composite
def predictions(draw, n_levels=2, smallest=2):
    """Codes of all levels, probabilities with ties and ends, weights or none."""
    n = draw(st.integers(max(smallest, n_levels), 40))
    rng = np.random.default_rng(draw(seeds))
    codes = np.append(np.arange(n_levels), rng.integers(0, n_levels, n - n_levels))
    raw = rng.dirichlet(np.ones(n_levels), n)
    raw[np.arange(n), codes] += draw(st.sampled_from([0.0, 0.5, 3.0]))
    p = raw / raw.sum(axis=1, keepdims=True)
    p = np.round(p, draw(st.sampled_from([1, 2, 8])))
    p[:, -1] = np.maximum(0.0, 1.0 - p[:, :-1].sum(axis=1))
    w = rng.integers(1, 5, n).astype(float) if draw(st.booleans()) else None
    return codes, p / p.sum(axis=1, keepdims=True), w


@given(
    numbers=st.lists(st.integers(0, 30), min_size=14, max_size=80).filter(
        lambda rows: len(set(rows)) >= 8
    ),
    nfolds=st.integers(2, 4),
    rng=st.none() | st.integers(0, 9),
    strata=st.booleans(),
)
def test_folds_predict_every_row_once_and_no_copy_of_what_trains(numbers, nfolds, rng, strata):
    X = pd.DataFrame({"a": np.arange(31.0)})
    y = pd.Series(np.arange(31.0))
    rows = Rows(Observations(X, y)).take(np.array(numbers))
    strategy = CV(nfolds=nfolds, rng=rng)
    if strata:
        y = pd.Series(pd.Categorical(np.where(np.arange(31) % 2, "odd", "even")))
        rows = Rows(Observations(X, y)).take(np.array(numbers))
        strategy = Holdout(0.5, rng=rng)
    try:
        folds = folds_of(strategy, rows)
    except kf.ResamplingError:
        assert strata  # a class that does not train
        return
    tests = np.concatenate([test for _, test in folds])
    assert len(np.unique(tests)) == len(tests)
    if not strata:
        assert sorted(tests) == list(range(len(numbers)))
    taken = np.array(numbers)
    for train, test in folds:
        assert not set(taken[train]) & set(taken[test])
        assert len(np.unique(train)) == len(train)


@given(predictions(), st.sampled_from(JUDGES), st.booleans(), st.booleans())
def test_a_scan_gives_what_each_threshold_is_worth(made, measure, first_is_positive, alike):
    codes, p, w = made
    positive = 0 if first_is_positive else 1
    if "positive" in measure.parameters:
        measure = measure.replace(positive=POOL.levels[positive if alike else 1 - positive])
    p = p[:, positive]
    w = w if measure.supports_weights else None
    try:
        scan = scanned(p, codes, POOL, positive, measure, w)
    except kf.MeasureError:
        scan = None
    truth = POOL.decode(codes)

    def worth(t):
        guess = POOL.decode(np.where(p > t, positive, 1 - positive))
        return measure(truth, guess, w)

    values = np.array([worth(t) for t in np.linspace(0, 1, 301)])
    if scan is None:
        assert np.isnan(values).all()
        return
    exact = [worth(t) for t in scan.thresholds]
    assert np.allclose(scan.measurements, exact, equal_nan=True, rtol=1e-12, atol=1e-12)
    assert (np.diff(scan.thresholds) > 0).all()
    sign = 1 if measure.orientation == "score" else -1
    best = sign * scan.measurement
    assert best >= np.nanmax(sign * values) - 1e-9
    ties = np.isclose(sign * scan.measurements, best, rtol=0, atol=1e-13)
    nearest = np.abs(scan.thresholds[ties] - 0.5).min()
    assert abs(scan.threshold - 0.5) == nearest


@given(predictions(), st.integers(1, 7))
def test_a_thinned_scan_keeps_the_best(made, n):
    codes, p, w = made
    scan = scanned(p[:, 1], codes, POOL, 1, kf.accuracy, w)
    few = scan.thinned(n)
    assert (few.threshold, few.measurement) == (scan.threshold, scan.measurement)
    assert len(few.thresholds) <= max(n, 2)


@given(st.integers(2, 4).flatmap(predictions))
def test_a_temperature_never_worsens_what_it_learned_from(made):
    codes, p, w = made
    p = calibration.normalised(p)
    learned = calibration.learned("temperature", p, codes, w)
    q = learned(p)
    assert np.allclose(q.sum(axis=1), 1)
    clipped = calibration.Temperature(1.0)(p)
    before = calibration.log_loss(clipped, codes, w)
    assert calibration.log_loss(q, codes, w) <= before + 1e-9
    likeliest = q[np.arange(len(q)), p.argmax(axis=1)]
    assert (likeliest >= q.max(axis=1) - 1e-12).all()
    for T in np.clip(np.array([1.01, 1 / 1.01]) * learned.temperature, np.exp(-10), np.exp(10)):
        other = calibration.log_loss(calibration.Temperature(T)(p), codes, w)
        assert calibration.log_loss(q, codes, w) <= other + 1e-9


@given(predictions())
def test_isotonic_calibration_of_two_never_worsens_what_it_learned_from(made):
    codes, p, w = made
    learned = calibration.learned("isotonic", p, codes, w)
    q = learned(calibration.normalised(p))
    after = calibration.log_loss(q, codes, w)
    assert after <= calibration.log_loss(calibration.normalised(p), codes, w) + 1e-12
    order = np.argsort(p[:, 1], kind="stable")
    assert (np.diff(q[order, 1]) >= -1e-15).all()


@given(
    arrays.arrays(float, st.integers(1, 40), elements=st.integers(0, 12).map(lambda k: k / 12)),
    seeds,
    st.booleans(),
)
def test_isotonic_regression_is_that_of_scikit_learn(x, seed, weighted):
    rng = np.random.default_rng(seed)
    y = rng.integers(0, 2, len(x)).astype(float)
    w = rng.integers(0, 4, len(x)).astype(float) + (not weighted) if weighted else np.ones(len(x))
    if not w.any():
        return
    line = calibration.isotonic(x, y, w)
    theirs = IsotonicRegression(out_of_bounds="clip").fit(x, y, w)
    at = np.linspace(-0.1, 1.1, 50)
    assert np.allclose(np.interp(at, *line), theirs.predict(at), atol=1e-12)


@given(
    st.integers(2, 4).flatmap(predictions), st.sampled_from(["temperature", "platt", "isotonic"])
)
def test_calibrated_probabilities_are_distributions_and_maps_survive_their_file(made, method):
    codes, p, w = made
    learned = calibration.learned(method, p, codes, w)
    q = learned(calibration.normalised(p))
    assert q.shape == p.shape
    assert ((q >= 0) & (q <= 1)).all()
    assert np.allclose(q.sum(axis=1), 1)
    again = calibration.loaded(method, learned.dump())
    assert np.array_equal(again(calibration.normalised(p)), q)


@given(
    st.lists(st.integers(0, 3), min_size=1, max_size=60), st.floats(0.1, 3.0), seeds,
    st.integers(0, 3),
)  # fmt: skip
def test_samplers_give_each_class_its_share(codes, ratio, seed, apart):
    pool, codes = Pool(("a", "b", "c", "d")), np.array(codes)
    counts = np.bincount(codes, minlength=4)
    shown = counts[counts > 0]
    over = RandomOversampler(ratio).positions(codes, pool, seed)
    after = np.bincount(codes[over], minlength=4)
    assert over[: len(codes)].tolist() == list(range(len(codes)))
    for n, m in zip(counts, after, strict=True):
        assert m == (max(n, round(ratio * shown.max())) if n else 0)
    under = RandomUndersampler(ratio).positions(codes, pool, seed)
    after = np.bincount(codes[under], minlength=4)
    assert (np.diff(under) > 0).all()
    for n, m in zip(counts, after, strict=True):
        assert m == min(n, max(1, round(ratio * shown.min())))


@given(st.lists(st.integers(0, 2), min_size=4, max_size=60), seeds, st.integers(0, 2))
def test_what_a_class_draws_does_not_depend_on_the_other_classes(codes, seed, other):
    pool, codes = Pool(("a", "b", "c")), np.array(codes)
    alone = {level: 2.0 for k, level in enumerate(pool.levels) if k != other}
    every = RandomOversampler(2.0).positions(codes, pool, seed)[len(codes) :]
    some = RandomOversampler(alone).positions(codes, pool, seed)[len(codes) :]
    assert every[codes[every] != other].tolist() == some.tolist()


def test_the_laws_saw_measures_of_all_kinds():
    assert {m.name for m in JUDGES} >= {"accuracy", "balanced_accuracy", "precision", "mcc", "f1"}
    assert StratifiedCV(nfolds=2).pairs(4, list("abab"))
