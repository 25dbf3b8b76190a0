"""Plain arrays to pictures, in files of which none knows a measure, a model or a machine.

`canvas` owns the figure, its colours and its axes; `parameters` axes of hyperparameters, `marks`
what stands out. `lines` draws losses and learning curves, `searches` what a search found (`found`
sorts its candidates, `single` and `pairs` draw them over one axis and over two), `tiles` matrices
and grids of images, `rates` the curves of probabilities, `regression` residuals, `comparisons`
evaluations side by side.

Every function gives a matplotlib figure of its own and leaves pyplot, its settings and its list of
open figures alone; with `ax=` it draws there instead. Backgrounds are transparent and colours can
be read on white and on black, so that pictures fit light and dark notebooks alike; where the user
has set a matplotlib style with colours of its own, those are taken. Needs the extra `plot`.
"""

from kerasflux.drawing.canvas import COLOURS
from kerasflux.drawing.comparisons import Measured, comparison, comparisons
from kerasflux.drawing.errors import DrawingError, DrawingNotInstalled
from kerasflux.drawing.lines import learning_curves, learning_panels, loss_curves
from kerasflux.drawing.parameters import Parameter
from kerasflux.drawing.rates import calibration, precision_recall, roc
from kerasflux.drawing.regression import residuals
from kerasflux.drawing.searches import tuning_progress, tuning_results
from kerasflux.drawing.tiles import heatmap, image_grid

__all__ = [
    "COLOURS",
    "DrawingError",
    "DrawingNotInstalled",
    "Measured",
    "Parameter",
    "calibration",
    "comparison",
    "comparisons",
    "heatmap",
    "image_grid",
    "learning_curves",
    "learning_panels",
    "loss_curves",
    "precision_recall",
    "residuals",
    "roc",
    "tuning_progress",
    "tuning_results",
]
