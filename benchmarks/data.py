"""The real data of benchmarks and acceptance figures, found through `KERASFLUX_DATA`.

Each table is typed by hand in one line: which columns go, which are classes, what is predicted.
"""

import os
import sys
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import pandas as pd

import kerasflux as kf

CUTS = ["Fair", "Good", "Very Good", "Premium", "Ideal"]
COLOURS = list("JIHGFED")
CLARITIES = ["I1", "SI2", "SI1", "VS2", "VS1", "VVS2", "VVS1", "IF"]


@dataclass
class Task:
    """One raw table: its target, what is left out, and what its columns mean."""

    target: str
    drop: list[str] = field(default_factory=list)
    finite: list[str] = field(default_factory=list)  # numbers that are labels
    levels: dict[str, list[str]] = field(default_factory=dict)  # ordered labels

    @property
    def ordered(self):
        return dict.fromkeys(self.levels, kf.OrderedFactor)


TASKS = {
    "iris": Task("Species"),
    "diamonds": Task("price", levels={"cut": CUTS, "color": COLOURS, "clarity": CLARITIES}),
    "ames": Task("Sale_Price"),
    "wa_churn": Task("churn"),
    "penguins": Task("species"),
    "Boston": Task("medv"),
    "crabs": Task("sp"),
    "Titanic": Task("Survived", drop=["Name", "SexCode"], finite=["Survived"]),
}


def folder():
    """The folder that `KERASFLUX_DATA` names; ends the program with a line that says so if none."""
    path = os.environ.get("KERASFLUX_DATA", "")
    if not path or not Path(path).is_dir():
        sys.exit("KERASFLUX_DATA names no folder: nothing was measured.")
    return Path(path)


def read(name):
    """A raw table less what the task leaves out and rows with missing cells."""
    return raw(name).drop(columns=TASKS[name].drop).dropna().reset_index(drop=True)


def raw(name):
    """A table as it is on disk, less its row numbers.

    "None" is a label of several columns of `ames`; pandas would read it as a missing cell.
    """
    path = folder() / f"{name}.csv.gz"
    df = pd.read_csv(path, keep_default_na=False, na_values=["", "NA"])
    return df.drop(columns="rownames")


def read_features(name, columns):
    """The raw columns that a model was trained on, read anew from disk."""
    return raw(name)[list(columns)]


def typed(name, df=None):
    """X and y of a table, coerced: text and labels are classes, numbers continuous."""
    task = TASKS[name]
    df = read(name) if df is None else df
    spec = {kf.Textual: kf.Multiclass, kf.Count: kf.Continuous}
    df = kf.coerce(
        df,
        {**spec, **dict.fromkeys(task.finite, kf.Multiclass), **task.ordered},
        levels=task.levels,
        verbosity=0,
    )
    return df.drop(columns=task.target), df[task.target]


def digits():
    """The 10,000 digits: raw images (n, 28, 28) uint8 and labels (n,)."""
    with np.load(folder() / "mnist-10k.npz") as file:
        return file["images"], file["labels"]
