"""Balancing: which rows train, that only those are touched, and that they stay the same."""

import numpy as np
import pandas as pd
import pytest
from classifying_toys import FITTED, LEANED, Leaning
from sklearn.linear_model import LogisticRegression
from toys import Shares, Walker

import kerasflux as kf
from kerasflux.hyperparameters import copied, from_json, to_json
from scitypes.pools import Pool

N = 40
DRAW = np.random.default_rng(7)
X = pd.DataFrame({"a": DRAW.normal(size=N), "b": DRAW.normal(size=N)}, index=range(100, 100 + N))
Y = pd.Series(pd.Categorical(["no"] * 4 + ["yes", "no", "no", "maybe"] * 9), X.index, name="answer")
POOL = Pool.of(Y)  # maybe, no, yes: 9, 22, 9


def balanced(sampler=None, **changes):
    return kf.BalancedModel(Leaning(**changes), sampler or kf.RandomOversampler(rng=3))


def fitted(model, y=Y, **options):
    return kf.machine(model, X, y, **options).fit(verbosity=0)


def test_shares_are_those_asked_for():
    after = lambda sampler: fitted(balanced(sampler)).report.balanced.after
    assert after("over") == {"maybe": 22, "no": 22, "yes": 22}
    assert after("under") == {"maybe": 9, "no": 9, "yes": 9}
    assert after(kf.RandomOversampler(0.5)) == {"maybe": 11, "no": 22, "yes": 11}
    assert after(kf.RandomOversampler({"yes": 1.5})) == {"maybe": 9, "no": 22, "yes": 33}
    assert after(kf.RandomUndersampler(1.5)) == {"maybe": 9, "no": 14, "yes": 9}
    assert after(kf.RandomUndersampler({"yes": 0.5})) == {"maybe": 9, "no": 22, "yes": 4}
    assert fitted(balanced()).report.balanced.before == {"maybe": 9, "no": 22, "yes": 9}


def test_the_model_learns_from_these_rows():
    mach = fitted(balanced())
    seed = mach.report.balanced.rng
    assert seed == 3
    rows = kf.RandomOversampler().positions(np.asarray(Y.cat.codes), POOL, seed)
    by_hand = kf.machine(Leaning(), X.iloc[rows].reset_index(drop=True), Y.iloc[rows].array)
    by_hand.fit(verbosity=0)
    assert mach.training_losses.tolist() == by_hand.training_losses.tolist()
    assert np.array_equal(np.asarray(mach.predict()), np.asarray(by_hand.predict(X)))


def test_nothing_is_sampled_where_nothing_trains():
    mach = fitted(balanced())
    assert len(mach.predict()) == N
    assert mach.predict().index.equals(X.index)
    e = mach.evaluate(resampling=kf.StratifiedCV(nfolds=3, rng=0), verbosity=0)
    assert sorted(len(p) for p in e.per_observation[0]) == [13, 13, 14]
    for report, (train, _) in zip(e.report_per_fold, e.train_test_rows, strict=True):
        counts = Y.iloc[train].value_counts()
        assert report.balanced.before == {label: counts[label] for label in POOL.levels}
        assert set(report.balanced.after.values()) == {counts.max()}


def test_validation_rows_are_untouched():
    rows, rest = range(30), range(30, N)
    heard = []
    mach = kf.machine(balanced(), X, Y)
    mach.fit(rows=rows, validation=rest, on_epoch=lambda row: heard.append(row), verbosity=0)
    assert heard[-1]["validation_loss"] == pytest.approx(
        kf.log_loss(Y.iloc[30:], mach.predict(rows=rest))
    )


def test_weights_go_with_their_rows():
    w = DRAW.random(N) + 0.1
    mach = fitted(balanced(), sample_weight=w)
    rows = kf.RandomOversampler().positions(np.asarray(Y.cat.codes), POOL, 3)
    by_hand = kf.machine(
        Leaning(), X.iloc[rows].reset_index(drop=True), Y.iloc[rows].array, sample_weight=w[rows]
    )
    assert mach.training_losses.tolist() == by_hand.fit(verbosity=0).training_losses.tolist()


def test_classes_draw_by_generators_of_their_own():
    codes, pool = np.repeat([0, 1, 2], [50, 50, 100]), Pool(("a", "b", "c"))
    drawn = kf.RandomOversampler().positions(codes, pool, 1)[200:]
    assert (drawn[:50] != drawn[50:] - 50).any()
    kept = kf.RandomUndersampler({"a": 0.5, "b": 0.5}).positions(codes, pool, 1)
    assert (kept[:25] != kept[25:50] - 50).any()


# going on


@pytest.mark.parametrize("sampler", ["over", "under", kf.RandomOversampler(0.7, rng=4)])
def test_more_epochs_go_on_with_the_same_rows(sampler):
    mach = fitted(balanced(sampler))
    seed = mach.report.balanced.rng
    LEANED.clear()
    FITTED.clear()
    mach.model.model.epochs = 6
    mach.fit(verbosity=0)
    assert LEANED == [4, 5, 6]
    assert FITTED == []
    assert mach.report.balanced.rng == seed
    said = copied(mach.model.sampler)
    said.rng = seed
    fresh = fitted(balanced(said, epochs=6))
    assert mach.training_losses.tolist() == fresh.training_losses.tolist()
    assert mach.predict() == fresh.predict()


def test_without_a_seed_each_cold_fit_draws_one():
    seeds = {fitted(balanced("over")).report.balanced.rng for _ in range(3)}
    assert len(seeds) == 3
    assert fitted(balanced()).predict() == fitted(balanced()).predict()


def test_a_changed_sampler_starts_from_scratch():
    mach = fitted(balanced())
    mach.model.sampler.ratios = 0.5
    FITTED.clear()
    mach.fit(verbosity=0)
    assert mach.report.decision.startswith("from scratch (4: sampler.ratios 1.0 -> 0.5)")
    assert FITTED == [22 + 11 + 11]
    mach.model.sampler = "under"
    mach.fit(verbosity=0)
    assert mach.report.decision.startswith("from scratch (4: sampler")


def test_evaluations_go_on_with_the_same_rows():
    mach = kf.machine(balanced(), X, Y)
    options = {"resampling": kf.StratifiedCV(nfolds=3, rng=0), "verbosity": 0}
    mach.evaluate(**options)
    LEANED.clear()
    mach.model.model.epochs = 5
    again = mach.evaluate(**options)
    assert LEANED == [4, 5] * 3
    assert again.per_fold == kf.machine(copied(mach.model), X, Y).evaluate(**options).per_fold


def test_an_interrupt_is_gone_on_from_and_a_crash_too(tmp_path):
    def strike(row):
        if row["epoch"] == 2:
            raise KeyboardInterrupt

    mach = kf.machine(balanced("over"), X, Y)
    with pytest.raises(KeyboardInterrupt):
        mach.fit(on_epoch=strike, checkpoint=tmp_path, verbosity=0)
    seed = mach.report.balanced.rng
    again = kf.machine(balanced("over"), X, Y)
    for one in (mach, again):
        one.fit(checkpoint=tmp_path, verbosity=0)
        assert one.report.balanced.rng == seed
        said = fitted(balanced(kf.RandomOversampler(rng=seed)))
        assert one.predict() == said.predict()


def test_a_file_goes_on_with_the_same_rows(tmp_path):
    mach = fitted(balanced("under"))
    mach.save(tmp_path / "m")
    loaded = kf.load(tmp_path / "m", builders=[Leaning])
    assert loaded.model == mach.model
    assert loaded.predict(X) == mach.predict()
    assert loaded.report.balanced == mach.report.balanced
    loaded = loaded.with_data(X, Y)
    for one in (loaded, mach):
        one.model.model.epochs = 5
        one.fit(verbosity=0)
    assert loaded.predict() == mach.predict()


# in company


def test_an_oversampled_model_finds_more_of_the_rare_class():
    rng = np.random.default_rng(2)
    a = rng.normal(size=400)
    y = pd.Series(pd.Categorical(np.where(a + 0.3 * rng.normal(size=400) > 1.7, "yes", "no")))
    x = pd.DataFrame({"a": a})
    recall = lambda m: kf.evaluate(
        m, x, y, measure=kf.recall.replace(positive="yes"), verbosity=0
    ).measurement[0]
    plain = Leaning(epochs=40)
    assert recall(kf.BalancedModel(plain, kf.RandomOversampler(rng=1))) > recall(plain) + 0.3


def test_pipelines_estimators_and_deterministic_classifiers_are_balanced():
    pipe = kf.Standardizer() | Leaning()
    assert fitted(kf.BalancedModel(pipe)).predict().levels == POOL.levels
    assert fitted(kf.Standardizer() | balanced()).predict().levels == POOL.levels
    mach = fitted(kf.BalancedModel(LogisticRegression()))
    assert mach.report.balanced.after["yes"] == 22
    shares = fitted(kf.BalancedModel(Shares(smoothing=0.0))).predict()
    assert np.asarray(shares)[0] == pytest.approx([1 / 3] * 3)


def test_one_sampler_around_another():
    twice = kf.BalancedModel(
        kf.BalancedModel(Leaning(), kf.RandomUndersampler({"no": 1.0}, rng=1)),
        kf.RandomOversampler({"yes": 0.75}, rng=2),
    )
    mach = fitted(twice)
    assert mach.report.training_losses
    FITTED.clear()
    fitted(twice)
    assert FITTED == [9 + 9 + 16]


def test_records_of_samplers_survive_their_file():
    model = balanced(kf.RandomUndersampler({"yes": 2.0, "no": 1.0}, rng=1))
    assert from_json(to_json(model), [Leaning]) == model
    assert repr(kf.BalancedModel(Leaning())) == "BalancedModel(model=Leaning())"
    assert kf.BalancedModel(Leaning(), "over") == kf.BalancedModel(Leaning())


# refusals


def test_models_without_classes_are_refused():
    for model in (Walker(), kf.NeuralNetworkRegressor(), kf.Standardizer()):
        with pytest.raises(kf.HyperparameterError, match="learns no labels"):
            kf.BalancedModel(model)


@pytest.mark.parametrize("sampler", ["ovr", "smote", 1, None, kf.RandomOversampler])
def test_what_is_no_sampler_is_refused(sampler):
    with pytest.raises(kf.HyperparameterError, match="This is no sampler"):
        kf.BalancedModel(Leaning(), sampler)


@pytest.mark.parametrize("ratios", [0, -1.0, "all", None, {"yes": 0}, float("inf"), True])
def test_ratios_that_are_none_are_refused(ratios):
    for sampler in (kf.RandomOversampler, kf.RandomUndersampler):
        with pytest.raises(kf.HyperparameterError, match="`ratios` can't be"):
            sampler(ratios)


def test_ratios_of_labels_that_are_no_levels_are_refused_when_data_is_bound():
    model = balanced(kf.RandomOversampler({"yess": 1.0}))
    with pytest.raises(kf.UnseenLevel, match="among the ratios of RandomOversampler") as caught:
        kf.machine(model, X, Y)
    assert "did you mean 'yes'?" in str(caught.value)
