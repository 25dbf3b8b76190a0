"""How machines and what they report are shown: cards of labelled lines, read-only records.

A card is a list of (label, text); it is drawn as a `rich` table in a terminal and as plain HTML,
escaped and in the page's colours, in a notebook.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from html import escape
from typing import Any

import numpy as np
import pandas as pd

import scitypes as st

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


def terminal_table(title: str, head: Sequence[str], rows: Iterable[Sequence[str]]) -> Any:
    """A table as a `rich` renderable, in the looks of a card."""
    from rich.console import Group
    from rich.table import Table
    from rich.text import Text

    table = Table(box=None, padding=(0, 2, 0, 0))
    for name in head:
        table.add_column(Text(name, style="dim"), overflow="fold")
    for row in rows:
        table.add_row(*map(Text, row))
    return Group(Text(title, style="bold"), table)  # a table's own title wraps at its width


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
        + (
            '<caption style="text-align:left;font-weight:bold;white-space:nowrap">'
            f"{escape(title)}</caption>"
            if title
            else ""
        )
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

    def _repr_html_(self) -> str:
        return html_card("", [(str(name), short(value)) for name, value in self._entries.items()])


def short(value: Any) -> str:
    """A value on one line; arrays by dtype and shape, tables by rows and columns.

    >>> short(np.zeros((2, 3)))
    'float64 array (2, 3)'
    """
    if isinstance(value, np.ndarray) and value.size > 4:
        return f"{value.dtype} array {value.shape}"
    if isinstance(value, pd.DataFrame):
        return f"{count(len(value), 'row')} ({', '.join(map(str, value))})"
    if isinstance(value, (list, tuple)) and value and all(isinstance(v, Mapping) for v in value):
        return f"{count(len(value), 'row')} ({', '.join(map(str, value[0]))})"
    text = " ".join(repr(value).split())
    return text if len(text) <= 80 else text[:77] + "..."


def count(number: int, noun: str) -> str:
    """A number of things in words.

    >>> count(1, "row"), count(2000, "row")
    ('1 row', '2,000 rows')
    """
    return f"{number:,} {noun}" + ("" if number == 1 else "s")


def distinct(names: Iterable[str]) -> list[str]:
    """Names, those that came before with a number.

    >>> distinct(["f", "l1", "f"])
    ['f', 'l1', 'f (2)']
    """
    found: list[str] = []
    for name in names:
        k, told = 1, name
        while told in found:
            k += 1
            told = f"{name} ({k})"
        found.append(told)
    return found


_NAMED = 8  # columns that are still listed by name


def brief(schema: Any) -> str:
    """A schema on one line: how many columns of each kind, by name where they are few.

    >>> import pandas as pd, scitypes as st
    >>> brief(st.schema(pd.DataFrame({"a": [1.0], "b": [2.0], "c": [3]})))
    '2 Continuous (a, b), 1 Count (c)'
    """
    if schema.container in ("vector", "images"):
        return str(schema.scitypes[0])
    groups: dict[str, list[int]] = {}
    for i, scitype in enumerate(schema.scitypes):
        groups.setdefault(_kind(scitype), []).append(i)
    told = ", ".join(_group(schema, kind, columns) for kind, columns in groups.items())
    gaps = sum(st.Missing <= scitype for scitype in schema.scitypes)
    return f"{told}; {gaps} with missing" if gaps else told


def _kind(scitype: Any) -> str:
    return str(st.nonmissing(scitype)).partition("[")[0]


def _group(schema: Any, kind: str, columns: list[int]) -> str:
    sizes = sorted({len(schema.pools[i].levels) for i in columns if schema.pools[i] is not None})
    notes = []
    if len(schema.names) <= _NAMED:
        notes.append(", ".join(str(schema.names[i]) for i in columns))
    if sizes:
        span = f"{sizes[0]}" if len(sizes) == 1 else f"{sizes[0]}–{sizes[-1]}"
        notes.append(f"{span} levels")
    return f"{len(columns)} {kind}" + (f" ({'; '.join(notes)})" if notes else "")
