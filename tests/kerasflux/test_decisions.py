"""The decision table, line by line: the numbers here are those of the docstring and of the code."""

import itertools
import re

import pytest

import kerasflux.decisions as decisions
from kerasflux.decisions import Decision, Facts, decide
from kerasflux.errors import ArgumentError, CannotContinue
from kerasflux.hyperparameters import Change

MORE = Change("epochs", 10, 30)
RATE = Change("optimiser.learning_rate", 0.001, 0.002)
BATCH = Change("batch_size", 32, 64)
TRAINED = {"trained": True, "done": 30, "goal": 30}
LESS = {"trained": True, "done": 10, "goal": 30}


def line(**facts):
    return str(decide(Facts(**facts)))


@pytest.mark.parametrize(
    ("facts", "expected"),
    [
        # 1
        ({"frozen": True}, "nothing to do (1: frozen; thaw() first)"),
        (
            {"frozen": True, "restart": "always", **TRAINED},
            "nothing to do (1: frozen; thaw() first)",
        ),
        (
            {"frozen": True, "changes": (BATCH,), "restarts": (BATCH,), **TRAINED},
            "nothing to do (1: frozen; thaw() first)",
        ),
        # 2
        ({}, "from scratch (2: never trained)"),
        ({"restart": "always"}, "from scratch (2: never trained)"),
        (
            {"restart": "always", **TRAINED},
            'from scratch (2: restart="always"), 30 epochs discarded',
        ),
        ({"other_rows": True, **TRAINED}, "from scratch (2: other rows), 30 epochs discarded"),
        ({"other_data": True, **TRAINED}, "from scratch (2: other data), 30 epochs discarded"),
        (
            {"other_class": "A -> B", **TRAINED},
            "from scratch (2: another model class, A -> B), 30 epochs discarded",
        ),
        (
            {"other_rows": True, "trained": True, "done": 1},
            "from scratch (2: other rows), 1 epoch discarded",
        ),
        ({"other_rows": True, "trained": True}, "from scratch (2: other rows)"),
        # 3
        (TRAINED, "nothing to do (3: the model did not change)"),
        ({"restart": "never", **TRAINED}, "nothing to do (3: the model did not change)"),
        (
            {"trained": True, "interrupted": True, "done": 12, "goal": 30},
            "continued (3: interrupted after 12, going on to 30 epochs)",
        ),
        (
            {"restart": "never", "other_data": True, **TRAINED},
            "nothing to do (3: other data, the model did not change)",
        ),
        # 4
        (
            {"changes": (MORE, RATE), **LESS},
            "continued (4: epochs 10 -> 30, optimiser.learning_rate 0.001 -> 0.002)",
        ),
        (
            {"changes": (MORE, BATCH), "restarts": (BATCH,), **TRAINED},
            "from scratch (4: batch_size 32 -> 64), 30 epochs discarded",
        ),
        (
            {"changes": (RATE,), **TRAINED},
            "continued (4: optimiser.learning_rate 0.001 -> 0.002), no epochs left to train",
        ),
        (
            {"restart": "never", "other_data": True, "changes": (MORE,), **LESS},
            "continued (4: other data, epochs 10 -> 30)",
        ),
        (
            {"restart": "never", "other_rows": True, "changes": (MORE,), **LESS},
            "continued (4: other rows, epochs 10 -> 30)",
        ),
    ],
)
def test_each_line_of_the_table_decides_what_it_says(facts, expected):
    assert line(**facts) == expected


@pytest.mark.parametrize(
    ("facts", "reason"),
    [
        ({"restart": "never"}, "never trained"),
        ({"restart": "never", "other_class": "A -> B", **TRAINED}, "another model class, A -> B"),
        (
            {"restart": "never", "changes": (MORE, BATCH), "restarts": (BATCH,), **TRAINED},
            "batch_size 32 -> 64",
        ),
    ],
)
def test_never_refuses_to_start_from_scratch_and_says_why(facts, reason):
    with pytest.raises(CannotContinue) as caught:
        decide(Facts(**facts))
    assert caught.value.failed == reason
    assert isinstance(caught.value, RuntimeError)


def test_an_unknown_restart_is_refused_with_the_nearest_one():
    with pytest.raises(ArgumentError, match="did you mean 'never'"):
        decide(Facts(restart="nevr"))


def cases():
    """Every combination of facts that a machine can find itself in."""
    flags = ("frozen", "trained", "other_rows", "other_data", "interrupted")
    for values in itertools.product([False, True], repeat=len(flags)):
        for restart, kind in itertools.product(
            ("auto", "always", "never"), ("none", "continues", "restarts", "class")
        ):
            changes = {"continues": (MORE,), "restarts": (MORE, BATCH)}.get(kind, ())
            yield Facts(
                **dict(zip(flags, values, strict=True)),
                restart=restart,
                other_class="A -> B" if kind == "class" else "",
                changes=changes,
                restarts=(BATCH,) if kind == "restarts" else (),
                done=12,
                goal=30,
            )


def number_by_hand(f):
    """The table as an independent reading of its text."""
    if f.frozen:
        return 1
    passed_over = f.restart == "never"
    others = (f.other_rows or f.other_data) and not passed_over
    if not f.trained or f.restart == "always" or others or f.other_class:
        return 2
    return 4 if f.changes else 3


def test_every_combination_follows_the_table():
    for facts in cases():
        follows_the_table(facts)


def follows_the_table(facts):
    number = number_by_hand(facts)
    starts_anew = number == 2 or (number == 4 and facts.restarts)
    if starts_anew and facts.restart == "never":
        with pytest.raises(CannotContinue) as caught:
            decide(facts)
        assert caught.value.number == number
        return
    decision = decide(facts)
    assert decision.number == number
    idle = number == 1 or (number == 3 and not facts.interrupted)
    assert decision.action == ("nothing" if idle else "scratch" if starts_anew else "continue")
    assert bool(decision.discarded) == bool(starts_anew and facts.trained)


def test_the_docstring_numbers_its_lines_as_the_code_does():
    numbered = re.findall(r"^(\d)\. ", decisions.__doc__, flags=re.MULTILINE)
    used = {decide(f).number for f in cases() if f.restart != "never"}
    assert [int(n) for n in numbered] == sorted(used) == [1, 2, 3, 4]


def test_iterations_that_are_no_epochs_are_called_so():
    facts = Facts(trained=True, done=5, other_rows=True, unit="iterations")
    assert str(decide(facts)) == "from scratch (2: other rows), 5 iterations discarded"


def test_a_decision_is_a_value():
    assert Decision(1, "nothing", "frozen; thaw() first") == decide(Facts(frozen=True))
