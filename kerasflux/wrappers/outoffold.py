"""Out-of-fold predictions: each row as a fit predicts it that did not learn from it.

What thresholds, calibration maps and the last model of a stack are learned from: predictions of
rows that a model was trained on are too sure of themselves. Who owns what: `folds_of` makes the
folds and refuses those that would mislead; `learn` fits a model once for each, or goes on from what
it learned there before; `FoldFits` is what a wrapper keeps of that, `OutOfFold` what it uses.

Predictions are not kept: they are made again of the fits where they are needed, which is cheap, and
files do not grow with the number of rows.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

import scitypes as st
from kerasflux import interface, log
from kerasflux.composition.parts import read_part
from kerasflux.errors import Interrupted, ResamplingError
from kerasflux.forwarding import Rows
from kerasflux.interface import QUIET, Fitted, Model, Run
from kerasflux.resampling import (
    CV,
    Pairs,
    Strategy,
    StratifiedCV,
    absent_classes,
    pairs,
    settled,
)
from kerasflux.resampling.splitters import is_splitter
from kerasflux.structure import same
from scitypes.messages import counted, listed
from scitypes.pools import Pool

_SEED = 0  # of the default folds, as in evaluations


@dataclass(frozen=True)
class FoldFits:
    """What a model learned on the training rows of each fold, to go on from.

    Attributes:
        digest: of the folds; others start from scratch.
        fits: what was learned, fold by fold; each fit went to its end.
    """

    digest: str
    fits: tuple[Fitted, ...]

    def dump(self, model: Model) -> tuple[dict[str, Any], dict[str, np.ndarray]]:
        """A record for each fold, by name, and the arrays of all of them."""
        records: dict[str, Any] = {}
        arrays: dict[str, np.ndarray] = {}
        for k, fitted in enumerate(self.fits):
            name = _part(k)
            records[name], own = model.dump(fitted)
            arrays |= {f"{name}/{key}": array for key, array in own.items()}
        return records, arrays

    @classmethod
    def load(
        cls, digest: str, model: Model, record: Mapping[str, Any], arrays: Mapping[str, np.ndarray]
    ) -> FoldFits:
        """What `dump` wrote, read from the record of all parts (`composition.parts`)."""
        n = sum(1 for name in record["parts"] if name.startswith(_PART))
        fits = (model.load(*read_part(_part(k), record, arrays)) for k in range(n))
        return cls(digest, tuple(fits))


_PART = "fold_"


def _part(k: int) -> str:
    return f"{_PART}{k + 1}"


@dataclass(frozen=True)
class OutOfFold:
    """Predictions of rows by fits that did not learn from them.

    Attributes:
        fits: what they are made by.
        tests: the positions that each fold predicted.
        predictions: what each fold predicted, as the model gave it.
    """

    fits: FoldFits
    tests: tuple[np.ndarray, ...]
    predictions: tuple[Any, ...]

    @property
    def rows(self) -> np.ndarray:
        """The positions of the rows that were predicted, rising, `(n_predicted,)`."""
        return np.sort(np.concatenate(self.tests))

    def joined(self, values: Callable[[Any], np.ndarray]) -> np.ndarray:
        """What a function makes of each fold's predictions, in the order of `rows`.

        Args:
            values: from predictions of `n_test` rows to an array whose first axis is theirs.
        """
        parts = np.concatenate([np.asarray(values(p)) for p in self.predictions])
        return parts[np.argsort(np.concatenate(self.tests), kind="stable")]


def as_resampling(value: Any) -> Any:
    """A resampling strategy, a splitter, pairs written out, or None for the default one.

    A splitter that draws at random but has no seed gets one, so that it always makes the same
    folds.

    Raises:
        ResamplingError: it is none of these.

    >>> as_resampling(CV(nfolds=3))
    CV(nfolds=3)
    """
    if value is None or isinstance(value, Strategy):
        return value
    found = settled(value)
    if not isinstance(found, list | tuple) and not is_splitter(found):
        pairs(found, 0)
    return found


def folds_of(resampling: Any, rows: Rows, *, every_class: bool = False) -> Pairs:
    """The folds of rows, as positions among them.

    Rows that are there several times (an over-sampled class has some) are split as one: a copy of a
    row that was learned from would be known when it is predicted.

    Args:
        resampling: what makes the folds; None: six, shuffled with a fixed seed, stratified for a
            Finite target. Pairs written out are positions among the rows.
        rows: the training rows.
        every_class: whether each class that the rows show has to be predicted.

    Raises:
        ResamplingError: a row would be predicted twice, or by a fit that learned from it; a class
            would be predicted of which no row trains; or as the strategy says.
    """
    distinct, inverse = distinct_rows(rows)
    part = rows if inverse is None else rows.take(distinct)
    strategy = _default(part) if resampling is None else resampling
    try:
        found = pairs(strategy, len(part), part.y, X=part.X)
    except ResamplingError as error:
        error.add_note("These folds are for out-of-fold predictions: `resampling=` sets others.")
        raise
    _refuse_leaks(strategy, found)
    if st.scitype(part.y) <= st.Vector[st.Finite]:
        _refuse_absent(strategy, found, part.y)
        if every_class:
            _refuse_unpredicted(strategy, found, part.y)
    return found if inverse is None else with_copies(found, inverse)


def learn(
    model: Model,
    rows: Rows,
    folds: Pairs,
    run: Run = QUIET,
    before: tuple[FoldFits, Model] | None = None,
    what: str = "out-of-fold predictions",
) -> OutOfFold:
    """Fit a model on the training rows of each fold, and predict the others.

    Args:
        model: nobody changes it meanwhile.
        rows: the training rows.
        folds: as `folds_of` gives them.
        run: of the wrapper; asked only whether to show a bar, and told when training begins.
        before: what the model, with the values that it had then, learned on folds. Of the same
            folds it is gone on from, and kept as it is if the model did not change.
        what: what the bar says is done.

    Raises:
        KeyboardInterrupt: in a fold; nothing is kept of folds that are not all done.
    """
    digest = _digest(folds)
    known, old = before if before is not None and before[0].digest == digest else (None, None)
    if known is None or old is None or not same(model, old):
        fits = _fitted(model, rows, folds, run, known, old, what)
        known = FoldFits(digest, fits)
    tests = tuple(test for _, test in folds)
    made = [model.predict(f, rows.take(t).X) for f, t in zip(known.fits, tests, strict=True)]
    return OutOfFold(known, tests, tuple(made))


def _fitted(
    model: Model,
    rows: Rows,
    folds: Pairs,
    run: Run,
    known: FoldFits | None,
    old: Model | None,
    what: str,
) -> tuple[Fitted, ...]:
    """What the model learns on each fold, going on from what it learned there where it can."""
    own = replace(run, verbosity=0, validation=None, on_epoch=None, on_state=None)
    own.on_begin = run.begin
    learned: list[Fitted] = []
    with log.progress(len(folds), what, enabled=run.verbosity >= 1, unit="fold") as bar:
        for k, (train, _) in enumerate(folds):
            data = rows.take(train).of(model)
            try:
                if known is None or old is None or type(old) is not type(model):
                    learned.append(interface.fit(model, data, own))
                else:
                    learned.append(interface.update(model, known.fits[k], old, data, own))
            except Interrupted as stop:
                raise what_stopped(stop, _place(k, folds)) from None
            except Exception as error:
                error.add_note(_place(k, folds))
                raise
            bar.advance()
    return tuple(learned)


def _place(k: int, folds: Pairs) -> str:
    return f"This happened in out-of-fold fit {k + 1} of {len(folds)}."


def what_stopped(stop: Interrupted, note: str) -> BaseException:
    """What ended a part: the error that it carries if it has one, else a keyboard interrupt."""
    error: BaseException | None = getattr(stop, "error", None)
    if error is None:
        return KeyboardInterrupt()
    error.add_note(note)
    return error


# folds


def _default(rows: Rows) -> Strategy:
    finite = st.scitype(rows.y) <= st.Vector[st.Finite]
    return StratifiedCV(rng=_SEED) if finite else CV(rng=_SEED)


def distinct_rows(rows: Rows) -> tuple[np.ndarray, np.ndarray | None]:
    """The positions at which each row comes first, and which of these each position is a copy of.

    The second is None where no row is there twice.
    """
    if rows.numbers is None:
        return np.arange(len(rows)), None
    _, first, inverse = np.unique(rows.numbers, return_index=True, return_inverse=True)
    if len(first) == len(rows):
        return np.arange(len(rows)), None
    rank = np.argsort(np.argsort(first))  # the order in which rows come, not that of their numbers
    return np.sort(first), rank[inverse.ravel()]


def with_copies(folds: Pairs, inverse: np.ndarray) -> Pairs:
    """Folds of distinct rows as folds of all their copies."""
    order = np.argsort(inverse, kind="stable")
    copies = np.split(order, np.cumsum(np.bincount(inverse))[:-1])
    every = lambda side: np.concatenate([copies[i] for i in side])
    return [(every(train), every(test)) for train, test in folds]


def _digest(folds: Pairs) -> str:
    digest = hashlib.blake2b(digest_size=16)
    for side in (side for fold in folds for side in fold):
        digest.update(len(side).to_bytes(8, "little"))
        digest.update(np.asarray(side, np.int64).tobytes())
    return digest.hexdigest()


def _refuse_leaks(strategy: Any, folds: Pairs) -> None:
    tested = np.concatenate([test for _, test in folds])
    twice = len(tested) - len(np.unique(tested))
    if twice:
        raise ResamplingError(
            f"{_brief(strategy)} would predict {counted(twice, 'row')} more than once.",
            expected="folds that test each row once at most",
            received=f"{len(folds)} folds that test {len(tested)} rows in all",
            remedy="`CV`, `StratifiedCV` and `Holdout` make such folds.",
        )
    for k, (train, test) in enumerate(folds):
        shared = int(np.isin(test, train).sum())
        if shared:
            raise ResamplingError(
                f"{_brief(strategy)} predicts rows by a fit that learned from them.",
                expected="folds whose test rows do not train",
                received=f"{counted(shared, 'row')} of fold {k + 1} on both sides",
                remedy="`resampling=None` makes six folds that share no rows.",
            )


def _refuse_absent(strategy: Any, folds: Pairs, y: Any) -> None:
    absent = absent_classes(folds, y)
    if not absent:
        return
    k, classes = next(iter(absent.items()))
    counts = _counts(y)
    label = classes[0]
    alone = counts[label] < 2
    raise ResamplingError(
        f"Fold {k + 1} would predict rows of class {label!r}, of which none trains.",
        expected="rows of each class on both sides: two or more of each class",
        received=f"{counted(counts[label], 'row')} of {label!r}, split by {_brief(strategy)}",
        remedy=f"Leave that row out, or join {label!r} with another class."
        if alone
        else f"`resampling=kf.StratifiedCV(nfolds={max(2, min(6, counts[label]))}, rng=0)`.",
    )


def _refuse_unpredicted(strategy: Any, folds: Pairs, y: Any) -> None:
    counts = _counts(y)
    tested = _counts(st.selectrows(y, np.concatenate([test for _, test in folds])))
    lost = [label for label, n in counts.items() if n and not tested.get(label)]
    if lost:
        raise ResamplingError(
            f"No row of {listed(lost, 3)} would be predicted, so nothing is learned of it.",
            expected="test rows of each class",
            received=f"{_brief(strategy)} of {counted(sum(counts.values()), 'row')}",
            remedy="`resampling=kf.StratifiedCV(rng=0)` predicts every row.",
        )


def _counts(y: Any) -> dict[Any, int]:
    """How many rows each label has, those without any left out."""
    positions, labels = Pool.factorised(y)
    numbers = np.bincount(positions[positions >= 0], minlength=len(labels))
    return {label: int(n) for label, n in zip(labels, numbers, strict=True) if n}


def _brief(strategy: Any) -> str:
    text = " ".join(repr(strategy).split())
    return text if len(text) <= 60 and not isinstance(strategy, list | tuple) else "The resampling"
