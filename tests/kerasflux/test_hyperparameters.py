from __future__ import annotations

import copy
import dataclasses
import inspect
import json
import pickle
import subprocess
import sys
import textwrap
from abc import ABC
from typing import Any, ClassVar, Generic, Literal, TypeVar

import numpy as np
import pytest
from rich.console import Console

from kerasflux.errors import (
    BuilderNotFound,
    HyperparameterError,
    StorageError,
    UnknownHyperparameter,
)
from kerasflux.hyperparameters import (
    Absent,
    AtLeast,
    Between,
    Change,
    Hyperparameters,
    OneOf,
    Positive,
    copied,
    difference,
    field,
    from_json,
    get_path,
    paths,
    same,
    set_path,
    to_json,
)

T = TypeVar("T")


class Builder(Hyperparameters, positional=True):
    pass


class Dense(Builder):
    hidden: tuple[int, ...] = field((256, 256), allowed=AtLeast(1), doc="units per layer")
    activation: str = "relu"
    dropout: float = field(0.1, allowed=Between(0, 1, open="right"))


class Frozen(Builder):
    frozen: bool = field(True, continues=True)
    base: Any = None


class Adam(Hyperparameters):
    learning_rate: float = field(0.001, allowed=Positive())


def as_adam(value):
    if value == "adam":
        return Adam()
    if isinstance(value, Adam):
        return value
    raise ValueError(f"no optimiser {value!r}")


class Net(Hyperparameters):
    kind: ClassVar[Any] = "net"
    builder: Builder = Dense()
    optimiser: Adam = field("adam", convert=as_adam)
    epochs: int = field(100, allowed=AtLeast(0), continues=True, doc="passes over the rows")
    batch_size: int | Literal["auto"] = field("auto", allowed=AtLeast(1))
    lambda_: float = field(0.0, allowed=AtLeast(0))
    embedding_dims: dict[str, float] = {}  # noqa: RUF012
    scaling: str | None = field("robust", allowed=OneOf("robust", "standard", None))
    rng: int | None = None
    optimiser_changes_trigger_retraining: bool = False

    @property
    def doubled(self):
        return 2 * self.epochs


class Pool(Hyperparameters):
    values: Any = None


# construction


def test_hyperparameters_have_defaults_and_take_keywords():
    net = Net(epochs=3, builder=Dense(dropout=0.5))
    assert (net.epochs, net.batch_size, net.builder.dropout, net.optimiser) == (
        3,
        "auto",
        0.5,
        Adam(),
    )


def test_classvars_and_properties_are_no_hyperparameters():
    assert "kind" not in paths(Net())
    assert "doubled" not in paths(Net())
    assert Net(epochs=4).doubled == 8


def test_builders_take_values_by_position():
    assert Dense((8,), "tanh") == Dense(hidden=(8,), activation="tanh")


def test_models_refuse_values_by_position_and_say_how_to_write_them():
    with pytest.raises(HyperparameterError, match="builder=") as caught:
        Net(Dense())
    assert "by position" in str(caught.value)


def test_too_many_values_by_position_are_refused():
    with pytest.raises(HyperparameterError, match="takes 3 values by position, not 4"):
        Dense((1,), "relu", 0.1, 7)


def test_a_value_given_twice_is_refused():
    with pytest.raises(HyperparameterError, match="given twice"):
        Dense((1,), hidden=(2,))
    with pytest.raises(HyperparameterError, match="given twice"):
        Net(optimiser="adam", optimizer="adam")


def test_defaults_that_can_change_in_place_are_never_shared():
    a, b = Net(), Net()
    a.embedding_dims["x"] = 2.0
    a.builder.dropout = 0.9
    a.optimiser.learning_rate = 1.0
    assert b == Net()
    assert Net().embedding_dims == {}


def test_a_record_that_was_given_is_held_and_not_copied():
    builder = Dense()
    assert Net(builder=builder).builder is builder


def test_factories_make_a_default_for_each_instance():
    class Made(Hyperparameters):
        items: list = field(factory=list)

    assert Made().items is not Made().items


def test_a_required_value_that_is_missing_is_named():
    class Wrapper(Hyperparameters, positional=True):
        model: Net
        limit: int = 3

    assert Wrapper(Net()).limit == 3
    with pytest.raises(HyperparameterError, match="needs `model`"):
        Wrapper(limit=1)


def test_subclasses_inherit_fields_and_may_change_a_default_without_annotation():
    class Quick(Net):
        epochs = 5
        patience: int = 2

    assert (Quick().epochs, Quick().patience, Quick().batch_size) == (5, 2, "auto")
    assert Quick.__name__ in repr(Quick(epochs=7))
    assert "epochs=7" in repr(Quick(epochs=7))
    with pytest.raises(HyperparameterError):  # the inherited constraint still holds
        Quick(epochs=-1)


def test_a_subclass_can_fix_an_inherited_hyperparameter():
    class Fixed(Net):
        epochs: ClassVar[int] = 7

        @property
        def rng(self):
            return 3

    assert (Fixed().epochs, Fixed().rng) == (7, 3)
    with pytest.raises(UnknownHyperparameter):
        Fixed(epochs=3)


def test_post_init_runs_after_construction():
    class Split(Hyperparameters):
        low: float = 0.0
        high: float = 1.0

        def __post_init__(self):
            if self.low > self.high:
                raise ValueError("low > high")

    with pytest.raises(ValueError, match="low > high"):
        Split(low=2)


def test_a_class_may_have_a_constructor_of_its_own():
    class Sized(Hyperparameters):
        size: int = 1

        def __init__(self, text="1"):
            super().__init__(size=int(text))

    class Named(Sized):
        name: str = "a"

    assert Sized("3").size == 3
    assert copied(Sized("3")) == Sized("3")
    assert Named(size=2, name="b").size == 2


def test_records_may_be_generic_and_abstract():
    class Held(Hyperparameters, Generic[T], ABC):
        value: T | None = None

    assert Held[int](value=3) == Held(value=3)


def test_the_signature_shows_names_and_defaults():
    parameters = inspect.signature(Net).parameters
    assert list(parameters)[:3] == ["builder", "optimiser", "epochs"]
    assert parameters["epochs"].default == 100
    assert parameters["epochs"].kind is inspect.Parameter.KEYWORD_ONLY
    assert inspect.signature(Dense).parameters["hidden"].kind.name == "POSITIONAL_OR_KEYWORD"


def test_records_are_dataclasses():
    assert [f.name for f in dataclasses.fields(Dense)] == ["hidden", "activation", "dropout"]
    assert dataclasses.replace(Dense(), dropout=0.3) == Dense(dropout=0.3)
    assert dataclasses.asdict(Dense())["activation"] == "relu"


def test_records_match_by_position_and_by_name():
    match Dense((3,)):
        case Dense(hidden, activation=a):
            assert (hidden, a) == ((3,), "relu")
        case _:
            pytest.fail("no match")


# names


@pytest.mark.parametrize(
    "act",
    [
        lambda: Net(epoch=3),
        lambda: setattr(Net(), "epoch", 3),
        lambda: Net().epoch,
        lambda: set_path(Net(), "epoch", 3),
        lambda: get_path(Net(), "epoch"),
    ],
)
def test_an_unknown_name_is_refused_with_the_nearest_one(act):
    with pytest.raises(UnknownHyperparameter, match="did you mean 'epochs'") as caught:
        act()
    assert caught.value.name == "epoch"
    assert isinstance(caught.value, AttributeError)
    assert isinstance(caught.value, TypeError)


def test_american_spellings_are_accepted_wherever_a_name_is_given():
    net = Net(optimizer=Adam(learning_rate=0.1), optimizer_changes_trigger_retraining=True)
    assert net.optimizer is net.optimiser
    assert net.optimiser_changes_trigger_retraining
    net.optimizer = "adam"
    set_path(net, "optimizer.learning_rate", 0.3)
    assert get_path(net, "optimiser.learning_rate") == 0.3
    assert Net(**{"lambda": 0.5}).lambda_ == 0.5
    written = to_json(net)
    written["values"]["optimizer"] = written["values"].pop("optimiser")
    assert from_json(written, [Net, Dense, Adam]) == net


def test_a_field_that_respells_an_inherited_one_is_refused():
    with pytest.raises(HyperparameterError, match="another spelling of the `optimiser`"):

        class Twice(Net):
            optimizer: str = "sgd"


def test_a_wrong_path_offers_where_the_name_is():
    with pytest.raises(UnknownHyperparameter, match=r"did you mean 'optimiser\.learning_rate'"):
        get_path(Net(), "learning_rate")
    with pytest.raises(UnknownHyperparameter, match=r"epochs\.more"):
        get_path(Net(), "epochs.more")


def test_paths_reach_nested_records():
    net = Net()
    assert paths(net)[:4] == ["builder", "builder.hidden", "builder.activation", "builder.dropout"]
    set_path(net, "builder.hidden", [4])
    assert get_path(net, "builder.hidden") == (4,)


def test_hyperparameters_cannot_be_deleted():
    net = Net()
    with pytest.raises(UnknownHyperparameter, match="can't be deleted"):
        del net.epochs
    assert net == Net()


def test_errors_inside_properties_are_not_hidden():
    class Odd(Hyperparameters):
        @property
        def broken(self):
            raise AttributeError("from inside")

    with pytest.raises(AttributeError, match="from inside"):
        _ = Odd().broken


# values


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("epochs", -1),
        ("epochs", 2.5),
        ("epochs", True),
        ("epochs", "3"),
        ("epochs", None),
        ("batch_size", 0),
        ("batch_size", "all"),
        ("lambda_", float("nan")),
        ("lambda_", "0"),
        ("scaling", "robst"),
        ("rng", 1.0),
        ("rng", np.random.default_rng(0)),
        ("builder", 3),
        ("optimiser", "adm"),
        ("embedding_dims", {"x": "2"}),
        ("embedding_dims", [2]),
        ("optimiser_changes_trigger_retraining", 1),
    ],
)
def test_a_wrong_value_is_refused_at_construction_and_assignment_and_changes_nothing(name, value):
    with pytest.raises(HyperparameterError, match=f"`{name}` of Net") as caught:
        Net(**{name: value})
    assert caught.value.name == name
    net = Net()
    with pytest.raises(HyperparameterError):
        setattr(net, name, value)
    assert net == Net()


def test_nested_records_judge_their_own_values():
    net = Net()
    with pytest.raises(HyperparameterError, match="`learning_rate` of Adam can't be -1"):
        net.optimiser.learning_rate = -1
    with pytest.raises(HyperparameterError, match="at least 1"):
        net.builder.hidden = (3, 0)
    assert net == Net()


def test_an_error_offers_the_nearest_allowed_value_and_the_tuple_of_one():
    with pytest.raises(HyperparameterError, match="did you mean 'robust'"):
        Net(scaling="robst")
    with pytest.raises(HyperparameterError, match=r"hidden=\(64,\)"):
        Dense(64)


def test_numpy_scalars_are_stored_as_python_numbers():
    net = Net(epochs=np.int64(3), lambda_=np.float32(0.5), rng=np.uint8(7))
    assert [type(v) for v in (net.epochs, net.lambda_, net.rng)] == [int, float, int]
    assert type(Pool(values=np.float64(1.0)).values) is float


def test_ints_become_floats_and_lists_tuples_where_these_are_declared():
    assert repr(Net(lambda_=1).lambda_) == "1.0"
    assert Dense(hidden=[3, 4]).hidden == (3, 4)


def test_conversion_precedes_validation():
    class Rate(Hyperparameters):
        value: float = field(1.0, convert=lambda v: float(v), allowed=Positive())

    assert Rate(value="0.5").value == 0.5
    with pytest.raises(HyperparameterError, match="not positive"):
        Rate(value="-1")
    with pytest.raises(HyperparameterError, match="could not convert"):
        Rate(value="half")


def test_any_object_with_check_is_a_constraint_and_collections_are_choices():
    class Even:
        def check(self, value):
            return None if value % 2 == 0 else f"{value} is odd"

        def __str__(self):
            return "even"

    class Chosen(Hyperparameters):
        n: int = field(2, allowed=Even())
        mode: str = field("a", allowed=("a", "b"))

    with pytest.raises(HyperparameterError, match="3 is odd"):
        Chosen(n=3)
    with pytest.raises(HyperparameterError, match="'c' is not one of 'a', 'b'"):
        Chosen(mode="c")


def test_annotations_that_do_not_resolve_are_not_judged():
    class Loose(Hyperparameters):
        what: Nowhere = 3  # noqa: F821
        many: list[Nowhere] = []  # noqa: F821, RUF012

    assert Loose(what="anything").what == "anything"


def test_unions_prefer_the_member_that_takes_a_value_as_it_is():
    class Dims(Hyperparameters):
        size: float | int = 1
        shape: tuple[int, int] | list[int] | None = None

    assert type(Dims(size=3).size) is int
    assert type(Dims(size=0.5).size) is float
    assert Dims(shape=[1, 2, 3]).shape == [1, 2, 3]
    with pytest.raises(HyperparameterError):
        Dims(shape=(1.5, 2))


# equality, copies, differences


def test_records_compare_by_class_and_values():
    class Other(Dense):
        pass

    assert Dense() == Dense((256, 256))
    assert Dense() != Other()
    assert Dense() != 3
    with pytest.raises(TypeError, match="unhashable"):
        hash(Dense())


@pytest.mark.parametrize(
    ("a", "b", "equal"),
    [
        (1, 1.0, True),
        (1, True, False),
        ({"a": 2}, {"a": 2.0}, False),
        ((2, [3]), (2, [3.0]), False),
        ((2.0, float("nan")), (2.0, float("nan")), True),
        (float("nan"), float("nan"), True),
        ((1,), [1], False),
        ({"a": np.arange(3)}, {"a": np.arange(3)}, True),
        (np.arange(3), np.arange(3.0), False),
        (np.array([np.nan]), np.array([np.nan]), True),
        (len, len, True),
        (lambda: 0, lambda: 0, False),
        ({1, 2}, {2, 1}, True),
        ("1", 1, False),
        (None, 0, False),
    ],
)
def test_values_compare_structurally(a, b, equal):
    assert same(a, b) is equal
    assert (Pool(values=a) == Pool(values=b)) is equal


def test_data_frames_compare_as_wholes():
    pd = pytest.importorskip("pandas")
    assert same(pd.DataFrame({"a": [1]}), pd.DataFrame({"a": [1]}))
    assert not same(pd.DataFrame({"a": [1]}), pd.DataFrame({"a": [2]}))


@pytest.mark.parametrize("copier", [copied, copy.deepcopy, lambda m: pickle.loads(pickle.dumps(m))])
def test_copies_are_equal_and_share_nothing(copier):
    net = Net(embedding_dims={"a": 2.0})
    twin = copier(net)
    assert twin == net
    twin.embedding_dims["a"] = 3.0
    twin.builder.dropout = 0.0
    assert net == Net(embedding_dims={"a": 2.0})


def test_copies_keep_objects_that_only_equal_themselves():
    class Layer:
        pass

    pool = Pool(values=[Layer(), len])
    assert copied(pool) == pool
    assert copied(pool).values is not pool.values


def test_difference_names_nested_changes_by_dotted_path():
    old = Net(builder=Frozen(), epochs=10)
    new = Net(builder=Frozen(frozen=False), epochs=30, optimiser=Adam(learning_rate=0.002))
    changes = difference(old, new)
    assert [str(c) for c in changes] == [
        "builder.frozen True -> False",
        "optimiser.learning_rate 0.001 -> 0.002",
        "epochs 10 -> 30",
    ]
    assert [c.continues for c in changes] == [True, False, True]


def test_another_class_of_a_nested_record_is_one_change_of_the_field():
    (change,) = difference(Net(), Net(builder=Frozen()))
    assert isinstance(change, Change)
    assert (change.path, str(change)) == ("builder", "builder Dense() -> Frozen()")


def test_equal_records_have_no_difference():
    assert difference(Net(rng=1), Net(rng=1)) == ()
    assert difference(Pool(values=float("nan")), Pool(values=float("nan"))) == ()


# JSON


def test_json_keeps_every_value_as_it_was():
    values = {
        "tuple": (1, (2.5, None)),
        "list": [True, "x"],
        3: {"a", "b"},
        (1, 2): frozenset({1}),
        "nan": float("nan"),
        "inf": -float("inf"),
        "array": np.array([[1.5, np.nan]], dtype="float32"),
        "text": np.array(["a", "bc"]),
        "record": Dense((2,)),
        "dict": {},
        "odd": {"tuple": [1]},
    }
    text = json.dumps(to_json(Pool(values=values)), allow_nan=False)
    assert same(from_json(json.loads(text), [Pool, Dense]).values, values)


def test_json_refuses_functions_by_dotted_path_and_lists_them_all():
    net = Net(builder=Frozen(base=lambda x: x))
    net.builder.base = {"f": len, "ok": 1}
    with pytest.raises(StorageError, match=r"builder\.base\.f") as caught:
        to_json(net)
    assert caught.value.paths == ["builder.base.f"]
    with pytest.raises(StorageError) as caught:
        to_json(Pool(values=[len, 3, object()]))
    assert caught.value.paths == ["values.0", "values.2"]


def test_json_finds_kerasflux_classes_by_itself_and_imports_nothing_else():
    written = {"class": "kerasflux.hyperparameters:Hyperparameters", "values": {}}
    assert type(from_json(written)) is Hyperparameters
    for path in ("os:system", "kerasflux.log:os.system", "kerasflux_evil:X", "antigravity:X"):
        with pytest.raises(BuilderNotFound):
            from_json({"class": path, "values": {}})
    assert "antigravity" not in sys.modules


def test_json_takes_other_classes_by_name_and_says_which_is_missing():
    written = to_json(Net())
    with pytest.raises(BuilderNotFound, match=r"builders=\[Dense\]") as caught:
        from_json(written, [Net, Adam])
    assert caught.value.name == "Dense"


def test_an_absent_class_is_stood_in_for_until_it_is_needed():
    written = to_json(Net(builder=Dense((3,)), epochs=4))
    net = from_json(written, [Net, Adam], absent=True)
    again = from_json(written, [Net, Adam], absent=True)
    assert isinstance(net.builder, Absent)
    assert "Dense" in repr(net)
    again.epochs = 9
    assert [c.path for c in difference(net, copied(again))] == ["epochs"]
    assert to_json(net) == written
    with pytest.raises(BuilderNotFound, match="Dense"):
        net.builder.build(n_in=1, n_out=1)
    assert "Dense(hidden=(3,), " in repr(net.builder)


def test_what_stands_in_for_an_absent_class_takes_no_changes():
    net = from_json(to_json(Net(builder=Dense((3,)))), [Net, Adam], absent=True)
    before = copied(net)
    for change in (
        lambda: setattr(net.builder, "hidden", (4,)),
        lambda: setattr(net.builder, "_name", "Other"),
        lambda: delattr(net.builder, "hidden"),
    ):
        with pytest.raises(BuilderNotFound, match=r"builders=\[Dense\]"):
            change()
    assert net == before


def test_damaged_json_is_refused():
    for damaged in ({"values": {}}, [], {"class": "a:B"}):
        with pytest.raises(StorageError, match="damaged"):
            from_json(damaged, [Net])
    with pytest.raises(StorageError, match="damaged"):
        from_json({"class": "x:Pool", "values": {"values": {"what": 1}}}, [Pool])


def test_json_of_values_that_are_refused_now_is_refused():
    written = to_json(Net())
    written["values"]["epochs"] = -3
    with pytest.raises(HyperparameterError, match="epochs"):
        from_json(written, [Net, Dense, Adam])


def test_json_without_a_required_value_is_refused():
    class Needs(Hyperparameters):
        n: int

    with pytest.raises(StorageError, match="no value for n"):
        from_json({"class": "m:Needs", "values": {}}, [Needs])


# display


def test_repr_is_the_constructor_call_with_what_differs():
    net = Net(epochs=3, builder=Dense(dropout=0.5), rng=1)
    assert repr(net) == "Net(builder=Dense(dropout=0.5), epochs=3, rng=1)"
    assert repr(Net()) == "Net()"
    assert eval(repr(net)) == net
    assert repr(Pool(values=(len,))) == "Pool(values=(len,))"


def test_a_long_call_has_a_line_for_each_hyperparameter():
    hidden = tuple(range(1, 30))
    net = Net(builder=Dense(hidden, dropout=0.5), epochs=3, embedding_dims={"a": 2.0}, rng=1)
    lines = repr(net).splitlines()
    assert lines[:3] == ["Net(", "    builder=Dense(", "        hidden=(" + str(hidden)[1:] + ","]
    assert lines[-4:] == ["    epochs=3,", "    embedding_dims={'a': 2.0},", "    rng=1,", ")"]
    assert eval(repr(net)) == net
    assert "\n" not in str(Change("net", Net(), net))


def printed(record, width=80):
    console = Console(width=width, record=True, file=open("/dev/null", "w"))  # noqa: SIM115
    with console.file:
        console.print(record)
    return console.export_text()


def test_the_terminal_shows_what_differs_and_what_it_does_then_the_defaults():
    name, *changed, rest = printed(Net(epochs=3, builder=Dense((8,)))).split("\n", 3)
    assert name.strip() == "Net"
    assert changed[0].split() == ["builder", "Dense(hidden=(8,))"]
    assert " ".join(changed[1].split()) == "epochs 3 passes over the rows"
    assert rest.strip().startswith("defaults: optimiser=Adam(), batch_size='auto', ")
    assert "epochs" not in rest
    assert printed(Net()).startswith("Net")
    assert len(printed(Net(epochs=3)).splitlines()) <= 6


def test_the_notebook_shows_every_value_and_escapes_it():
    shown = Pool(values="<script>alert(1)</script>")._repr_html_()
    assert "<script>" not in shown
    assert "&lt;script&gt;" in shown
    html = Net(epochs=3)._repr_html_()
    assert html.count("<details>") == 3  # the model, its builder, its optimiser: all closed
    assert "(epochs=3)" in html
    assert "border:1px" not in html


# elsewhere


def test_classes_of_a_session_work_pickle_and_travel_to_workers(tmp_path):
    script = tmp_path / "session.py"
    script.write_text(
        textwrap.dedent(
            """
            from __future__ import annotations
            import copy, pickle
            from joblib import Parallel, delayed
            from kerasflux.hyperparameters import Hyperparameters, difference, field

            class Mine(Hyperparameters, positional=True):
                size: int = field(3, allowed=(3, 4))
                later: Later = None

            class Later:
                pass

            def work(m):
                m.size = 4
                return m, repr(m), [str(c) for c in difference(type(m)(), m)]

            if __name__ == "__main__":
                m = Mine(4)
                assert pickle.loads(pickle.dumps(m)) == m == copy.deepcopy(m)
                try:
                    Mine("4")
                except ValueError as error:
                    print(type(error).__name__)
                found = Parallel(n_jobs=2)(delayed(work)(Mine()) for _ in range(2))
                back, text, changes = found[0]
                print(type(back) is Mine, text, changes)
            """
        )
    )
    done = subprocess.run(
        [sys.executable, str(script)], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    assert done.stdout.split("\n")[0] == "HyperparameterError"
    assert "Mine(size=4) ['size 3 -> 4']" in done.stdout
