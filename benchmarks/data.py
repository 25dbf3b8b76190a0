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
    """A table as it is on disk, less its row numbers and what the task leaves out."""
    raw = pd.read_csv(folder() / f"{name}.csv.gz")
    return raw.drop(columns=["rownames", *TASKS[name].drop]).dropna().reset_index(drop=True)


def typed(name, raw=None):
    """X and y of a table, coerced: text and labels are classes, numbers continuous."""
    task = TASKS[name]
    df = read(name) if raw is None else raw
    spec = {kf.Textual: kf.Multiclass, kf.Count: kf.Continuous}
    df = kf.coerce(
        df,
        {**spec, **dict.fromkeys(task.finite, kf.Multiclass), **task.ordered},
        levels=task.levels,
    )
    return df.drop(columns=task.target), df[task.target]


def digits():
    """The 10,000 digits: raw images (n, 28, 28) uint8 and labels (n,)."""
    with np.load(folder() / "mnist-10k.npz") as file:
        return file["images"], file["labels"]
