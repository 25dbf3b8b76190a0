"""XLA against the graph loop: the same first epoch where nothing is drawn, up to rounding."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import Phase, given, settings
from modes import executed, logits
from random_networks import cases, penalties, seeds
from training_toys import VALUES, layers, sequential, trained

from kerasflux.training.core import Arrays, mean_loss
from kerasflux.training.optimisers import SGD, Adam


def of_both(build, arrays, epochs=1, optimiser="adam", batch_size=8, arch=None, **options):
    """States that each mode trains, the graph loop's first."""
    key, rest = (build.__module__, getattr(build, "__qualname__", build)), arch or {}
    return [
        trained(
            executed(mode, build, optimiser, key=key, batch_size=batch_size, **rest),
            arrays,
            epochs,
            **options,
        )
        for mode in ("graph", "xla")
    ]


@settings(
    max_examples=max(4, settings.default.max_examples // 10),
    phases=(Phase.explicit, Phase.generate),
)
@given(case=cases(noisy=False), seed=seeds, penalty=penalties)
def test_drawn_networks_lose_the_same_in_the_first_epoch(case, seed, penalty):
    arrays = case.network.rows(case.rows[0], weighted=True)
    options = {"seed": seed, "penalty": penalty, "learning_rate": 0.003}
    graph, xla = of_both(case.network, arrays, 1, case.optimiser, case.batch_size, **options)
    np.testing.assert_allclose(xla.losses, graph.losses, rtol=1e-5, atol=1e-5)
    assert (graph.mode, xla.mode) == ("graph", "xla")
    assert all(map(np.array_equal, graph.seeds.values(), xla.seeds.values()))


def wide():
    hidden = layers().Dense(64, "relu"), layers().Dense(64, "gelu")
    return sequential((30,), *hidden, layers().Dense(3))


def attentive():
    import keras

    x = keras.Input((6, 4))
    attention = layers().MultiHeadAttention(2, 3)(x, x)
    pooled = layers().GlobalAveragePooling1D()(layers().LayerNormalization()(attention + x))
    return keras.Model(x, layers().Dense(3)(pooled))


def recurrent():
    return sequential((6, 4), layers().GRU(5), layers().Dense(3))


def normalised():
    group = layers().Dense(6), layers().GroupNormalization(2)
    unit = layers().Dense(6, "silu"), layers().UnitNormalization()
    return sequential((30,), *group, *unit, layers().BatchNormalization(), layers().Dense(3))


@pytest.mark.parametrize(
    ("build", "n_rows"),
    [(wide, 333), (attentive, 100), (recurrent, 100), (normalised, 5), (normalised, 100)],
    ids=lambda value: getattr(value, "__name__", None),
)
def test_larger_networks_lose_the_same_in_the_first_epoch(build, n_rows):
    draw = np.random.default_rng(3)
    shape = (6, 4) if build in (attentive, recurrent) else (30,)
    x = draw.normal(size=(n_rows, *shape)).astype("float32")
    arrays = Arrays((x,), draw.integers(0, 3, n_rows).astype("int32"))
    graph, xla = of_both(build, arrays, 1, Adam(), batch_size=32, learning_rate=0.003)
    np.testing.assert_allclose(xla.losses, graph.losses, rtol=1e-5, atol=1e-5)


@pytest.mark.parametrize("size", [1, 7, 1000])
def test_values_of_other_sizes_lose_the_same(size):
    draw = np.random.default_rng(4)
    x = draw.normal(size=(64, 30)).astype("float32")
    arrays = Arrays((x,), draw.normal(size=(64, 3)).astype("float32"), draw.uniform(0, 2, 64))
    graph, xla = of_both(
        wide, arrays, 2, SGD(momentum=0.9), size, {"objective": VALUES}, learning_rate=0.001
    )
    np.testing.assert_allclose(xla.losses, graph.losses, rtol=1e-5, atol=1e-5)


def test_predictions_and_losses_of_one_state_agree():
    draw = np.random.default_rng(5)
    arrays = Arrays(
        (draw.normal(size=(70, 30)).astype("float32"),), draw.integers(0, 3, 70).astype("int32")
    )
    graph = executed("graph", normalised, batch_size=32)
    xla = replace(graph, mode="xla")
    state = trained(graph, arrays, 2)
    found = [logits(arch, state, arrays.inputs) for arch in (graph, xla)]
    np.testing.assert_allclose(*found, atol=1e-5)
    losses = [mean_loss(arch, state, arrays) for arch in (graph, xla)]
    np.testing.assert_allclose(*losses, rtol=1e-5)
