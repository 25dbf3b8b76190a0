"""The functions traced over a program, made at their first use by one thread for all of them.

A trace that ends in an exception may leave layers with pieces of its graph, such as the masks of a
recurrent cell. Nothing is traced in such layers again; what was traced in them before stays whole.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Hashable, Iterator
from contextlib import contextmanager
from typing import Any


class Broken(Exception):
    """A trace ended in an exception, so that no other can be made in the same layers."""


class Traced:
    """Functions by key, and what it took to make and compile them.

    Threads wait for one that traces, as layers are no place for two, and for one that compiles, as
    a second would compile the same again. Both may happen side by side.

    Args:
        origin: the program whose layers are traced.

    Attributes:
        origin: that program.
        seconds: what was done took so long.
        sound: whether no use of the program ended in an exception, maybe in the middle of tracing.
    """

    def __init__(self, origin: Any = None) -> None:
        self.origin = origin
        self.seconds: dict[Hashable, float] = {}
        self.sound = True
        self._broken = False
        self._functions: dict[Hashable, Any] = {}
        self._tracing, self._compiling = threading.RLock(), threading.RLock()

    @contextmanager
    def alone(self) -> Iterator[None]:
        """Nothing is traced in other threads meanwhile."""
        with self._tracing:
            yield

    def function(self, key: Hashable, make: Callable[[], Any]) -> Any:
        """The function of a key, made at its first use.

        Raises:
            Broken: it would have to be made where another trace was broken off.
        """
        found = self._functions.get(key)
        if found is None:
            with self._tracing:
                if key not in self._functions:
                    with self._whole(), self._timed(("trace", key)):
                        self._functions[key] = make()
                found = self._functions[key]
        return found

    def is_ready(self, key: Hashable) -> bool:
        """Whether what a key stands for was compiled."""
        return ("compile", key) in self.seconds

    def ready(self, key: Hashable, call: Callable[[], None]) -> None:
        """Compile by a call that changes nothing, unless it was done."""
        with self._compiling:
            if not self.is_ready(key):
                with self._timed(("compile", key)):
                    call()

    @contextmanager
    def _whole(self) -> Iterator[None]:
        """Traced in here; what fails is the last trace in these layers."""
        if self._broken:
            raise Broken
        try:
            yield
        except BaseException:
            self._broken, self.sound = True, False
            raise

    @contextmanager
    def _timed(self, what: Hashable) -> Iterator[None]:
        started = time.perf_counter()
        yield
        self.seconds[what] = time.perf_counter() - started
