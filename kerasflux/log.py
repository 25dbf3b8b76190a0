"""What users see while things run; the only module of kerasflux that prints.

Lines (`say`), warnings (`warn`), progress bars (`progress`), and TensorFlow's silence (`quiet`).
Callers decide by their `verbosity` whether to call; nothing here keeps a level. Of the workers of a
cluster only the first says anything; all of them warn.
"""

from __future__ import annotations

import importlib
import importlib.abc
import importlib.util
import logging
import os
import sys
import tempfile
import time
import warnings
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from html import escape
from importlib.machinery import ModuleSpec
from types import ModuleType
from typing import Any

from kerasflux import workers


class KerasfluxWarning(UserWarning):
    """Something went on that a user should know of, such as a loss that became NaN."""


def say(text: str) -> None:
    """Print a line, such as a machine's decision."""
    if workers.number() == 0:
        print(text, flush=True)


def warn(text: str, category: type[Warning] = KerasfluxWarning) -> None:
    """Warn, pointing at the line outside of kerasflux that led here."""
    frame, level = sys._getframe(1), 2
    while frame.f_back and frame.f_globals.get("__name__", "").split(".")[0] == "kerasflux":
        frame, level = frame.f_back, level + 1
    warnings.warn(text, category, stacklevel=level)


def epoch_line(row: Mapping[str, Any], total: int) -> str:
    """A finished epoch as a line, for `verbosity=2`.

    >>> epoch_line({"epoch": 3, "training_loss": 0.25, "validation_loss": None, "seconds": 0.5}, 10)
    'epoch  3/10  loss 0.2500  0.50 s'
    """
    losses = _losses(row.get("training_loss"), row.get("validation_loss"), width=6)
    seconds = f"{row['seconds']:.2f} s" if row.get("seconds") is not None else ""
    parts = [f"epoch {row['epoch']:>{len(str(total))}}/{total}", losses, seconds]
    return "  ".join(filter(None, parts))


# progress


class Progress:
    """The progress of a fit, told to whatever can show it.

    `advance` costs about a microsecond: what is shown is refreshed ten times a second at most.
    In a terminal and in a notebook a bar; elsewhere one line at the end.

    Attributes:
        total: epochs in all, those of earlier fits included.
        epoch: epochs done.
        unit: what an epoch is called, such as `fold`.
        measured: what the second number of an epoch is called.
    """

    interval = 0.1  # seconds between two refreshes

    def __init__(
        self, total: int, description: str, start: int, painter: Any, unit: str = "epoch"
    ) -> None:
        self.unit = unit
        self.total, self.description, self.start, self.epoch = total, description, start, start
        self.loss: float | None = None
        self.validation_loss: float | None = None
        self.text, self.measured = "", "validation"
        self._painter = painter
        self._began = self._shown = time.perf_counter()
        self._first: float | None = None

    def advance(self, loss: float | None = None, validation_loss: float | None = None) -> None:
        """Tell that one more epoch is done."""
        self.epoch += 1
        self.loss, self.validation_loss, self.text = loss, validation_loss, ""
        now = time.perf_counter()
        if self._first is None:
            self._first = now
        if now - self._shown >= self.interval:
            self._shown = now
            self._painter.paint(self)

    def note(self, text: str) -> None:
        """Show what takes time (as `compiling`) until the next epoch is done."""
        self.text = text
        self._painter.paint(self, at_once=True)

    @property
    def seconds_left(self) -> float | None:
        """Estimated from the epochs after the first one, which may have compiled a program."""
        timed = self.epoch - self.start - 1
        if self._first is None or timed < 1:
            return None
        return (time.perf_counter() - self._first) / timed * (self.total - self.epoch)

    @property
    def seconds(self) -> float:
        return time.perf_counter() - self._began

    def status(self) -> str:
        """Epochs, losses and time left as a line."""
        parts = [f"{self.unit} {self.epoch:>{len(str(self.total))}}/{self.total}"]
        parts.append(_losses(self.loss, self.validation_loss, name=self.measured))
        left = self.seconds_left
        if self.text:
            parts.append(self.text)
        elif self.epoch < self.total and left is not None:
            parts.append(f"{_duration(left)} left")
        return "  ".join(filter(None, parts))

    def summary(self) -> str:
        """What was done, as the line that stays."""
        losses = _losses(self.loss, self.validation_loss, name=self.measured)
        parts = [f"{self.unit} {self.epoch}/{self.total}", losses]
        return "  ".join(filter(None, [*parts, f"in {_duration(self.seconds)}"]))


@contextmanager
def progress(
    total: int, description: str = "", *, start: int = 0, enabled: bool = True, unit: str = "epoch"
) -> Iterator[Progress]:
    """A bar over epochs, which stays when it is done.

    Args:
        total: epochs in all, those of earlier fits included.
        description: what runs, in front of the bar.
        start: epochs that were done before.
        enabled: False shows nothing.
        unit: what is counted, where it is not epochs (`fold`).

    >>> with progress(2, "iris") as bar:  # where there is no terminal
    ...     bar.advance(loss=1.0)
    ...     bar.advance(loss=0.5)  # doctest: +ELLIPSIS
    iris  epoch 2/2  loss 0.5000  in ...
    """
    bar = Progress(total, description, start, _painter(enabled and total > start), unit)
    bar._painter.open(bar)
    try:
        yield bar
    except BaseException:
        bar._painter.close(bar, failed=True)
        raise
    bar._painter.close(bar, failed=False)


def in_notebook() -> bool:
    """Whether what is displayed is seen in a notebook."""
    from rich.console import Console

    return bool(Console().is_jupyter)


def _painter(enabled: bool) -> Any:
    if not enabled or workers.number():
        return _Nothing()
    from rich.console import Console

    console = Console()
    if console.is_jupyter:
        return _Notebook()
    return _Terminal(console) if console.is_terminal else _LastLine()


class _Nothing:
    """The interface of painters, and the one that paints nothing."""

    def open(self, bar: Progress) -> None: ...

    def paint(self, bar: Progress, at_once: bool = False) -> None: ...

    def close(self, bar: Progress, failed: bool) -> None: ...


class _LastLine(_Nothing):
    """For logs and pipes: one line when all is done."""

    def close(self, bar: Progress, failed: bool) -> None:
        if not failed:
            say("  ".join(filter(None, [bar.description, bar.summary()])))


class _Terminal(_Nothing):
    """A bar of rich's, refreshed by its own thread so that long epochs show time passing."""

    def __init__(self, console: Any) -> None:
        self._console = console

    def open(self, bar: Progress) -> None:
        from rich.progress import BarColumn, Progress, TextColumn

        room = self._console.width - len(bar.description) - 58  # what the widest status leaves
        self._rich = Progress(
            TextColumn("{task.description}", markup=False),
            BarColumn(bar_width=max(4, min(28, room))),
            TextColumn("{task.fields[status]}", markup=False),
            console=self._console,
            refresh_per_second=8,
        )
        self._task = self._rich.add_task(
            bar.description, total=bar.total, completed=bar.start, status=bar.status()
        )
        self._rich.start()

    def paint(self, bar: Progress, at_once: bool = False) -> None:
        self._rich.update(self._task, completed=bar.epoch, status=bar.status(), refresh=at_once)

    def close(self, bar: Progress, failed: bool) -> None:
        status = bar.status() if failed else bar.summary()
        self._rich.update(self._task, completed=bar.epoch, status=status)
        self._rich.stop()


class _Notebook(_Nothing):
    """One line of HTML that is rewritten in place; needs nothing but IPython."""

    def open(self, bar: Progress) -> None:
        shown: Any = importlib.import_module("IPython.display")
        self._html = shown.HTML
        self._handle = shown.display(self._html(_bar_html(bar, bar.status())), display_id=True)

    def paint(self, bar: Progress, at_once: bool = False) -> None:
        self._handle.update(self._html(_bar_html(bar, bar.status())))

    def close(self, bar: Progress, failed: bool) -> None:
        status = bar.status() if failed else bar.summary()
        self._handle.update(self._html(_bar_html(bar, status)))


def _bar_html(bar: Progress, status: str) -> str:
    share = 100 * bar.epoch / max(bar.total, 1)
    return (
        '<div style="display:flex;align-items:center;gap:.8em;font-family:ui-monospace,Menlo,'
        f'Consolas,monospace;font-size:.92em"><span>{escape(bar.description)}</span>'
        '<span style="width:12em;height:.5em;border-radius:.25em;background:rgba(128,128,128,.3)">'
        f'<span style="display:block;width:{share:.1f}%;height:100%;border-radius:.25em;'
        f'background:#2a9d8f"></span></span>'
        f'<span style="white-space:nowrap">{escape(status)}</span></div>'
    )


def _losses(
    loss: float | None, validation_loss: float | None, width: int = 0, name: str = "validation"
) -> str:
    told = {"loss": loss, name: validation_loss}
    shown = {name: _number(value) for name, value in told.items() if value is not None}
    return "  ".join(f"{name} {number:>{width}}" for name, number in shown.items())


def _number(value: float) -> str:
    """About five digits, of a width that rarely changes from epoch to epoch.

    >>> [_number(value) for value in (0.25, 2.5, 25.0, 250.0, 5517.3, 0.0004, 1.5e12)]
    ['0.2500', '2.5000', '25.000', '250.00', '5,517', '4.000e-04', '1.500e+12']
    """
    if 0.001 <= abs(value) < 1000:
        return f"{value:.{4 - (abs(value) >= 10) - (abs(value) >= 100)}f}"
    return f"{value:,.0f}" if 1000 <= abs(value) < 1e7 else f"{value:.3e}"


def _duration(seconds: float) -> str:
    """Seconds as a person says them.

    >>> _duration(0.0123), _duration(75), _duration(7300)
    ('12 ms', '1:15', '2:01:40')
    """
    if seconds < 0.9995:
        return f"{seconds * 1000:.0f} ms"
    if seconds < 60:
        return f"{seconds:.1f} s"
    minutes, rest = divmod(round(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02}:{rest:02}" if hours else f"{minutes}:{rest:02}"


# silence


def quiet() -> None:
    """Silence what TensorFlow writes to the terminal while it starts. Call it before its import.

    TensorFlow 2.21 writes about a kilobyte to standard error whatever `TF_CPP_MIN_LOG_LEVEL` says
    (https://github.com/tensorflow/tensorflow/issues/100442), so file descriptor 2 points elsewhere
    while it is imported, and nowhere else; if that import fails, what was written is written after
    all. Also sets `TF_CPP_MIN_LOG_LEVEL` (unless it is set) and the level of TensorFlow's logger to
    errors. A process-wide setting, hence never made by the library itself. After the import it sets
    that level and warns that it came too late for the rest; called again, it says nothing.

    >>> import kerasflux as kf
    >>> kf.quiet()
    """
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
    if "tensorflow" in sys.modules:
        logger = logging.getLogger("tensorflow")
        if logger.level < logging.ERROR:  # else it was silenced before, by this function or another
            warn(_TOO_LATE)
        logger.setLevel(logging.ERROR)
    elif not any(isinstance(finder, _QuietFinder) for finder in sys.meta_path):
        sys.meta_path.insert(0, _QuietFinder())


_TOO_LATE = (
    "quiet() comes too late: TensorFlow is imported already, and with it what it writes while it "
    "starts. Call `kf.quiet()` before the first import of TensorFlow or Keras, in a notebook after "
    "a restart of its kernel."
)


class _QuietFinder(importlib.abc.MetaPathFinder):
    """Finds TensorFlow as Python would, once, and makes its import silent."""

    def find_spec(
        self, fullname: str, path: Sequence[str] | None, target: ModuleType | None = None
    ) -> ModuleSpec | None:
        if fullname != "tensorflow":
            return None
        sys.meta_path.remove(self)
        spec = importlib.util.find_spec(fullname)
        if spec is not None and spec.loader is not None:
            spec.loader = _QuietLoader(spec.loader)
        return spec


class _QuietLoader(importlib.abc.Loader):
    def __init__(self, loader: Any) -> None:
        self._loader = loader

    def create_module(self, spec: ModuleSpec) -> ModuleType | None:
        module: ModuleType | None = self._loader.create_module(spec)
        return module

    def exec_module(self, module: ModuleType) -> None:
        module.__loader__ = self._loader  # whoever asks the module for resources asks the real one
        if module.__spec__ is not None:
            module.__spec__.loader = self._loader
        with _silenced():
            self._loader.exec_module(module)
        logging.getLogger("tensorflow").setLevel(logging.ERROR)


@contextmanager
def _silenced() -> Iterator[None]:
    """File descriptor 2 into a file, which is shown after all if the block fails."""
    try:
        kept = os.dup(2)
    except OSError:  # a process without standard error has nothing to silence
        yield
        return
    with tempfile.TemporaryFile() as file:
        _flush()
        os.dup2(file.fileno(), 2)
        failed = True
        try:
            yield
            failed = False
        finally:
            _flush()
            os.dup2(kept, 2)
            os.close(kept)
            if failed:
                file.seek(0)
                os.write(2, file.read())


def _flush() -> None:
    if sys.stderr is not None:
        sys.stderr.flush()
