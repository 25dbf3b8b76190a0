"""Wrappers in a graph: what a module answers, changed."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any


def rewritten(inner: Any, change: Callable[[dict[str, Any]], dict[str, Any]]) -> Any:
    """A `tf.Module` that answers what another one does, changed by a function.

    Args:
        inner: a module as `Model.serving` gives it.
        change: from an answer, a dict of tensors, to another one; of TensorFlow operations and
            constants.
    """
    import tensorflow as tf

    class Rewritten(tf.Module):
        def __init__(self) -> None:
            super().__init__(name="rewritten")
            self.inner = inner  # owns its variables and tables

        def __call__(self, columns: Any) -> Any:
            return change(dict(self.inner(columns)))

    return Rewritten()
