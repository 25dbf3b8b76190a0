"""What a search found: its candidates over their hyperparameters, and the best so far."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from kerasflux.drawing import canvas, pairs, single
from kerasflux.drawing.found import Orientation, found_of, placed, unfit
from kerasflux.drawing.parameters import Axis, Parameter

_MOST_IN_A_MATRIX = 6


def tuning_results(
    parameters: Sequence[Parameter],
    measurements: Any,
    *,
    measure: str = "",
    orientation: Orientation = "loss",
    statuses: Sequence[str] | None = None,
    radii: Any = None,
    chosen: int | None = None,
    title: str = "",
    ax: Any = None,
) -> Any:
    """The candidates of a search, over one hyperparameter or several.

    One hyperparameter is drawn against the measurement. Of two, candidates lie where their values
    are, coloured by the measurement, larger the better. Of three to six there is a picture for each
    pair, in a triangle, and one for each against the measurement, along its diagonal; of more,
    each is drawn against the measurement only. The best candidate has a ring; failed ones are red
    crosses, pruned ones hollow. Measurements that are much worse than most are put at the edge, as
    triangles.

    Args:
        parameters: the hyperparameters, one or more.
        measurements: `(n_candidates,)`, NaN where there is none.
        measure: its name.
        orientation: which end of it is the good one.
        statuses: `"ok"`, `"failed"` or `"pruned"`, one per candidate. None: those without a finite
            measurement have failed.
        radii: `(n_candidates,)` half widths of intervals, drawn of one hyperparameter.
        chosen: the position of the candidate that was chosen; it has a square if it isn't the best.
        title: above the picture.
        ax: matplotlib axes for one or two hyperparameters; a new figure without.

    Returns:
        the figure.

    Raises:
        DrawingError: no hyperparameter or no candidate, lengths that differ, an unknown status, a
            chosen one that is not there, or `ax` for more than two hyperparameters.

    >>> rate = Parameter("learning_rate", [0.001, 0.01, 0.1], "log10")
    >>> figure = tuning_results([rate], [0.7, 0.4, float("nan")], measure="log_loss")
    >>> figure.axes[0].get_legend_handles_labels()[1]
    ['candidates (2)', 'failed (1)', 'best: 0.4 at 0.01']
    """
    found = found_of(measurements, measure, orientation, statuses, radii, chosen)
    axes_of = placed(parameters, found.n)
    if ax is not None and len(axes_of) > 2:
        raise unfit("one or two hyperparameters on axes that are given", f"{len(axes_of)}")
    if len(axes_of) == 1:
        return single.alone(axes_of[0], found, title, ax)
    if len(axes_of) == 2:
        return pairs.pair(axes_of, found, title, ax)
    if len(axes_of) <= _MOST_IN_A_MATRIX:
        return pairs.triangle(axes_of, found, title)
    return single.in_rows(axes_of, found, title)


def tuning_progress(
    measurements: Any,
    *,
    measure: str = "",
    orientation: Orientation = "loss",
    statuses: Sequence[str] | None = None,
    chosen: int | None = None,
    title: str = "",
    ax: Any = None,
) -> Any:
    """The candidates of a search by number, from 0 on as in its history, with the best so far.

    Args:
        measurements, measure, orientation, statuses, chosen, title, ax: as for `tuning_results`.

    Returns:
        the figure.

    Raises:
        DrawingError: no candidate, lengths that differ, or an unknown status.

    >>> figure = tuning_progress([0.7, 0.9, 0.4], measure="log_loss")
    >>> figure.axes[0].lines[0].get_ydata().tolist()
    [0.7, 0.7, 0.4]
    """
    found = found_of(measurements, measure, orientation, statuses, None, chosen)
    numbers = np.arange(float(found.n))
    texts = tuple(f"candidate {n}" for n in range(found.n))
    axis = Axis("candidate", numbers, "linear", (), texts)
    axes = canvas.axes_of(ax)
    single.so_far(axes, found)
    single.against(axes, axis, found, [axis])
    canvas.whole_ticks(axes)
    return single.finished(axes, found, title, "candidate")
