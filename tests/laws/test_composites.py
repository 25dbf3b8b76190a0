"""Laws of composites over drawn nestings of toys: records, warm restarts, folds."""

import copy
import json
import pickle

import numpy as np
import pandas as pd
from composites import LEARNED, Growing, Secretive, Shifting
from hypothesis import given, settings
from hypothesis import strategies as st
from toys import WALKED, Doubling, Walker

import kerasflux as kf
from kerasflux.hyperparameters import copied, from_json, get_path, paths, set_path, to_json

CLASSES = (Doubling, Growing, Secretive, Shifting, Walker)
X = pd.DataFrame({"a": np.arange(12.0), "b": np.arange(12.0)[::-1] ** 2})
Y = pd.Series(np.arange(12.0) + 1, name="price")

steps = st.one_of(
    st.builds(Shifting, times=st.sampled_from([0.5, 1.0])),
    st.builds(Secretive, times=st.sampled_from([0.5, 1.0])),
    st.builds(Doubling),
    st.builds(Growing, epochs=st.integers(1, 3)),
)
transformers = st.recursive(steps, lambda inner: st.builds(kf.Pipeline, inner, inner), max_leaves=3)
walkers = st.builds(Walker, epochs=st.integers(0, 3))


def _around(model):
    """A model with something around it."""
    named = st.sampled_from(["log1p", "sqrt"])
    return st.one_of(
        st.builds(lambda first, last: first | last, transformers, model),
        st.builds(lambda first, net: kf.Pipeline(first=first, net=net), transformers, model),
        st.builds(kf.TransformedTargetModel, model, named),
        st.builds(kf.TransformedTargetModel, model.filter(_takes_any), st.builds(kf.Standardizer)),
    )


def _takes_any(model):
    """Whether a model learns targets below zero too."""
    return not any(path.rpartition(".")[2] == "transformer" for path in paths(model))


models = st.recursive(walkers, _around, max_leaves=4)
# what can be changed anywhere, and to what
CHANGES = {"epochs": [0, 1, 2, 4, 5], "times": [0.5, 1.0, 2.0], "rate": [0.5, 0.25]}


def changes(model):
    known = [p for p in paths(model) if p.rpartition(".")[2] in CHANGES]
    one = st.sampled_from(known).flatmap(
        lambda p: st.tuples(st.just(p), st.sampled_from(CHANGES[p.rpartition(".")[2]]))
    )
    return st.lists(st.lists(one, min_size=1, max_size=2), min_size=1, max_size=4)


@given(model=models)
def test_records_survive_copies_pickles_and_json(model):
    others = [
        copy.deepcopy(model),
        pickle.loads(pickle.dumps(model)),
        from_json(json.loads(json.dumps(to_json(model))), CLASSES),
    ]
    for other in others:
        assert other == model
        assert type(other) is type(model)
        assert repr(other) == repr(model)
        assert paths(other) == paths(model)


@given(model=models)
def test_every_path_leads_somewhere_and_back(model):
    for path in paths(model):
        set_path(model, path, get_path(model, path))
    assert model.iteration_parameter in paths(model)
    assert isinstance(get_path(model, model.iteration_parameter), int)


@settings(max_examples=max(20, settings.default.max_examples))
@given(data=st.data(), model=models)
def test_whatever_changes_in_whatever_order_is_as_if_it_had_always_been_so(data, model):
    mach = kf.machine(model, X, Y).fit(verbosity=0)
    for group in data.draw(changes(model)):
        for path, value in group:
            set_path(model, path, value)
        mach.fit(verbosity=0)
        fresh = kf.machine(copied(model), X, Y).fit(verbosity=0)
        assert mach.predict().equals(fresh.predict())
        assert mach.training_losses.tolist() == fresh.training_losses.tolist()


@given(model=models, more=st.integers(1, 4))
def test_more_iterations_train_only_those_and_nothing_else_learns(model, more):
    mach = kf.machine(model, X, Y).fit(verbosity=0)
    path = model.iteration_parameter
    before = get_path(model, path)
    LEARNED.clear()
    WALKED.clear()
    set_path(model, path, before + more)
    mach.fit(verbosity=0)
    assert [before + k + 1 for k in range(more)] == WALKED
    assert LEARNED == []
    assert mach.report.decision == f"continued (4: {path} {before} -> {before + more})"


@given(model=models, more=st.integers(1, 4), nfolds=st.integers(2, 3))
def test_folds_go_on_as_machines_do(model, more, nfolds):
    mach = kf.machine(model, X, Y)
    options = {"resampling": kf.CV(nfolds=nfolds), "measure": kf.l1, "verbosity": 0}
    mach.evaluate(**options)
    path = model.iteration_parameter
    before = get_path(model, path)
    LEARNED.clear()
    WALKED.clear()
    set_path(model, path, before + more)
    again = mach.evaluate(**options)
    assert [before + k + 1 for k in range(more)] * nfolds == WALKED
    assert LEARNED == []
    assert again.per_fold == kf.machine(copied(model), X, Y).evaluate(**options).per_fold


@given(model=models, at=st.integers(1, 3))
def test_an_interrupt_anywhere_is_gone_on_from(model, at):
    path = model.iteration_parameter
    set_path(model, path, 4)

    def strike(row):
        if row["epoch"] == at:
            raise KeyboardInterrupt

    mach = kf.machine(model, X, Y)
    try:
        mach.fit(on_epoch=strike, verbosity=0)
    except KeyboardInterrupt:
        assert len(mach.training_losses) == at + 1
        assert len(mach.predict()) == 12
    mach.fit(verbosity=0)
    assert mach.predict().equals(kf.machine(copied(model), X, Y).fit(verbosity=0).predict())


@given(model=models)
def test_a_machine_survives_its_file(model, tmp_path_factory):
    mach = kf.machine(model, X, Y).fit(verbosity=0)
    path = tmp_path_factory.mktemp("saved") / "m"
    mach.save(path)
    loaded = kf.load(path, builders=CLASSES)
    assert loaded.predict(X).equals(mach.predict())
    assert loaded.model == model
    loaded = loaded.with_data(X, Y)
    for one in (loaded, mach):
        set_path(one.model, model.iteration_parameter, 6)
        one.fit(verbosity=0)
    assert loaded.report.decision == mach.report.decision
    assert loaded.predict().equals(mach.predict())
