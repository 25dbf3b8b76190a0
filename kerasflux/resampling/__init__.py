"""Resampling strategies: rows to pairs of training and test rows.

A strategy is a record of hyperparameters. The pairs that it gives are a pure function of the
strategy, the rows and, where it asks for them, the target, the inputs and groups: the same call
gives the same pairs, and no generator is ever moved on (MLJ's strategies hold one, so that two uses
differ). `base` says what a strategy is, `blocks`, `strata` and `times` have ours, `splitters` those
of scikit-learn, and `folds` takes either, or pairs written out.
"""

from kerasflux.resampling.base import Pairs, Strategy
from kerasflux.resampling.blocks import CV, Holdout, InSample
from kerasflux.resampling.folds import again, pairs, settled, shuffles
from kerasflux.resampling.strata import StratifiedCV, absent_classes, in_blocks
from kerasflux.resampling.times import TimeSeriesCV

__all__ = [
    "CV",
    "Holdout",
    "InSample",
    "Pairs",
    "Strategy",
    "StratifiedCV",
    "TimeSeriesCV",
    "absent_classes",
    "again",
    "in_blocks",
    "pairs",
    "settled",
    "shuffles",
]
