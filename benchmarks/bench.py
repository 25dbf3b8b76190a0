"""Speed and memory, side by side with other ways to train the same networks and to type columns.

    python benchmarks/bench.py [--quick] [--only WORD ...] [--list] [--out FOLDER]

Each comparison measures all of its sides in turn, in one run, on the same data, and checks that all
learned the same thing. The tables are printed and written as Markdown and JSON, in files named by
date and device. MNIST is read from the folder that `KERASFLUX_DATA` names. Exits with 1 if a side
did not learn what ours did, which makes its times worthless; a missed bar is printed, no failure.
"""

from __future__ import annotations

import argparse
import sys
import time
from collections.abc import Callable, Sequence
from pathlib import Path

from rich.console import Console

import kerasflux as kf

kf.quiet()

from suite import (  # noqa: E402
    columns,
    epochs,
    folds,
    imports,
    machine,
    memory,
    predictions,
    report,
    tuning,
)
from suite.records import Result  # noqa: E402
from suite.timing import FULL, QUICK, Effort  # noqa: E402

RESULTS = Path(__file__).parent / "results"
WORK: dict[str, Callable[[Effort], Sequence[Result]]] = {
    "epoch-iris": epochs.iris,
    "epoch-table-32": epochs.table_32,
    "epoch-table-256": epochs.table_256,
    "epoch-mnist": epochs.mnist,
    "folds": folds.cross_validation,
    "search": folds.search,
    "tuning": tuning.tuning,
    "predict-many": predictions.many_rows,
    "predict-one": predictions.one_row,
    "memory-reuse": memory.reuse,
    "memory-evicted": memory.evicted,
    "imports": imports.imports,
    "schema-wide": columns.schema_wide,
    "schema-objects": columns.schema_objects,
    "coerce-classes": columns.coerce_classes,
    "coerce-floats": columns.coerce_floats,
    "growth-rows": epochs.by_rows,
    "growth-width": epochs.by_width,
    "growth-batch": epochs.by_batch,
}


def chosen(words: Sequence[str]) -> list[str]:
    """The names that have one of the words; all without words.

    Raises:
        SystemExit: none has.
    """
    names = [name for name in WORK if not words or any(word in name for word in words)]
    if not names:
        sys.exit(
            f"No work has one of these words: {', '.join(words)}. There are: {', '.join(WORK)}."
        )
    return names


def measure(names: Sequence[str], effort: Effort, console: Console) -> list[Result]:
    """Do the work, printing each table as it comes."""
    results: list[Result] = []
    for name in names:
        started = time.perf_counter()
        found = WORK[name](effort)
        for result in found:
            report.show(console, result)
        console.print(f"[dim]{name}: {time.perf_counter() - started:.0f} s[/dim]")
        results += found
    return results


def main(words: Sequence[str] = (), effort: Effort = FULL, out: Path = RESULTS) -> int:
    """Measure, print, write; the number of sides that did not learn the same thing."""
    console = Console()
    if not console.is_terminal:
        console.width = 130
    names = chosen(words)
    facts = machine.described()
    for name, text in facts.items():
        console.print(f"[bold]{name:12}[/bold] {text}", highlight=False)
    results = measure(names, effort, console)
    report.show_summary(console, results)
    stem = "-".join(filter(None, [facts["date"][:10], machine.device_kind(), effort.name, *words]))
    for path in report.write(out, stem, facts, results):
        console.print(f"written: {path}", highlight=False)
    return len(report.different(results))


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--quick", action="store_true", help="less work, fewer repetitions")
    parser.add_argument("--only", nargs="*", default=[], metavar="WORD", help="work that has one")
    parser.add_argument("--list", action="store_true", help="print the names of the work")
    parser.add_argument("--out", type=Path, default=RESULTS, help="where files are written")
    return parser.parse_args()


if __name__ == "__main__":
    given = _arguments()
    if given.list:
        sys.exit("\n".join(WORK))
    sys.exit(min(1, main(given.only, QUICK if given.quick else FULL, given.out)))
