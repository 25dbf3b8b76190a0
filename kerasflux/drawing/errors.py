"""What pictures refuse."""

from __future__ import annotations

from kerasflux.errors import KerasfluxError


class DrawingError(KerasfluxError, ValueError):
    """A picture can't be drawn of what was given."""


class DrawingNotInstalled(KerasfluxError, ImportError):
    """Pictures need matplotlib, which is not installed."""
