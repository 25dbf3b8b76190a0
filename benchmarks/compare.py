"""The default network beside other models on every table of real data, on the same folds.

    KERASFLUX_DATA=FOLDER python benchmarks/compare.py [--only WORD ...] [--out FOLDER]

All models of a table are evaluated by one call of `kf.evaluate` on the same six folds, each with
its library's defaults. What is written stands in the docs as it came out, losses included: one
table in Markdown, one picture.
"""

import argparse
import os
import sys
import time
import warnings
from pathlib import Path

import data
import numpy as np
from rich.console import Console

import kerasflux as kf
from kerasflux import drawing, performance

os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")  # gradient boosting spins where cores are few
kf.quiet()

DOCS = Path(__file__).parents[1] / "docs"
NETWORK, TREES, PERCEPTRON, CONSTANT = (
    *("default network", "gradient boosting"),
    *("scikit-learn's MLP", "constant"),
)


def models(y):
    """The four models for a target, by name."""
    from sklearn.ensemble import HistGradientBoostingClassifier, HistGradientBoostingRegressor
    from sklearn.neural_network import MLPClassifier, MLPRegressor

    scaled = kf.ContinuousEncoder() | kf.Standardizer()
    if kf.elscitype(y) <= kf.Finite:
        return {
            NETWORK: kf.NeuralNetworkClassifier(rng=1),
            TREES: HistGradientBoostingClassifier(random_state=1),
            PERCEPTRON: scaled | MLPClassifier(random_state=1),
            CONSTANT: kf.ConstantClassifier(),
        }
    perceptron = scaled | MLPRegressor(random_state=1)
    return {
        NETWORK: kf.NeuralNetworkRegressor(rng=1),
        TREES: HistGradientBoostingRegressor(random_state=1),
        PERCEPTRON: kf.TransformedTargetModel(perceptron, transformer=kf.Standardizer()),
        CONSTANT: kf.ConstantRegressor(),
    }


def compared(name):
    """The evaluations of the models on one table."""
    X, y = data.typed(name)
    measures = [kf.log_loss, kf.accuracy] if kf.elscitype(y) <= kf.Finite else [kf.rms, kf.r2]
    with warnings.catch_warnings():  # scikit-learn's "not converged yet" after 200 epochs
        warnings.filterwarnings("ignore", message=".*Maximum iterations.*")
        return kf.evaluate(models(y), X, y, measure=measures, verbosity=0)


def markdown(results):
    """One table: two rows per data set, a column per model, the best in bold."""
    tags = [e.tag for e in next(iter(results.values()))]
    lines = ["| " + " | ".join(["table", "rows", "measure", *tags]) + " |"]
    lines.append("| --- | ---: | --- |" + " ---: |" * len(tags))
    for name, found in results.items():
        n_rows = sum(len(test) for _, test in found[0].train_test_rows)
        for i, measure in enumerate(found[0].measure):
            where = [name, f"{n_rows:,}"] if i == 0 else ["", ""]
            lines.append("| " + " | ".join([*where, measure.name, *_cells(found, i)]) + " |")
    return "\n".join(lines) + "\n"


def _cells(found, i):
    """The measurements of one measure, the best in bold."""
    values = [e.measurement[i] for e in found]
    best = (np.argmin if found[0].measure[i].orientation == "loss" else np.argmax)(values)
    cells = [_cell(e.measurement[i], e.uncertainty_radius_95[i]) for e in found]
    cells[best] = f"**{cells[best]}**"
    return cells


def _cell(value, radius):
    places = performance.decimals(value, radius)
    return performance.with_radius(value, radius, places)


def picture(results):
    """One panel per table: each model's first measure, with its interval and its folds."""
    tags = [e.tag for e in next(iter(results.values()))]
    panels = [
        drawing.Measured(
            f"{name}: {found[0].measure[0].name}",
            [e.measurement[0] for e in found],
            [e.uncertainty_radius_95[0] for e in found],
            [e.per_fold[0] for e in found],
            found[0].measure[0].orientation,
        )
        for name, found in results.items()
    ]
    return drawing.comparisons(tags, panels)


def main(only=(), out=DOCS):
    console = Console()
    names = [n for n in data.TASKS if not only or any(word in n for word in only)]
    if not names:
        sys.exit(f"No table has one of these words: {', '.join(only)}.")
    results = {}
    for name in names:
        start = time.perf_counter()
        results[name] = compared(name)
        console.print(results[name])
        console.print(f"[dim]{name}: {time.perf_counter() - start:.0f} s[/dim]")
    (out / "data").mkdir(parents=True, exist_ok=True)
    (out / "_static").mkdir(exist_ok=True)
    (out / "data" / "comparison.md").write_text(markdown(results), encoding="utf-8")
    picture(results).savefig(out / "_static" / "comparison.svg")
    console.print(f"written: {out / 'data' / 'comparison.md'}, {out / '_static/comparison.svg'}")


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--only", nargs="*", default=(), help="words; tables that have one are run")
    parser.add_argument("--out", type=Path, default=DOCS, help="where both are written")
    main(**vars(parser.parse_args()))
