"""How a record looks: a call as text, a short table in a terminal, details in a notebook.

Values that differ from the defaults come first or stand out, the others are dim. The HTML is plain,
takes its colours from the page (light or dark) and escapes everything.
"""

from __future__ import annotations

from collections.abc import Iterator
from html import escape
from textwrap import indent
from typing import TYPE_CHECKING, Any

from kerasflux.allowed import short, source
from kerasflux.structure import Record, same, values

if TYPE_CHECKING:
    from rich.console import Group


def changed(record: Record) -> Iterator[tuple[str, Any]]:
    """Names and values of what differs from the defaults; what has no default always does."""
    for name, value in values(record):
        spec = type(record)._fields[name]
        if spec.required or not same(value, spec.stored(spec.fresh(), name)):
            yield name, value


_WIDEST = 100  # characters of a call on one line


def line(record: Record) -> str:
    """The call that makes the record, on one line."""
    shown = ", ".join(f"{name}={source(value)}" for name, value in changed(record))
    return f"{type(record).__name__}({shown})"


def call(record: Record) -> str:
    """The call that makes the record, a line for each hyperparameter where one is too long."""
    text = line(record)
    if len(text) <= _WIDEST:
        return text
    parts = [
        f"{name}={repr(value) if isinstance(value, Record) else source(value)},"
        for name, value in changed(record)
    ]
    return f"{type(record).__name__}(\n{indent(chr(10).join(parts), '    ')}\n)"


def terminal(record: Record) -> Group:
    """The record as a `rich` renderable: what differs from the defaults, then these, dim."""
    from rich.console import Group
    from rich.padding import Padding
    from rich.table import Table
    from rich.text import Text

    differing = dict(changed(record))
    table = Table(box=None, show_header=False, padding=(0, 2, 0, 0), pad_edge=False)
    table.add_column(no_wrap=True, style="dim")
    table.add_column(overflow="fold")
    table.add_column(overflow="fold", style="dim italic")
    for name, value in differing.items():
        doc = type(record)._fields[name].doc
        table.add_row(Text(name), Text(source(value)), Text(doc))
    same = [f"{name}={source(value)}" for name, value in values(record) if name not in differing]
    parts: list[Any] = [Text(type(record).__name__, style="bold")]
    parts += [table] if differing else []
    parts += [Text("defaults: " + ", ".join(same), style="dim")] if same else []
    return Group(parts[0], *(Padding(part, (0, 0, 0, 1)) for part in parts[1:]))


_CELL = (
    "text-align:left;vertical-align:top;padding:.12em 1.2em .12em 0;border:0;background:none;"
    "color:inherit;white-space:normal"
)


def html(record: Record) -> str:
    """The record as HTML: its name and what differs from the defaults, the rest behind a click."""
    return f'<div style="color:inherit">{_details(record)}</div>'


def _details(record: Record) -> str:
    differing = dict(changed(record))
    body = "".join(
        _row(name, value, type(record)._fields[name].doc, name in differing)
        for name, value in values(record)
    )
    told = ", ".join(f"{name}={short(value, 60)}" for name, value in differing.items())
    return (
        '<details><summary style="cursor:pointer">'
        f"<b>{escape(type(record).__name__)}</b>"
        f' <span style="opacity:.6">({escape(told)})</span></summary>'
        f'<table style="border-collapse:collapse;margin:.3em 0 .1em .9em;background:none">{body}'
        "</table></details>"
    )


def _row(name: str, value: Any, doc: str, differs: bool) -> str:
    look = "font-weight:600" if differs else "opacity:.65"
    if isinstance(value, Record):
        shown = _details(value)
    else:
        shown = f'<span style="{look}">{escape(short(value, 200))}</span>'
    return (
        f'<tr style="background:none"><td style="{_CELL}">{escape(name)}</td>'
        f'<td style="{_CELL}">{shown}</td>'
        f'<td style="{_CELL};opacity:.6;font-family:system-ui,sans-serif">{escape(doc)}</td></tr>'
    )
