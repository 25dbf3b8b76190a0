"""Rows that arrive while a model is trained: what goes on, and what is said."""

import pytest
from scripted import Scripted, X, Y

import kerasflux as kf
import scitypes as st

ITEMS = [(X[: 4 + k], Y[: 4 + k]) for k in range(3)]  # of 4, 5 and 6 rows


class Noting(Scripted):
    """Remembers of each epoch how many rows it was given."""

    GIVEN = []  # noqa: RUF012

    def _played(self, n, losses, rates, n_rows, data, run):
        found = super()._played(n, losses, rates, n_rows, data, run)
        self.GIVEN.extend([st.nrows(data.X)] * (found.state[0] - n))
        return found


@pytest.fixture(autouse=True)
def _noted_anew():
    Noting.GIVEN.clear()


def machine(limit, items=ITEMS, wrapped=lambda data: data):
    controls = [wrapped(kf.Data(items)), kf.Step(1), kf.NumberLimit(limit)]
    return kf.machine(kf.IteratedModel(Noting(), controls), X, Y)


def raised(mach, limit, **how):
    mach.model.controls[2].n = limit
    return mach.fit(verbosity=0, **how)


@pytest.mark.parametrize("first", [1, 2, 3, 4, 5])
@pytest.mark.parametrize("wrapped", [lambda data: data, lambda data: kf.skip(data, 2)])
def test_training_that_goes_on_goes_on_with_the_rows_that_it_was_given_last(first, wrapped):
    machine(8, wrapped=wrapped).fit(verbosity=0)
    at_once = list(Noting.GIVEN)
    assert at_once[-1] == 6
    Noting.GIVEN.clear()
    raised(machine(first, wrapped=wrapped).fit(verbosity=0), 8)
    assert at_once == Noting.GIVEN


def test_rows_given_are_written_where_they_can_be(tmp_path):
    items = [({"a": list(x["a"]), "b": list(x["b"])}, y.to_numpy()) for x, y in ITEMS]
    mach = machine(4, items).fit(verbosity=0)
    mach.save(tmp_path / "mach.kflux")
    again = kf.load(tmp_path / "mach.kflux", builders=[Noting]).with_data(X, Y)
    Noting.GIVEN.clear()
    raised(again, 6)
    assert Noting.GIVEN == [6, 6]


def test_other_hyperparameters_begin_anew_with_the_rows_of_the_fit():
    mach = machine(5, wrapped=lambda data: kf.skip(data, 2)).fit(verbosity=0)
    Noting.GIVEN.clear()
    mach.model.model.rate = 0.2
    mach.fit(verbosity=0)
    assert Noting.GIVEN == [14, 4, 4, 5, 5]


def test_what_there_is_of_items_in_the_report_is_one_line():
    mach = machine(2).fit(verbosity=0)
    shown = repr(mach.report.controls)
    assert "\n" not in shown
    assert "done=True, log='the loss was looked at 2 times'" in shown
    assert mach.report.controls[0][1]["items"] == 2
