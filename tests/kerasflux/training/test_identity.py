"""Identities: equal for what behaves alike, different for what may not."""

import functools
import sys
import types

import numpy as np
import pytest

import kerasflux as kf
from kerasflux.training.identity import identity


@pytest.mark.parametrize(
    ("a", "b"),
    [
        (1, True),
        (1, 1.0),
        ("1", 1),
        ((1,), [1]),
        (0.0, -0.0),
        (None, False),
        (np.zeros(2), np.zeros(2, "float32")),
        (np.zeros((2, 1)), np.zeros((1, 2))),
        ({"a": 1}, {"a": 2}),
        (kf.MLP((3,)), kf.MLP((4,))),
        (object(), object()),
    ],
)
def test_different_values_have_different_identities(a, b):
    assert identity(a) != identity(b)
    assert identity(a) == identity(a)
    assert hash(identity(a)) == hash(identity(a))


@pytest.mark.parametrize(
    "make",
    [
        lambda: [1, (2.5, "x"), {"k": None}],
        lambda: np.arange(3),
        lambda: {1, 2},
        lambda: kf.MLP((3,), dropout=0.5),
        lambda: lambda x: x + 1,
        lambda: [].append.__self__,
    ],
)
def test_equal_values_have_equal_identities(make):
    assert identity(make()) == identity(make())


def test_functions_differ_by_what_they_close_over_and_by_defaults():
    def closed(n):
        return lambda x: x + n

    def defaulted(n):
        return lambda x, n=n: x + n

    for make in (closed, defaulted):
        assert identity(make(1)) == identity(make(1)) != identity(make(2))


def test_a_list_that_a_function_closes_over_counts_by_its_content():
    def closed(sizes):
        return lambda: sum(sizes)

    assert identity(closed([1])) == identity(closed([1])) != identity(closed([2]))


def test_recursive_functions_and_containers_have_identities():
    def down(n):
        return down(n - 1) if n else 0

    loop = []
    loop.append(loop)
    assert identity(down) == identity(down)
    assert identity(loop) == identity(loop)


def test_methods_of_builders_count():
    def of(number):
        class Mine(kf.Builder):
            def build(self, n_in, n_out):
                return self.helper()

            def helper(self):
                return number

        return Mine()

    assert identity(of(1)) == identity(of(1)) != identity(of(2))


@pytest.mark.parametrize("value", [3, (1, 2), [1], {"k": 1}, np.arange(2)])
def test_attributes_of_classes_of_records_count(value):
    class Base(kf.Builder):
        width = 1

    class Derived(Base):
        depth: int = 2

    before = identity(Derived())
    assert before == identity(Derived())
    Base.width = value
    assert before != identity(Derived())


def test_defaults_of_fields_do_not_count_but_values_do():
    class Made(kf.Builder):
        width: int = 3

    before = identity(Made(width=3))
    Made.width = 4
    assert before == identity(Made(width=3))


def test_objects_are_the_same_while_their_attributes_are():
    class Pinball:
        def __init__(self, q):
            self.q = q

        def __call__(self, y, p):
            return self.q * (y - p)

    loss = Pinball(0.5)
    before = identity(loss), identity(loss.__call__)
    assert before == (identity(loss), identity(loss.__call__))
    assert before[0] != identity(Pinball(0.5))
    loss.q = 0.9
    assert all(
        a != b for a, b in zip(before, (identity(loss), identity(loss.__call__)), strict=True)
    )
    loss.q = 0.5
    assert before == (identity(loss), identity(loss.__call__))


def test_objects_may_hold_themselves_and_one_another():
    class Node:
        pass

    one, two = Node(), Node()
    one.me, one.other, two.other = one, two, one
    assert identity(one) == identity(one) != identity(two)


def test_layers_are_the_same_before_and_after_their_use():
    import keras

    layer = keras.layers.Dense(3)
    before = identity(layer)
    layer(np.zeros((1, 2), "float32"))
    assert identity(layer) == before


def test_partial_functions_are_equal_by_their_parts():
    def loss(y, p, q):
        return q * (y - p)

    half = identity(functools.partial(loss, q=0.5))
    assert (
        half == identity(functools.partial(loss, q=0.5)) != identity(functools.partial(loss, q=0.9))
    )


READING_SETTINGS = {
    "a module": "lambda n: settings.WIDTH + n",
    "a module of a package": "lambda n: package.settings.WIDTH + n",
    "a module imported within": "def read(n):\n    import settings\n    return settings.WIDTH",
    "a class": "lambda n: Settings.WIDTH + n",
    "a function of a module": "lambda n: settings.width(n)",
}


@pytest.mark.parametrize("how", READING_SETTINGS)
def test_settings_that_a_function_reads_count(how, monkeypatch):
    """As of a builder that makes its layers by a helper, edited and reloaded."""
    settings, package = types.ModuleType("settings"), types.ModuleType("package")
    settings.package, package.settings = package, settings  # as modules that import each other
    monkeypatch.setitem(sys.modules, "settings", settings)
    held = type("Settings", (), {"__module__": "settings"})
    space = {"settings": settings, "package": package, "Settings": held}
    if how == "a module imported within":
        space.pop("settings")
        exec(READING_SETTINGS[how], space)
        read = space["read"]
    else:
        read = eval(READING_SETTINGS[how], space)

    def known(width):
        settings.WIDTH = held.WIDTH = width
        exec(f"def width(n): return n + {width}", vars(settings))
        return identity(read)

    assert known(4) == known(4) != known(9)
