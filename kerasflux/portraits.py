"""How machines and what they report are shown: cards of labelled lines, read-only records.

A card is a list of (label, text); it is drawn as a `rich` table in a terminal and as plain HTML,
escaped and in the page's colours, in a notebook.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from html import escape
from typing import Any

import numpy as np

Card = Sequence[tuple[str, str]]


def terminal_card(title: str, card: Card) -> Any:
    """A card as a `rich` renderable."""
    from rich.table import Table
    from rich.text import Text

    table = Table(
        title=Text(title, style="bold"), title_justify="left", box=None, show_header=False
    )
    table.add_column(style="dim", no_wrap=True)
    table.add_column(overflow="fold")
    for label, text in card:
        table.add_row(Text(label), Text(text))
    return table


def html_card(title: str, card: Card) -> str:
    """A card as HTML.

    >>> html_card("Machine", [("rows", "3 < 4")]).count("3 &lt; 4")
    1
    """
    return html_table(title, (), card)


def html_table(title: str, head: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """A table as HTML; the first cell of each row is its header."""
    cell = "text-align:left;vertical-align:top;padding:.12em 1.2em .12em 0"
    top = "".join(f'<th style="{cell}">{escape(text)}</th>' for text in head)
    body = "".join(
        f'<tr><th style="{cell};font-weight:normal;opacity:.65">{escape(first)}</th>'
        + "".join(f'<td style="{cell}">{escape(text)}</td>' for text in rest)
        + "</tr>"
        for first, *rest in rows
    )
    return (
        '<table style="border-collapse:collapse;color:inherit">'
        '<caption style="text-align:left;font-weight:bold;white-space:nowrap">'
        f"{escape(title)}</caption>"
        + (f"<thead><tr>{top}</tr></thead>" if head else "")
        + f"<tbody>{body}</tbody></table>"
    )


class Record(Mapping[str, Any]):
    """A read-only mapping whose entries are attributes too.

    >>> Record({"a": 1}).a
    1
    """

    def __init__(self, entries: Mapping[str, Any]) -> None:
        self.__dict__["_entries"] = dict(entries)

    def __getitem__(self, name: str) -> Any:
        return self._entries[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self._entries)

    def __len__(self) -> int:
        return len(self._entries)

    def __getattr__(self, name: str) -> Any:
        entries = self.__dict__.get("_entries", {})
        if name in entries:
            return entries[name]
        raise AttributeError(f"no {name!r} here; there are: {', '.join(map(str, entries))}")

    def __setattr__(self, name: str, value: Any) -> None:
        raise AttributeError(f"{name!r} can't be set: this is read-only")

    def __dir__(self) -> list[str]:
        return [*super().__dir__(), *map(str, self._entries)]

    def __repr__(self) -> str:
        return "\n".join(f"{name}: {short(value)}" for name, value in self._entries.items())


def short(value: Any) -> str:
    """A value on one line; arrays by dtype and shape.

    >>> short(np.zeros((2, 3)))
    'float64 array (2, 3)'
    """
    if isinstance(value, np.ndarray) and value.size > 4:
        return f"{value.dtype} array {value.shape}"
    text = " ".join(repr(value).split())
    return text if len(text) <= 80 else text[:77] + "..."


def count(number: int, noun: str) -> str:
    """A number of things in words.

    >>> count(1, "row"), count(2, "row")
    ('1 row', '2 rows')
    """
    return f"{number} {noun}" + ("" if number == 1 else "s")


def brief(schema: Any) -> str:
    """A schema on one line: its columns by scitype.

    >>> import pandas as pd, scitypes as st
    >>> brief(st.schema(pd.DataFrame({"a": [1.0], "b": [2.0], "c": [3]})))
    '2 x Continuous (a, b), 1 x Count (c)'
    """
    if schema.container in ("vector", "images"):
        return str(schema.scitypes[0])
    groups: dict[str, list[str]] = {}
    for name, scitype in zip(schema.names, schema.scitypes, strict=True):
        groups.setdefault(str(scitype), []).append(str(name))
    return ", ".join(f"{len(n)} x {scitype} ({_few(n)})" for scitype, n in groups.items())


def _few(names: Sequence[str]) -> str:
    return ", ".join(names[:4]) + (", ..." if len(names) > 4 else "")
