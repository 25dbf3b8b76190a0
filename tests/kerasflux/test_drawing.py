import subprocess
import sys

import numpy as np
import pandas as pd
import pytest

from kerasflux import drawing

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
    [([1, 2], [1.0], None), ([1], [[1.0, 2.0]], ["a"]), ([1], np.zeros((1, 1, 1)), None)],
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
        "assert figure._repr_png_().startswith(b'\\x89PNG');"
        "assert 'matplotlib.pyplot' not in sys.modules"
    )
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


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
