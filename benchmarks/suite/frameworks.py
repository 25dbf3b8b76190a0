"""The sides that train on other frameworks: PyTorch eager, and an epoch as one JAX `lax.scan`.

Both are written as their users write them by hand, with the data on the device from the start.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import cache, lru_cache
from itertools import pairwise
from typing import Any

import numpy as np

from suite.sides import Side
from suite.timing import seconds
from suite.works import EPSILON, LEARNING_RATE, Work


class Torch:
    """A PyTorch loop in eager mode, with one thread or all of them, whichever is faster."""

    def __init__(self, work: Work, seed: int) -> None:
        import torch

        self.work = work
        self.device = "cuda" if torch.cuda.is_available() else "cpu"
        torch.manual_seed(seed)
        self.network = _torch_network(work).to(self.device)
        options = {"lr": LEARNING_RATE, "eps": EPSILON}
        self.optimizer = torch.optim.Adam(self.network.parameters(), **options)
        X = np.moveaxis(work.floats, -1, 1) if work.channels else work.X
        self.X = torch.from_numpy(np.ascontiguousarray(X)).to(self.device)
        self.y = torch.from_numpy(work.y.astype(np.int64)).to(self.device)
        rows = torch.arange(work.batch).to(self.device) % len(self.y)
        torch.set_num_threads(_best_threads(lambda: self._gradient(rows)))

    def train(self, epochs: int) -> float:
        import torch

        self.network.train()
        for _ in range(epochs):
            total = torch.zeros((), device=self.device)
            for rows in torch.randperm(len(self.y), device=self.device).split(self.work.batch):
                total += self._gradient(rows)
                self.optimizer.step()
            mean = total.item()
        return mean

    def _gradient(self, rows: Any) -> Any:
        from torch.nn import functional

        self.optimizer.zero_grad()
        loss = functional.cross_entropy(self.network(self.X[rows]), self.y[rows])
        loss.backward()
        return loss.detach()

    def probabilities(self) -> np.ndarray:
        import torch

        self.network.eval()
        with torch.no_grad():
            return torch.softmax(self.network(self.X), 1).cpu().numpy()


@cache
def _all_threads() -> int:
    """As many threads as PyTorch takes by itself: asked once, before any are set."""
    import torch

    return int(torch.get_num_threads())


def _best_threads(step: Callable[[], Any], steps: int = 10) -> int:
    """All threads or one, whichever is faster for a step: on a busy computer that is one."""
    import torch

    taken = {}
    for threads in (1, _all_threads()):
        torch.set_num_threads(threads)
        step()
        taken[threads] = seconds(lambda: [step() for _ in range(steps)])
    return min(taken, key=taken.__getitem__)


def _torch_network(work: Work) -> Any:
    from torch import nn

    layers: list[Any] = []
    size = work.X.shape[1]
    widths = (1, *work.channels)
    for n_in, n_out in pairwise(widths):
        layers += [nn.Conv2d(n_in, n_out, 3, padding=1), nn.ReLU(), nn.MaxPool2d(2)]
        size //= 2
    if work.channels:
        layers += [nn.Flatten(), nn.Linear(size * size * widths[-1], work.n_classes)]
    else:
        activation = {"sigmoid": nn.Sigmoid, "relu": nn.ReLU}[work.activation]
        layers += [nn.Linear(size, work.hidden), activation(), nn.Dropout(work.dropout)]
        layers += [nn.Linear(work.hidden, work.n_classes)]
    for layer in layers:
        if hasattr(layer, "weight"):
            nn.init.xavier_uniform_(layer.weight)
            nn.init.zeros_(layer.bias)
    return nn.Sequential(*layers)


class Jax:
    """A compiled epoch: `lax.scan` over the batches, the short last one after it."""

    def __init__(self, work: Work, seed: int) -> None:
        import jax
        import jax.numpy as jnp

        self.key, key = jax.random.split(jax.random.key(seed))
        weights = _jax_weights(work, key)
        first, second = (jax.tree.map(jnp.zeros_like, weights) for _ in "12")
        self.state = weights, first, second, jnp.zeros(())
        self.X, self.y = jnp.asarray(work.floats), jnp.asarray(work.y)
        self.epoch, self.logits = _jax_functions(work)

    def train(self, epochs: int) -> float:
        import jax

        for _ in range(epochs):
            self.key, key = jax.random.split(self.key)
            self.state, loss = self.epoch(self.state, key, self.X, self.y)
            mean = float(loss)
        return mean

    def probabilities(self) -> np.ndarray:
        import jax

        return np.asarray(jax.nn.softmax(self.logits(self.state[0], self.X)))


@lru_cache(maxsize=1)
def _jax_functions(work: Work) -> tuple[Any, Any]:
    """The jitted functions of a work, made once: a network of another seed uses them again."""
    import jax

    logits = lambda weights, X: _jax_logits(work, weights, X, None)
    return jax.jit(_jax_epoch(work), donate_argnums=0), jax.jit(logits)


def _jax_weights(work: Work, key: Any) -> list[Any]:
    """Pairs of a Glorot-uniform kernel and a bias of zeros."""
    import jax
    import jax.numpy as jnp

    widths = (1, *work.channels)
    shapes: list[tuple[int, ...]] = [(3, 3, a, b) for a, b in pairwise(widths)]
    if work.channels:
        size = work.X.shape[1] >> len(work.channels)
        shapes.append((size * size * widths[-1], work.n_classes))
    else:
        shapes += [(work.X.shape[1], work.hidden), (work.hidden, work.n_classes)]
    draw = jax.nn.initializers.glorot_uniform()
    keys = jax.random.split(key, len(shapes))
    return [(draw(k, s), jnp.zeros(s[-1])) for k, s in zip(keys, shapes, strict=True)]


def _jax_logits(work: Work, weights: list[Any], X: Any, key: Any) -> Any:
    """The network; a key means training."""
    import jax
    import jax.numpy as jnp
    from jax import lax

    *before, (last, bias) = weights
    for kernel, shift in before:
        if work.channels:
            formats = ("NHWC", "HWIO", "NHWC")
            X = lax.conv_general_dilated(X, kernel, (1, 1), "SAME", dimension_numbers=formats)
            X = jax.nn.relu(X + shift)
            X = lax.reduce_window(X, -jnp.inf, lax.max, (1, 2, 2, 1), (1, 2, 2, 1), "VALID")
        else:
            X = {"sigmoid": jax.nn.sigmoid, "relu": jax.nn.relu}[work.activation](
                X @ kernel + shift
            )
    X = X.reshape(len(X), -1)
    if key is not None and work.dropout:
        kept = jax.random.bernoulli(key, 1 - work.dropout, X.shape)
        X = jnp.where(kept, X / (1 - work.dropout), 0)
    return X @ last + bias


def _jax_epoch(work: Work) -> Any:
    import jax
    import jax.numpy as jnp
    from jax import lax

    n, size = len(work.y), work.batch
    whole = n // size * size

    def loss(weights: Any, X: Any, y: Any, key: Any) -> Any:
        chosen = jax.nn.log_softmax(_jax_logits(work, weights, X, key))
        return -jnp.take_along_axis(chosen, y[:, None], 1).sum()

    def step(state: Any, X: Any, y: Any, key: Any) -> Any:
        total, slopes = jax.value_and_grad(loss)(state[0], X, y, key)
        return _jax_adam(state, jax.tree.map(lambda g: g / len(y), slopes)), total

    def epoch(state: Any, key: Any, X: Any, y: Any) -> Any:
        order, drop, rest = jax.random.split(key, 3)
        rows = jax.random.permutation(order, n)
        batches = rows[:whole].reshape(-1, size)
        keys = jax.random.split(drop, len(batches))
        state, totals = lax.scan(
            lambda s, b: step(s, X[b[0]], y[b[0]], b[1]), state, (batches, keys)
        )
        total = totals.sum()
        if whole < n:
            state, last = step(state, X[rows[whole:]], y[rows[whole:]], rest)
            total += last
        return state, total / n

    return epoch


def _jax_adam(state: Any, slopes: Any) -> Any:
    """Keras' Adam."""
    import jax
    import jax.numpy as jnp

    weights, first, second, count = state
    count = count + 1
    rate = LEARNING_RATE * jnp.sqrt(1 - 0.999**count) / (1 - 0.9**count)
    first = jax.tree.map(lambda m, g: m + 0.1 * (g - m), first, slopes)
    second = jax.tree.map(lambda v, g: v + 0.001 * (g * g - v), second, slopes)
    moved = jax.tree.map(
        lambda w, m, v: w - rate * m / (jnp.sqrt(v) + EPSILON), weights, first, second
    )
    return moved, first, second, count


TORCH = Side("PyTorch, eager", Torch, ("torch",))
JAX = Side("JAX, lax.scan epoch", Jax, ("jax",))
