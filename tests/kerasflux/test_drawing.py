import io
import subprocess
import sys

import numpy as np
import pandas as pd
import pytest
from PIL import Image

from kerasflux import drawing
from kerasflux.drawing import canvas

HISTORY = pd.DataFrame(
    {
        "epoch": [0, 1, 2, 3],
        "training_loss": [1.0, 0.5, 0.25, 0.2],
        "validation_loss": [np.nan, 0.6, 0.4, 0.5],
    }
)
IMAGES = np.zeros((10, 8, 8), "uint8")


def ink(figure):
    """How many pixels of the picture are not white."""
    figure.canvas.draw()
    return int((np.asarray(figure.canvas.buffer_rgba())[..., :3] < 250).any(-1).sum())


def labels(figure):
    return [line.get_label() for line in figure.axes[0].lines]


def test_loss_curves_draw_training_and_validation_losses():
    figure = drawing.loss_curves(HISTORY, title="digits")
    assert labels(figure) == ["training", "validation"]
    assert figure.axes[0].lines[0].get_ydata().tolist() == [1.0, 0.5, 0.25, 0.2]
    assert figure.axes[0].lines[1].get_xdata().tolist() == [1, 2, 3]
    assert figure.axes[0].get_title(loc="left") == "digits"
    assert ink(figure) > 1000


def test_loss_curves_leave_out_a_validation_loss_that_was_never_measured():
    assert labels(drawing.loss_curves(HISTORY.assign(validation_loss=None))) == ["training"]
    assert labels(drawing.loss_curves({"training_loss": [3.0, 2.0]})) == ["training"]


def test_equal_last_losses_are_drawn():
    both = {"training_loss": [1.0, 0.5], "validation_loss": [1.0, 0.5]}
    assert ink(drawing.loss_curves(both, log_scale=True)) > 1000


def test_no_losses_are_refused():
    for history in ({}, {"training_loss": []}, {"loss": [1.0]}):
        with pytest.raises(drawing.DrawingError, match="no losses"):
            drawing.loss_curves(history)


def test_learning_curves_draw_a_line_per_seed_on_logarithmic_axes():
    losses = np.array([[1.0, 0.9], [0.5, 0.6], [0.2, 0.1]])
    figure = drawing.learning_curves(
        [1, 10, 100], losses, labels=["seed 1", "seed 2"], log_x=True, log_y=True
    )
    axes = figure.axes[0]
    assert labels(figure) == ["seed 1", "seed 2"]
    assert (axes.get_xscale(), axes.get_yscale()) == ("log", "log")
    figure.canvas.draw()
    shown = {text.get_text() for text in axes.get_xticklabels()}
    assert {"1", "10", "100"} <= shown


def test_learning_curves_name_values_that_are_no_numbers():
    figure = drawing.learning_curves([(64,), (256, 256)], [0.5, 0.4], log_x=True)
    ticks = [text.get_text() for text in figure.axes[0].get_xticklabels()]
    assert ticks == ["(64,)", "(256, 256)"]


@pytest.mark.parametrize(
    ("x", "losses", "names"),
    [([1, 2], [1.0], None), ([1], [[1.0, 2.0]], ["a"]), ([1], np.zeros((1, 1, 1, 1)), None)],
)
def test_learning_curves_of_different_sizes_are_refused(x, losses, names):
    with pytest.raises(drawing.DrawingError, match="learning curves"):
        drawing.learning_curves(x, losses, labels=names)


def test_a_heatmap_has_true_classes_in_rows_and_counts_in_cells():
    figure = drawing.heatmap([[5, 2], [0, 4.5]], ["no", "yes"])
    axes = figure.axes[0]
    cells = {text.get_text(): text.get_position() for text in axes.texts}
    assert cells == {"5": (0, 0), "2": (1, 0), "4.5": (1, 1)}  # (column, row)
    assert (axes.get_xlabel(), axes.get_ylabel()) == ("predicted", "true")
    assert [t.get_text() for t in axes.get_yticklabels()] == ["no", "yes"]


def test_a_heatmap_of_a_class_that_never_occurs_is_drawn():
    assert ink(drawing.heatmap(np.zeros((3, 3)), ["setosa", "versicolor", "virginica"])) > 0


def test_a_heatmap_of_the_wrong_size_is_refused():
    for matrix, names in (([[1]], ["a", "b"]), ([1, 2], ["a", "b"]), (np.empty((0, 0)), [])):
        with pytest.raises(drawing.DrawingError, match="confusion matrix"):
            drawing.heatmap(matrix, names)


def test_an_image_grid_colours_what_is_wrong():
    wrong = np.arange(10) == 3
    figure = drawing.image_grid(IMAGES, list(range(10)), wrong=wrong, title="predicted")
    colours = [axes.title.get_color() for axes in figure.axes]
    assert [axes.get_title() for axes in figure.axes] == [str(i) for i in range(10)]
    assert [c == colours[3] for c in colours] == wrong.tolist()
    frames = [axes.spines["top"] for axes in figure.axes]
    assert all(frame.get_edgecolor()[3] == 1 for frame in frames)


@pytest.mark.parametrize("shape", [(3, 8, 6), (3, 8, 6, 1), (3, 8, 6, 3)])
def test_an_image_grid_takes_grey_and_colour_images(shape):
    assert len(drawing.image_grid(np.ones(shape)).axes) == 3


@pytest.mark.parametrize(
    ("images", "titles", "wrong"),
    [
        (np.zeros((8, 8)), [], None),
        (np.zeros((2, 8, 8, 2)), [], None),
        (np.zeros((0, 8, 8)), [], None),
        (IMAGES, ["one"], None),
        (IMAGES, [], [True]),
    ],
)
def test_what_is_no_set_of_images_is_refused(images, titles, wrong):
    with pytest.raises(drawing.DrawingError, match="images can't be drawn"):
        drawing.image_grid(images, titles, wrong=wrong)


def test_pictures_can_be_drawn_on_axes_that_are_given():
    figure = drawing.loss_curves(HISTORY)
    axes = figure.add_subplot()
    assert drawing.learning_curves([1, 2], [1.0, 2.0], ax=axes) is figure


def test_notebooks_show_figures_and_pyplot_is_left_alone():
    code = (
        "import sys; from kerasflux import drawing;"
        "assert 'matplotlib' not in sys.modules;"
        "figure = drawing.heatmap([[1]], ['a']);"
        "assert figure._repr_png_()[0].startswith(b'\\x89PNG');"
        "assert 'matplotlib.pyplot' not in sys.modules"
    )
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


def test_notebooks_are_given_twice_the_pixels_that_they_show():
    data, shown = drawing.loss_curves(HISTORY)._repr_png_()
    with Image.open(io.BytesIO(data)) as image:
        assert image.size == pytest.approx((2 * shown["width"], 2 * shown["height"]), abs=1)
        assert image.getpixel((0, 0))[3] == 0
    assert 500 < shown["width"] < 700


def test_without_matplotlib_the_extra_is_named(monkeypatch):
    monkeypatch.setitem(sys.modules, "matplotlib.backends.backend_agg", None)
    with pytest.raises(drawing.DrawingNotInstalled, match="matplotlib") as caught:
        drawing.heatmap([[1]], ["a"])
    assert "kerasflux[plot]" in caught.value.remedy


def test_epochs_are_whole_numbers_on_the_axis():
    for figure in (
        drawing.loss_curves({"training_loss": [1.1, 0.6, 0.4]}),
        drawing.learning_curves([1, 2], [0.5, 0.4]),
    ):
        ticks = figure.axes[0].get_xticks()
        assert [tick for tick in ticks if tick != int(tick)] == []
    assert any(
        t != int(t) for t in drawing.learning_curves([0.1, 0.9], [1, 2]).axes[0].get_xticks()
    )


# on light and dark


def luminance(colour):
    """Relative luminance, as WCAG defines it."""
    from matplotlib.colors import to_rgb

    linear = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in to_rgb(colour)]
    return float(np.dot(linear, [0.2126, 0.7152, 0.0722]))


def contrast(one, other):
    high, low = sorted([luminance(one), luminance(other)], reverse=True)
    return (high + 0.05) / (low + 0.05)


@pytest.mark.parametrize("background", ["white", "#111111"])
def test_colours_can_be_read_on_white_and_on_black(background):
    for colour in (*drawing.COLOURS, canvas.RIGHT, canvas.WRONG):
        assert contrast(colour, background) >= 3, colour
    assert contrast(canvas.INK, background) >= 4


def pictures():
    yield drawing.loss_curves(HISTORY)
    yield drawing.learning_curves([1, 2], [[1, 2], [3, 4]], labels=["a", "b"], title="t")
    yield drawing.heatmap([[5, 2], [0, 4]], ["no", "yes"], title="t")
    yield drawing.heatmap(np.eye(40), range(40))
    yield drawing.image_grid(IMAGES, list(range(10)), title="t")
    yield drawing.comparison(["a", "b"], [1, 2], [1, 1], [[1, 1], [2, 2]], title="t")
    yield drawing.roc([[0, 1]] * 2, [[0, 1]] * 2, labels=["a", "b"], areas=[0.5, 0.5], title="t")
    yield drawing.precision_recall([1, 0], [0.5, 1], share=0.5)
    yield drawing.calibration([0.5], [0.5], edges=[0, 1], counts=[3])
    yield drawing.residuals([1.0, 2.0], [1.5, 2.0], title="t")


def texts_of(figure):
    """The texts that stand on the background, not on a tile."""
    from matplotlib.text import Text

    tiles = {id(text) for axes in figure.axes if axes.images for text in axes.texts}
    found = figure.findobj(lambda a: isinstance(a, Text) and bool(a.get_text().strip()))
    return [text for text in found if id(text) not in tiles and text.get_visible()]


def test_no_picture_has_a_background_or_text_that_drowns_in_one():
    for figure in pictures():
        figure.canvas.draw()
        assert figure.get_facecolor()[3] == 0
        assert all(axes.get_facecolor()[3] == 0 for axes in figure.axes)
        for text in texts_of(figure):
            for background in ("white", "#111111"):
                assert contrast(text.get_color(), background) >= 3, text.get_text()


def test_colours_of_the_users_style_are_taken():
    from matplotlib import rc_context

    with rc_context({"figure.facecolor": "black", "text.color": "#eeeeee"}):
        for figure in pictures():
            assert figure.get_facecolor() == (0, 0, 0, 1)
            assert {text.get_color() for axes in figure.axes for text in [axes.xaxis.label]} == {
                "#eeeeee"
            }


# comparisons


def texts(axes):
    return [text.get_text() for text in axes.texts]


def test_a_comparison_has_a_row_per_model_with_its_interval_and_folds():
    figure = drawing.comparison(
        ["net", "trees"],
        [0.3, 0.2],
        [0.05, None],
        [[0.2, 0.4], [0.1, 0.3]],
        measure="log_loss",
        orientation="loss",
        title="income",
    )
    axes = figure.axes[0]
    assert [t.get_text() for t in axes.get_yticklabels()] == ["net", "trees"]
    assert [t.get_fontweight() for t in axes.get_yticklabels()] == ["normal", "bold"]
    assert axes.get_xlabel() == "log_loss (less is better)"
    assert axes.get_ylim() == (1.5, -0.5)  # the first model is on top
    assert texts(axes) == ["0.3000 ± 0.0500", "0.2000"]
    bars = [line.get_xdata().tolist() for line in axes.lines if line.get_linewidth() > 3]
    assert bars == [pytest.approx([0.25, 0.35])]
    dots = [c.get_offsets()[:, 0].tolist() for c in axes.collections]
    assert dots == [[0.2, 0.4], [0.1, 0.3]]
    (legend,) = figure.legends
    assert [t.get_text() for t in legend.get_texts()] == [
        "all folds",
        "rough 95 % interval",
        "one fold",
    ]


def test_the_best_model_is_that_of_the_orientation():
    for orientation, best in (("loss", "low"), ("score", "high")):
        figure = drawing.comparison(
            ["low", "high", "none"], [1, 2, np.nan], orientation=orientation
        )
        weights = {t.get_text(): t.get_fontweight() for t in figure.axes[0].get_yticklabels()}
        assert [name for name, weight in weights.items() if weight == "bold"] == [best]
    ties = drawing.comparison(["a", "b", "c"], [1, 1, 2], orientation="loss").axes[0]
    assert [t.get_fontweight() for t in ties.get_yticklabels()] == ["bold", "bold", "normal"]
    figure = drawing.comparison(["low", "high"], [1, 2])
    assert {t.get_fontweight() for t in figure.axes[0].get_yticklabels()} == {"normal"}


def test_losses_of_many_sizes_are_on_a_logarithmic_axis():
    wide = drawing.comparison(["a", "b"], [1.0, 1000.0], orientation="loss")
    near = drawing.comparison(["a", "b"], [1.0, 3.0], orientation="loss")
    score = drawing.comparison(["a", "b"], [0.01, 1.0], orientation="score")
    scales = [figure.axes[0].get_xscale() for figure in (wide, near, score)]
    assert scales == ["log", "linear", "linear"]


def test_a_score_far_off_is_a_triangle_at_the_edge():
    figure = drawing.comparison(
        ["net", "trees", "wild"], [0.8, 0.9, -1e6], [0.1] * 3, orientation="score"
    )
    axes = figure.axes[0]
    low, high = axes.get_xlim()
    assert -1 < low < 0.7
    assert high < 2
    markers = [line.get_marker() for line in axes.lines]
    assert markers.count("<") == 1
    assert texts(axes) == ["0.800 ± 0.100", "0.900 ± 0.100", "-1,000,000 ± 0"]


def test_numbers_that_are_none_are_written_and_not_drawn():
    figure = drawing.comparison(["a", "b", "c"], [0.5, np.nan, np.inf], orientation="loss")
    axes = figure.axes[0]
    assert texts(axes) == ["0.5000", "nan", "inf"]
    assert sum(line.get_marker() == "o" for line in axes.lines) == 1
    nothing = drawing.comparison(["a"], [np.nan]).axes[0]
    assert texts(nothing) == ["nan"]


def test_measures_are_side_by_side_and_those_of_one_model_below_each_other():
    panels = [drawing.Measured("a", [1, 2]), drawing.Measured("b", [1, 2])]
    side = drawing.comparisons(["x", "y"], panels, title="both")
    assert [t.get_text() for t in side.axes[1].get_yticklabels()] == ["", ""]
    assert side.get_suptitle() == "both"
    panels = [drawing.Measured("a", [1]), drawing.Measured("b", [2])]
    below = drawing.comparisons(["x"], panels)
    assert [t.get_text() for axes in below.axes for t in axes.get_yticklabels()] == ["a", "b"]
    assert below.get_suptitle() == "x"


def test_long_names_are_wrapped_and_written_texts_are_taken():
    name = "gradient boosting of trees with early stopping, five seeds"
    axes = drawing.comparison([name, "b"], [1.0, 2.0], texts=["one", "two"]).axes[0]
    shown = axes.get_yticklabels()[0].get_text()
    assert shown.replace("\n", " ") == name
    assert max(map(len, shown.split("\n"))) <= 28
    assert texts(axes) == ["one", "two"]


def test_a_comparison_can_be_drawn_on_axes_that_are_given():
    figure = drawing.loss_curves(HISTORY)
    axes = figure.add_subplot()
    assert drawing.comparison(["a"], [1.0], measure="rms", ax=axes) is figure
    assert axes.get_xlabel() == "rms"


@pytest.mark.parametrize(
    ("names", "more"),
    [
        ([], {"values": []}),
        (["a"], {"values": [1, 2]}),
        (["a"], {"values": [1], "radii": [1, 2]}),
        (["a"], {"values": [1], "per_fold": []}),
        (["a"], {"values": [1], "texts": ["x", "y"]}),
    ],
)
def test_comparisons_of_other_lengths_are_refused(names, more):
    with pytest.raises(drawing.DrawingError, match=r"compar"):
        drawing.comparison(names, **more)
    with pytest.raises(drawing.DrawingError, match="nothing to compare"):
        drawing.comparisons(["a"], [])


# curves


def test_a_roc_curve_is_in_a_square_from_nought_to_one_with_its_area():
    axes = drawing.roc([0, 0.5, 1], [0, 0.9, 1], areas=[0.7], positive="yes").axes[0]
    assert axes.get_box_aspect() == 1
    assert axes.get_xlabel() == "false positive rate of yes"
    assert axes.get_ylabel() == "true positive rate of yes"
    assert labels(axes.figure) == ["chance", "AUC 0.700"]
    assert axes.get_legend() is not None


def test_a_legend_lies_within_axes_that_are_given():
    from matplotlib.figure import Figure

    axes = Figure(figsize=(3, 3)).add_subplot()
    drawing.roc([[0, 1]] * 2, [[0, 1]] * 2, labels=["a", "b"], ax=axes)
    assert axes.figure.get_size_inches().tolist() == [3, 3]
    axes.figure.canvas.draw()
    inner = axes.get_legend().get_window_extent()
    outer = axes.get_window_extent()
    assert (outer.x0 <= inner.x0, inner.x1 <= outer.x1) == (True, True)


def test_precision_is_drawn_in_steps_over_recall():
    figure = drawing.precision_recall([1, 0.5, 0], [0.4, 0.8, 1], labels=["net"], share=0.4)
    share, line = figure.axes[0].lines
    assert line.get_drawstyle() == "steps-post"
    assert list(share.get_ydata()) == [0.4, 0.4]


def test_calibration_has_a_histogram_under_it_but_on_axes_that_are_given():
    figure = drawing.calibration(
        [0.2, 0.8], [0.1, 0.7], intervals=[[[0, 0.5], [0.3, 0.9]]], edges=[0, 0.5, 1], counts=[3, 1]
    )
    above, below = figure.axes
    assert above.get_xlim() == below.get_xlim()
    assert below.get_xlabel() == "predicted probability"
    axes = drawing.loss_curves(HISTORY).add_subplot()
    drawing.calibration([0.2, 0.8], [0.1, 0.7], edges=[0, 0.5, 1], counts=[3, 1], ax=axes)
    assert len(axes.figure.axes) == 2
    assert axes.get_xlabel() == "predicted probability"


def test_the_legend_of_many_curves_is_cut():
    figure = drawing.roc([[0, 1]] * 40, [[0, 1]] * 40, labels=range(40))
    shown = [t.get_text() for t in figure.axes[0].get_legend().get_texts()]
    assert len(shown) == 16
    assert shown[-1].endswith("... 25 more")
    styles = {(line.get_color(), line.get_linestyle()) for line in figure.axes[0].lines[1:33]}
    assert len(styles) == 32


@pytest.mark.parametrize(
    "draw",
    [
        lambda: drawing.roc([0, 1], [0, 0.5, 1]),
        lambda: drawing.roc([], []),
        lambda: drawing.roc([[0, 1]], [[0, 1]], labels=["a", "b"]),
        lambda: drawing.precision_recall([0, 1], [0, 1], areas=[1, 2]),
        lambda: drawing.calibration([0.5], [0.5], edges=[0, 1], counts=[1, 2]),
        lambda: drawing.calibration([[0.5]] * 2, [[0.5]] * 2, intervals=[[0, 1]]),
    ],
)
def test_curves_of_other_lengths_are_refused(draw):
    with pytest.raises(drawing.DrawingError, match="curves can't be drawn"):
        draw()


# residuals


def test_residuals_are_drawn_over_predictions_beside_truth_and_histogram():
    figure = drawing.residuals([1.0, 2.0, 4.0], [1.5, 2.0, 3.0], name="rent")
    against, missed, spread = figure.axes
    assert against.get_xlim() == against.get_ylim()
    assert missed.get_ylim() == spread.get_ylim()
    assert missed.get_ylabel() == "residual (true - predicted)"
    drawn = missed.collections[0].get_offsets().tolist()
    assert drawn == [[1.5, -0.5], [2.0, 0.0], [3.0, 1.0]]


def test_residuals_over_decades_are_on_logarithmic_axes_unless_told():
    y = np.array([1.0, 10.0, 5000.0])
    assert drawing.residuals(y, y).axes[0].get_xscale() == "log"
    assert drawing.residuals(y, y, log=False).axes[0].get_xscale() == "linear"
    assert drawing.residuals(-y, y).axes[0].get_xscale() == "linear"


def test_residuals_far_from_all_others_are_crosses_at_the_edge_and_counted():
    y = np.append(np.linspace(0, 1, 50), 1000.0)
    missed = drawing.residuals(y, np.zeros(51)).axes[1]
    assert missed.get_ylim()[1] < 5
    points, crosses = missed.collections
    assert len(points.get_offsets()) == 50
    assert crosses.get_offsets().tolist() == [[0.0, missed.get_ylim()[1]]]
    assert missed.get_title(loc="right") == "x  1 of 51 beyond the edge"


def test_many_residuals_are_drawn_as_a_density():
    y = np.random.default_rng(0).normal(size=30_000)
    for values in (y, np.exp(3 * y)):
        figure = drawing.residuals(values, values * 1.1)
        assert len(figure.axes[1].collections[0].get_offsets()) < 10_000
        assert ink(figure) > 1000


@pytest.mark.parametrize(
    ("true", "predicted", "log"),
    [
        ([1.0], [1.0, 2.0], None),
        ([], [], None),
        ([np.nan], [1.0], None),
        ([-1.0], [1.0], True),
        ([[1.0]], [[1.0]], None),
    ],
)
def test_what_has_no_residuals_is_refused(true, predicted, log):
    with pytest.raises(drawing.DrawingError, match="residuals can't be drawn"):
        drawing.residuals(true, predicted, log=log)


# matrices


def test_a_heatmap_shows_counts_shares_or_both():
    def shown(show):
        axes = drawing.heatmap([[3000, 1], [0, 2]], ["a", "b"], show=show).axes[0]
        return [text.get_text() for text in axes.texts]

    assert shown("counts") == ["3,000", "1", "2"]
    assert shown("shares") == ["100 %", "<1 %", "100 %"]
    assert shown("both") == ["3,000\n100 %", "1\n<1 %", "2\n100 %"]
    with pytest.raises(drawing.DrawingError, match="confusion matrix"):
        shown("percent")


def test_a_heatmap_of_many_classes_has_a_scale_instead_of_numbers():
    figure = drawing.heatmap(np.eye(100), [f"class {i}" for i in range(100)])
    assert not figure.axes[0].texts
    assert figure.axes[1].get_ylabel() == "share of the true class"
    assert len(figure.axes[0].get_yticklabels()) == 34


def test_a_dollar_sign_is_no_formula():
    axes = drawing.comparison(["$ and $", "b"], [1.0, 2.0]).axes[0]
    axes.figure.canvas.draw()
    assert axes.get_yticklabels()[0].get_text() == r"\$ and \$"
