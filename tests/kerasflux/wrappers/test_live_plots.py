"""The live plot: in a notebook one picture drawn anew, elsewhere a file or nothing."""

import sys
from types import ModuleType

import pytest
from scripted import fitted

import kerasflux as kf
from kerasflux import log
from kerasflux.control import live
from kerasflux.control.loop import run_controls
from kerasflux.control.trainable import Replay

LOSSES = [0.9, 0.6, 0.5, 0.55, 0.6]


class Shown:
    """What a notebook was given."""

    def __init__(self):
        self.pictures = []

    def display(self, picture, display_id):
        assert display_id is True
        self.pictures.append(picture)
        return self

    def update(self, picture):
        self.pictures.append(picture)


@pytest.fixture
def notebook(monkeypatch):
    pytest.importorskip("matplotlib")
    shown = Shown()
    module = ModuleType("IPython.display")
    module.display = shown.display
    monkeypatch.setitem(sys.modules, "IPython.display", module)
    monkeypatch.setattr(log, "in_notebook", lambda: True)
    return shown


def played(*controls):
    rules = [kf.Step(1), *controls, kf.NumberLimit(5)]
    return run_controls(Replay(LOSSES, LOSSES), rules, verbosity=0)


def test_a_terminal_shows_nothing_and_draws_nothing(monkeypatch):
    monkeypatch.setattr(live, "_picture", None)
    loop = played(kf.LivePlot())
    assert loop.outcomes[1][1] == {"looks": 5}


def test_a_notebook_shows_one_picture_in_place_of_the_other(notebook):
    played(kf.LivePlot(every=1e-9))
    assert len(notebook.pictures) == 6  # each look, and the end
    labels = [line.get_label() for axes in notebook.pictures[-1].axes for line in axes.lines]
    assert any("epoch 3" in label for label in labels)


def test_not_more_often_than_asked_for_but_always_the_end(notebook, monkeypatch):
    now = iter([0.0, 0.4, 0.8, 1.2, 1.3, 1.6, 2.0, 2.1])
    monkeypatch.setattr(live, "monotonic", lambda: next(now))
    played(kf.LivePlot(every=1.0))
    assert len(notebook.pictures) == 3


def test_the_last_picture_is_written_anywhere(tmp_path):
    pytest.importorskip("matplotlib")
    path = tmp_path / "losses.png"
    mach = fitted((5, 4, 3), kf.LivePlot(path=path), kf.NumberLimit(3))
    assert path.read_bytes()[:4] == b"\x89PNG"
    assert mach.report.controls[1][1].saved == str(path)


def test_scores_are_drawn_upwards(notebook):
    measure = kf.make_measure(lambda y, p: float(p.iloc[0]), orientation="score")
    fitted((1, 3, 2), kf.LivePlot(every=1e-9), kf.NumberLimit(3), measure=measure)
    labels = [line.get_label() for axes in notebook.pictures[-1].axes for line in axes.lines]
    assert any("epoch 2" in label for label in labels)


def test_what_is_gone_on_with_later_has_a_picture_of_its_own(notebook):
    mach = fitted((5, 4, 3, 2), kf.LivePlot(every=1e-9), kf.NumberLimit(2))
    mach.model.controls[2].n = 3
    mach.fit(verbosity=0)
    assert mach.report.controls[1][1].looks == 3
    assert mach.report.n_iterations == 3


def test_a_picture_before_the_first_step_is_passed_over(notebook):
    run_controls(Replay(LOSSES), [kf.LivePlot(), kf.Step(1), kf.NumberLimit(1)], verbosity=0)
    assert notebook.pictures == []
