"""Parts of composites in a graph: one `tf.Module` after the other."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from kerasflux.interface import Fitted, Model


def chained(parts: Sequence[Any]) -> Any:
    """A `tf.Module` that hands what each part answers to the next one.

    Args:
        parts: modules as `Model.serving` gives them, called with a dict of tensors.
    """
    import tensorflow as tf

    class Chain(tf.Module):
        def __init__(self) -> None:
            super().__init__(name="chain")
            self.parts = list(parts)  # owns their variables and tables

        def __call__(self, columns: Any) -> Any:
            for part in self.parts:
                columns = part(columns)
            return columns

    return Chain()


def taken_unseen(
    steps: Sequence[Model], parts: Sequence[Fitted], behind: frozenset[Any]
) -> list[frozenset[Any]]:
    """The columns in which each step, given what follows, takes labels that no pool has.

    Args:
        steps: models, one after the other.
        parts: what each has learned.
        behind: the columns in which whatever follows all of them takes such labels.

    Returns:
        the columns of each step, then `behind`.
    """
    taken = [behind]
    for step, part in zip(reversed(steps), reversed(parts), strict=True):
        taken.append(step.takes_unseen(part, taken[-1]))
    return taken[::-1]


def served(
    steps: Sequence[Model], parts: Sequence[Fitted], behind: frozenset[Any] = frozenset()
) -> Any:
    """The steps as one `tf.Module`, which lets labels through that a step further on takes."""
    taken = taken_unseen(steps, parts, behind)
    modules = []
    for step, part, own, after in zip(steps, parts, taken, taken[1:], strict=False):
        serving: Any = step.serving
        modules.append(serving(part, own & after) if own & after else serving(part))
    return chained(modules)


def answered(inner: Any, back: Callable[[Any], Any], owner: Any = None) -> Any:
    """A `tf.Module` that answers what another one predicts, brought back by a function.

    Args:
        inner: a module whose answer has `predictions`.
        back: from a tensor of predictions to one.
        owner: what `back` needs to be saved with it, or None.
    """
    import tensorflow as tf

    class Answer(tf.Module):
        def __init__(self) -> None:
            super().__init__(name="answer")
            self.inner, self.owner = inner, owner

        def __call__(self, columns: Any) -> Any:
            answer = dict(self.inner(columns))
            return {**answer, "predictions": back(answer["predictions"])}

    return Answer()
