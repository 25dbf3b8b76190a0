"""Pipelines as records: names and classes of steps, copies, files, paths, and what is refused."""

import copy
import dataclasses
import json
import pickle

import pytest
from composites import Shifting
from toys import Doubling, Shares, Walker

import kerasflux as kf
from kerasflux.hyperparameters import (
    copied,
    difference,
    from_json,
    get_path,
    paths,
    set_path,
    to_json,
)
from kerasflux.interface import Supervised
from kerasflux.structure import refuse_contradictions

CLASSES = (Shifting, Doubling, Walker, Shares)


@pytest.fixture
def pipe():
    return kf.Pipeline(scale=Shifting(times=2.0), net=Walker(epochs=3))


def test_steps_are_named_by_keyword_or_after_their_classes():
    assert list(kf.Pipeline(scale=Shifting(), net=Walker()).steps) == ["scale", "net"]
    assert list(kf.Pipeline(Shifting(), Doubling(), Walker()).steps) == [
        *("shifting", "doubling", "walker"),
    ]
    assert list(kf.Pipeline(Shifting(), net=Walker()).steps) == ["shifting", "net"]


def test_classes_that_repeat_are_numbered():
    assert list(kf.Pipeline(Shifting(), Shifting(), Walker()).steps) == [
        *("shifting", "shifting_2", "walker"),
    ]
    assert list((Shifting() | Shifting() | Shifting()).steps) == [
        *("shifting", "shifting_2", "shifting_3"),
    ]


def test_joining_makes_one_flat_pipeline_and_keeps_the_models():
    a, b, net = Shifting(), Doubling(), Walker()
    pipe = a | b | net
    assert list(pipe.steps.values()) == [a, b, net]
    assert pipe.walker is net
    assert (a | (b | net)) == pipe
    assert kf.Pipeline(first=a) | kf.Pipeline(second=b, third=net) == kf.Pipeline(
        first=a, second=b, third=net
    )
    assert list((kf.Pipeline(first=a) | kf.Pipeline(first=b) | net).steps) == [
        *("first", "first_2", "walker"),
    ]


def test_a_pipeline_within_a_pipeline_stays_one():
    inner = kf.Pipeline(a=Shifting(), b=Doubling())
    outer = kf.Pipeline(ready=inner, net=Walker())
    assert outer.ready is inner
    outer.ready.a.times = 5.0
    assert get_path(outer, "ready.a.times") == 5.0


def test_there_are_two_kinds(pipe):
    assert isinstance(pipe, kf.Pipeline)
    assert isinstance(pipe, Supervised)
    assert type(pipe).predict is not kf.Model.predict
    only = Shifting() | Doubling()
    assert isinstance(only, kf.Unsupervised)
    assert not isinstance(only, Supervised)
    assert type(only).predict is kf.Model.predict
    assert only.prediction_type is None


def test_pipelines_of_the_same_names_are_of_one_class(pipe):
    other = kf.Pipeline(scale=Doubling(), net=Walker())
    assert type(pipe) is type(other)
    assert type(pipe) is not type(kf.Pipeline(scale=Doubling(), other=Walker()))
    assert type(pipe) is not type(kf.Pipeline(scale=Doubling(), net=Shifting()))


def test_traits_come_from_the_steps(pipe):
    assert pipe.iteration_parameter == "net.epochs"
    assert pipe.supports_weights
    assert pipe.supports_training_losses
    assert pipe.prediction_type == "deterministic"
    assert pipe.input_scitype == Shifting.input_scitype
    assert pipe.target_scitype == Walker.target_scitype
    assert not pipe.exportable
    shares = Shifting() | Shares()
    assert shares.prediction_type == "probabilistic"
    assert shares.iteration_parameter is None
    assert not shares.supports_weights
    assert not shares.supports_training_losses


def test_it_prints_as_the_call_that_makes_it(pipe):
    assert repr(pipe) == "Pipeline(scale=Shifting(times=2.0), net=Walker(epochs=3))"
    assert eval(repr(pipe), {**vars(kf), "Pipeline": kf.Pipeline, **globals()}) == pipe
    assert "Pipeline" in pipe._repr_html_()


def test_copies_and_pickles_are_equal_and_share_nothing(pipe):
    for other in (copied(pipe), copy.deepcopy(pipe), pickle.loads(pickle.dumps(pipe))):
        assert other == pipe
        assert type(other) is type(pipe)
        other.net.epochs = 99
        assert pipe.net.epochs == 3
    shallow = copy.copy(pipe)
    assert shallow == pipe
    assert shallow.net is pipe.net


def test_replacing_a_step_makes_another_pipeline(pipe):
    other = dataclasses.replace(pipe, net=Walker(epochs=7))
    assert (other.net.epochs, pipe.net.epochs) == (7, 3)
    assert [f.name for f in dataclasses.fields(pipe)] == ["scale", "net"]


def test_it_survives_its_json_form(pipe):
    nested = kf.Pipeline(first=pipe.scale, rest=Doubling() | Walker(epochs=2))
    for one in (pipe, nested, Shifting() | Doubling()):
        read = from_json(json.loads(json.dumps(to_json(one))), CLASSES)
        assert read == one
        assert type(read) is type(one)


def test_classes_given_for_reading_may_be_those_of_pipelines(pipe):
    nested = kf.Pipeline(first=pipe.scale, rest=Doubling() | Walker(epochs=2))
    given = (type(nested), type(nested.rest), *CLASSES)
    assert from_json(to_json(nested), given) == nested
    assert from_json(to_json(nested), given[::-1]) == nested


def test_steps_are_found_by_position_and_name(pipe):
    assert len(pipe) == 2
    assert pipe[0] is pipe["scale"] is pipe.scale
    assert pipe[-1] is pipe["net"] is pipe.net
    assert list(pipe) == [pipe.scale, pipe.net]
    assert pipe[:-1] == kf.Pipeline(scale=pipe.scale)
    assert pipe[:-1].scale is pipe.scale
    with pytest.raises(kf.UnknownHyperparameter, match="did you mean 'scale'"):
        pipe["scal"]
    with pytest.raises(kf.UnknownHyperparameter, match="no hyperparameter `fit`"):
        pipe["fit"]
    with pytest.raises(kf.HyperparameterError, match="needs steps"):
        pipe[:0]


def test_steps_have_dotted_paths_in_any_spelling():
    pipe = kf.Pipeline(scale=Shifting(), net=kf.NeuralNetworkClassifier())
    assert {"scale", "net", "net.epochs", "net.optimiser.learning_rate"} <= set(paths(pipe))
    set_path(pipe, "net.optimizer.learning_rate", 0.5)
    assert pipe.net.optimiser.learning_rate == 0.5
    pipe.net.epochs = 7
    assert get_path(pipe, "net.epochs") == 7
    assert kf.Pipeline(colour=Shifting(), net=Walker()).color == Shifting()


def test_a_hyperparameter_of_a_step_is_offered_with_its_path(pipe):
    with pytest.raises(kf.UnknownHyperparameter, match=r"did you mean 'net\.epochs'"):
        pipe.epochs = 5
    with pytest.raises(kf.UnknownHyperparameter, match=r"net\.rate"):
        _ = pipe.rate
    with pytest.raises(kf.UnknownHyperparameter, match=r"did you mean 'net\.epochs'"):
        get_path(pipe, "net.epoch")


def test_equality_and_difference_are_by_step(pipe):
    other = kf.Pipeline(scale=Shifting(times=2.0), net=Walker(epochs=9))
    assert pipe != other
    assert [str(c) for c in difference(pipe, other)] == ["net.epochs 3 -> 9"]
    other.net = Shares()
    assert [c.path for c in difference(pipe, other)] == ["net"]


@pytest.mark.parametrize(
    ("make", "told"),
    [
        (lambda: kf.Pipeline(), "needs steps"),
        (lambda: kf.Pipeline(Walker, Walker()), r"Make an instance: `Walker\(\)`"),
        (lambda: kf.Pipeline(3, Walker()), "can't be a part of a model"),
        (lambda: kf.Pipeline([Shifting(), Walker()]), "given one by one"),
        (lambda: kf.Pipeline(steps=[("shift", Shifting()), ("net", Walker())]), "or named"),
        (lambda: Shifting() | len, "kf.Static"),
        (lambda: 3 | Shifting(), "can't be a part of a model"),
        (lambda: Walker() | Shifting(), "`walker` of a pipeline predicts"),
        (lambda: kf.NeuralNetworkRegressor() | Walker(), "EntityEmbedder"),
        (lambda: kf.Pipeline(a=kf.Unsupervised(), net=Walker()), "no `transform`"),
        (lambda: kf.Pipeline(fit=Shifting(), net=Walker()), "can't be called `fit`"),
        (lambda: kf.Pipeline(history=Shifting(), net=Walker()), "can't be called `history`"),
        (lambda: kf.Pipeline(steps=Shifting(), net=Walker()), "can't be called `steps`"),
        (lambda: kf.Pipeline(_a=Shifting(), net=Walker()), "underscore"),
        (lambda: kf.Pipeline(**{"a b": Shifting(), "net": Walker()}), "no name"),
        (lambda: kf.Pipeline(**{"class": Shifting(), "net": Walker()}), "no name"),
        (lambda: kf.Pipeline(color=Shifting(), colour=Walker()), "another spelling"),
    ],
)
def test_what_can_not_be_a_pipeline_is_refused(make, told):
    with pytest.raises(kf.HyperparameterError, match=told) as refusal:
        make()
    assert refusal.value.expected


def test_an_assignment_is_judged_by_the_place_of_the_step(pipe):
    with pytest.raises(kf.HyperparameterError, match="would be one that transforms"):
        pipe.net = Shifting()
    with pytest.raises(kf.HyperparameterError, match="predicts, which only the last step may"):
        pipe.scale = Walker()
    assert pipe == kf.Pipeline(scale=Shifting(times=2.0), net=Walker(epochs=3))
    only = Shifting() | Doubling()
    with pytest.raises(kf.HyperparameterError, match="would be one that predicts"):
        only.doubling = Walker()
    pipe.net = Shares()
    assert pipe.prediction_type == "probabilistic"


def test_contradictions_within_a_step_are_found():
    pipe = kf.Pipeline(scale=Shifting(), net=kf.NeuralNetworkRegressor())
    pipe.net.optimiser = kf.optimisers.SGD(momentum=0.5)
    refuse_contradictions(pipe)
