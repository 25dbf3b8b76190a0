"""Rules that choose among candidates, on entries written by hand."""

import math

import numpy as np
import pytest
from searching_toys import Walker, X, Y, fitted, tuned, walked

import kerasflux as kf
from kerasflux.wrappers.candidates import Entry, History
from kerasflux.wrappers.selection import Best, chosen


def entry(number, folds, status="ok", **fields):
    loss = float(np.mean(folds)) if status == "ok" else math.nan
    return Entry(number, Walker(**fields), fields, (loss,), (tuple(folds),), loss, status)


SMALL = entry(0, [1.2, 1.4, 1.0], epochs=1)
BEST = entry(1, [1.0, 1.3, 0.7], epochs=9)
MIDDLE = entry(2, [1.1, 1.2, 0.9], epochs=4)
BAD = entry(3, [3.0, 3.0, 3.0], epochs=0)
FAILED = entry(4, [0.0], status="failed", epochs=2)
ALL = [SMALL, BEST, MIDDLE, BAD, FAILED]


def test_the_best_is_the_smallest_loss_and_the_first_of_equal_ones():
    assert chosen("best", ALL) is BEST
    twin = entry(9, [1.0, 1.3, 0.7], epochs=2)
    assert Best().choose([twin, BEST]) is BEST


def test_failed_candidates_are_never_chosen():
    assert chosen("best", [FAILED]) is None
    assert chosen(kf.OneStandardError(by="epochs"), [FAILED, BAD]) is BAD


def test_the_simplest_within_one_standard_error():
    radius = 0.3 / math.sqrt(3)  # of 1.0, 1.3, 0.7
    assert BEST.standard_error == pytest.approx(radius)
    assert MIDDLE.loss <= BEST.loss + radius < SMALL.loss
    assert chosen(kf.OneStandardError(by="epochs"), ALL) is MIDDLE
    assert chosen(kf.OneStandardError(by="epochs", factor=0.0), ALL) is BEST
    assert chosen(kf.OneStandardError(by="epochs", factor=2.0), ALL) is SMALL
    assert chosen(kf.OneStandardError(by="-epochs"), ALL) is BEST
    assert chosen(kf.OneStandardError(by=lambda model: -model.epochs), ALL) is BEST


def test_of_equally_simple_ones_the_better_one():
    rule = kf.OneStandardError(by=lambda model: 0.0)
    assert chosen(rule, ALL) is BEST


def test_complexity_adds_up_several_numbers():
    rule = kf.OneStandardError(by="builder.hidden")
    assert rule.complexity(kf.NeuralNetworkRegressor(builder=kf.MLP((8, 4)))) == 12.0


def test_what_is_no_complexity_is_refused():
    with pytest.raises(kf.HyperparameterError, match="Complexity"):
        kf.OneStandardError(by=3)
    with pytest.raises(kf.HyperparameterError, match="is no number"):
        kf.OneStandardError(by="builder.activation").complexity(kf.NeuralNetworkRegressor())


def test_rules_that_do_not_fit_are_refused_before_the_search():
    single = tuned(resampling=kf.Holdout(0.5), selection=kf.OneStandardError(by="epochs"))
    with pytest.raises(kf.HyperparameterError, match="no standard error"):
        kf.machine(single, X, Y).fit(verbosity=0)
    lost = tuned(selection=kf.OneStandardError(by="depth"))
    with pytest.raises(kf.UnknownHyperparameter, match="depth"):
        kf.machine(lost, X, Y).fit(verbosity=0)


def test_a_search_takes_the_simplest():
    search = tuned(given={"epochs": [1, 2, 9]}, selection=kf.OneStandardError("epochs", factor=50))
    mach = kf.machine(search, X, Y).fit(verbosity=0)
    assert mach.report.best_model.epochs == 1
    assert mach.report.best_history_entry.number == 0


def test_running_losses_pass_over_failures():
    losses = History(ALL, ["l1"]).running_losses()
    assert losses[1:] == pytest.approx([1.2, 1.0, 1.0, 1.0, 1.0])


def test_a_rule_that_raises_loses_nothing_of_the_search():
    mach = kf.machine(tuned(selection=kf.OneStandardError(by=lambda model: 1 / 0)), X, Y)
    with pytest.raises(ZeroDivisionError) as caught:
        mach.fit(verbosity=0)
    assert "all of which are kept" in caught.value.__notes__[0]
    mach.model.selection = "best"
    assert walked(mach) == 3  # of the best, on all rows
    assert mach.report.best_model == fitted().report.best_model


def test_what_is_complex_is_looked_for_inward_in_each_of_several_models():
    rule = kf.OneStandardError(by="hidden")
    net = kf.NeuralNetworkRegressor(builder=kf.MLP((8, 4)))
    assert rule.complexity(kf.Standardizer() | net) == 12.0
    several = kf.TunedModel(
        models=[net, kf.ConstantRegressor()], selection=rule, resampling=kf.CV(2)
    )
    with pytest.raises(kf.UnknownHyperparameter, match="ConstantRegressor"):
        kf.machine(several, X, Y).fit(verbosity=0)
