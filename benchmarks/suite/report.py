"""Tables of what was measured: for a terminal, as Markdown, as JSON."""

from __future__ import annotations

import json
import math
import statistics
from collections.abc import Iterator
from pathlib import Path

from rich import box
from rich.console import Console
from rich.table import Table
from rich.text import Text

from suite.records import (
    OURS,
    Comparison,
    Growth,
    LeftOut,
    Line,
    Result,
    as_record,
    comparisons,
    short,
)

DIFFERENT = "NOT THE SAME"
STYLES = {"met": "green", "MISSED": "bold red", DIFFERENT: "bold white on red"}
RULES = """Medians of repetitions in turn, with the least and the greatest beside them. "kerasflux
is" compares medians. Losses are means ± deviations over seeds; a side whose mean is further from
ours than noise explains did not learn the same thing, and its row has failed."""


def show(console: Console, result: Result) -> None:
    """Print one result."""
    console.print()
    if isinstance(result, LeftOut):
        console.print(f"[bold]{result.title}[/bold]: left out, {result.why}")
        return
    _show_grid(console, result.title, *_grid(result))
    if result.note:
        console.print(Text(result.note, style="dim"))


def _show_grid(console: Console, title: str, head: list[str], rows: list[list[str]]) -> None:
    title = Text(title, style="bold")
    table = Table(title=title, title_justify="left", box=box.SIMPLE_HEAD, pad_edge=False)
    for k, name in enumerate(head):
        table.add_column(
            name, justify="left" if k in _left(head) else "right", no_wrap=k < len(head) - 1
        )
    for row in rows:
        ours = row[0] == OURS
        table.add_row(*(_styled(cell, ours) for cell in row))
    console.print(table)


def _styled(cell: str, ours: bool) -> Text:
    marked = next((style for word, style in STYLES.items() if cell.startswith(word)), "")
    return Text(cell, style=marked or ("bold" if ours else ""))


def markdown(result: Result) -> str:
    """One result as a section."""
    if isinstance(result, LeftOut):
        return f"### {result.title}\n\nLeft out: {result.why}.\n"
    return "\n".join([f"### {result.title}", "", *_pipes(*_grid(result)), "", result.note, ""])


def _pipes(head: list[str], rows: list[list[str]]) -> list[str]:
    """A table in Markdown."""
    widths = [max(map(len, column)) for column in zip(head, *rows, strict=True)]
    left = _left(head)
    rule = ["-" * w if k in left else "-" * (w - 1) + ":" for k, w in enumerate(widths)]
    return ["| " + " | ".join(_padded(row, widths, left)) + " |" for row in (head, rule, *rows)]


def _padded(row: list[str], widths: list[int], left: set[int]) -> Iterator[str]:
    for k, (cell, width) in enumerate(zip(row, widths, strict=True)):
        yield cell.ljust(width) if k in left else cell.rjust(width)


def _left(head: list[str]) -> set[int]:
    return {0, head.index("")} if "" in head else {0}


def _grid(result: Comparison | Growth) -> tuple[list[str], list[list[str]]]:
    return _growth_grid(result) if isinstance(result, Growth) else _comparison_grid(result)


def _comparison_grid(c: Comparison) -> tuple[list[str], list[list[str]]]:
    """Columns that would be empty in every row are left out."""
    head = ["", c.unit, "range", "kerasflux is", "loss", "bar", ""]
    rows = [_line(c, line) for line in c.lines]
    used = [k for k in range(len(head)) if k < 2 or any(row[k] for row in rows)]
    head[0], head[-1] = "side", ""
    return [head[k] for k in used], [[row[k] for k in used] for row in rows]


def _line(c: Comparison, line: Line) -> list[str]:
    if not line.values:
        return [line.side, "–", "", "", "", line.bar.text if line.bar else "", line.note]
    span = f"{number(min(line.values))} .. {number(max(line.values))}"
    losses = "" if c.loss.startswith("whether") else _losses(line)
    bar = line.bar.text if line.bar else ""
    verdict = _verdict(c, line)
    return [line.side, number(line.median), span, _ratio(c.ratio(line)), losses, bar, verdict]


def _losses(line: Line) -> str:
    if not line.losses:
        return ""
    spread = f" ± {statistics.stdev(line.losses):.3f}" if len(line.losses) > 1 else ""
    return f"{statistics.fmean(line.losses):.3f}{spread}"


def _verdict(c: Comparison, line: Line) -> str:
    words = [DIFFERENT] if c.same(line) is False else []
    met = c.met(line)
    words += [] if met is None else ["met" if met else "MISSED"]
    return ", ".join([*words, line.note] if line.note else words)


def _ratio(times: float) -> str:
    if not math.isfinite(times):
        return ""
    if times >= 1:
        return f"{short(times)} × faster"
    return f"{short(1 / times)} × slower" if times > 0 else ""


def _growth_grid(g: Growth) -> tuple[list[str], list[list[str]]]:
    """A row per point: each side's median, and how much slower each is than ours."""
    sides = [line.side for line in g.points[0][1].lines]
    head = [g.axis, *sides, *(f"than {side}" for side in sides if side != OURS)]
    rows = []
    for value, c in g.points:
        medians = [number(line.median) if line.values else line.note for line in c.lines]
        others = [line for line in c.lines if line is not c.ours]
        ratios = [_ratio(c.ratio(line)) for line in others]
        wrong = [f"{DIFFERENT}: {line.side}" for line in others if c.same(line) is False]
        rows.append([f"{value:,.0f}", *medians, *ratios, ", ".join(wrong)])
    wide = any(row[-1] for row in rows)
    return [*head, ""] if wide else head, rows if wide else [row[:-1] for row in rows]


def number(value: float) -> str:
    """Three significant digits, thousands apart."""
    if not math.isfinite(value):
        return "–"
    if abs(value) >= 100:
        return f"{value:,.0f}"
    if abs(value) < 5e-4:
        return "0" if value == 0 else f"{value:.1g}"
    digits = max(0, 2 - math.floor(math.log10(abs(value))))
    return f"{value:.{min(digits, 4)}f}"


def different(results: list[Result]) -> list[str]:
    """The sides that did not learn the same thing."""
    return [
        f"{DIFFERENT}  {c.title}: {line.side}, loss {_losses(line)} beside {_losses(c.ours)}"
        for c in comparisons(results)
        for line in c.lines
        if c.same(line) is False
    ]


def bars(results: list[Result]) -> tuple[list[str], list[list[str]]]:
    """Every bar beside its figure: the head and the rows of a table."""
    rows = []
    for c in comparisons(results):
        for line in (line for line in c.lines if line.bar is not None):
            met = c.met(line)
            verdict = line.note if met is None else "met" if met else "MISSED"
            rows.append([f"{c.title}", line.side, c.measured(line), line.bar.text, verdict])
    return ["work", "beside", "measured", "bar", ""], rows


def summary(results: list[Result]) -> list[str]:
    """What to take home, a line each."""
    verdicts = [row[-1] for row in bars(results)[1]]
    lines = [f"{verdicts.count('met')} of {len(verdicts)} bars are met."]
    wrong = different(results)
    return lines + (wrong or ["Where losses are compared, all sides learned the same thing."])


def show_summary(console: Console, results: list[Result]) -> None:
    """Print the bars and what to take home."""
    console.print()
    head, rows = bars(results)
    if rows:
        _show_grid(console, "Bars", head, rows)
    for line in summary(results):
        console.print(_styled(line, ours=False))


def write(folder: Path, stem: str, facts: dict[str, str], results: list[Result]) -> list[Path]:
    """A Markdown file and a JSON file of a run."""
    folder.mkdir(parents=True, exist_ok=True)
    head = [f"# Benchmarks, {stem}", "", "| | |", "| --- | --- |"]
    head += [f"| {name} | {text} |" for name, text in facts.items()]
    found = ["", *(f"- {line}" for line in summary(results)), "", *_pipes(*bars(results)), ""]
    found += [" ".join(RULES.split()), ""]
    text = "\n".join([*head, *found, *map(markdown, results)])
    record = {"facts": facts, "results": [_record(result) for result in results]}
    paths = [folder / f"{stem}.md", folder / f"{stem}.json"]
    paths[0].write_text(text, encoding="utf-8")
    paths[1].write_text(json.dumps(record, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
    return paths


def _record(result: Result) -> dict[str, object]:
    if isinstance(result, LeftOut):
        return {"title": result.title, "left_out": result.why}
    if isinstance(result, Comparison):
        return as_record(result)
    points = [{"at": value, **as_record(c)} for value, c in result.points]
    return {"title": result.title, "axis": result.axis, "note": result.note, "points": points}
