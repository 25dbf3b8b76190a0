"""Pictures of searches, of learning curves with seeds, and of training that was stopped."""

from itertools import pairwise

import matplotlib
import numpy as np
import pytest
from matplotlib.text import Text

from kerasflux import drawing
from kerasflux.drawing import Parameter, canvas, marks, parameters

NAN = float("nan")
RATES = [1e-4, 1e-3, 1e-2, 1e-1]
LOSSES = [0.9, 0.5, 0.3, 0.4]
RATE = Parameter("optimiser.learning_rate", RATES, "log10")
UNITS = Parameter("builder.hidden", [(8,), (64,), (8,), (64, 64)], "none", [(8,), (64,), (64, 64)])
SINCE_3_9 = pytest.mark.skipif(
    matplotlib.__version_info__ < (3, 9), reason="matplotlib 3.8 writes other powers of two"
)
DROPOUT = Parameter("builder.dropout", [0.0, 0.1, 0.2, 0.5])


def named(axes):
    """Name in the legend to (x, y) of what has it."""
    handles, labels = axes.get_legend_handles_labels()
    lines = [h for h in handles if hasattr(h, "get_xydata")]
    return dict(zip(labels, [line.get_xydata().tolist() for line in lines], strict=True))


def coloured(axes):
    """x, y, value and size of the points that have colours."""
    (points,) = [c for c in axes.collections if c.get_gid() == "ok"]
    columns = (*points.get_offsets().T, points.get_array(), points.get_sizes())
    return sorted(zip(*(column.tolist() for column in columns), strict=True))


def ticks(axis):
    return [text.get_text() for text in axis.get_ticklabels()]


def legend(figure):
    legends = [*figure.legends, *(axes.get_legend() for axes in figure.axes)]
    return [text.get_text() for box in legends if box for text in box.get_texts()]


def overlapping(axis):
    """Pairs of neighbouring tick labels that lie on each other."""
    axis.axes.figure.canvas.draw()
    boxes = [t.get_window_extent() for t in axis.get_ticklabels() if t.get_text()]
    return sum(a.overlaps(b) for a, b in pairwise(boxes))


# one hyperparameter


def test_one_hyperparameter_is_drawn_against_the_measurement_on_the_scale_of_its_range():
    figure = drawing.tuning_results([RATE], LOSSES, measure="log_loss")
    (axes,) = figure.axes
    assert axes.get_xscale() == "log"
    assert axes.get_xlabel() == "optimiser.learning_rate"
    assert axes.get_ylabel() == "log_loss (less is better)"
    assert named(axes)["candidates (4)"] == [list(p) for p in zip(RATES, LOSSES, strict=True)]


@pytest.mark.parametrize(("orientation", "best"), [("loss", [0.01, 0.3]), ("score", [0.0001, 0.9])])
def test_the_best_has_a_ring_and_is_named_with_its_value(orientation, best):
    figure = drawing.tuning_results([RATE], LOSSES, orientation=orientation)
    assert named(figure.axes[0])[f"best: {best[1]:g} at {best[0]:g}"] == [best]
    assert any(text.startswith("best") for text in legend(figure))


def test_without_an_orientation_no_candidate_is_the_best():
    figure = drawing.tuning_results([RATE], LOSSES, orientation="unoriented", measure="lift")
    assert list(named(figure.axes[0])) == ["candidates (4)"]
    assert figure.axes[0].get_ylabel() == "lift"


def test_candidates_of_a_grid_are_joined_in_the_order_of_their_values_and_others_are_not():
    turned = Parameter("rate", RATES[::-1], "log10")
    (line,) = [
        line
        for line in drawing.tuning_results([turned], LOSSES).axes[0].lines
        if line.get_label() == "_line"
    ]
    assert line.get_xdata().tolist() == RATES
    assert line.get_ydata().tolist() == LOSSES[::-1]
    for other in (UNITS, Parameter("rate", [0.1, 0.1, 0.2, 0.3])):
        lines = drawing.tuning_results([other], LOSSES).axes[0].lines
        assert [line for line in lines if line.get_label() == "_line"] == []


@pytest.mark.parametrize(("orientation", "height"), [("loss", 0.97), ("score", 0.03)])
def test_failed_candidates_are_crosses_at_the_bad_end(orientation, height):
    figure = drawing.tuning_results([RATE], [0.9, NAN, 0.3, NAN], orientation=orientation)
    axes = figure.axes[0]
    assert "failed (2)" in named(axes)
    (lost,) = [line for line in axes.lines if line.get_label() == "_lost"]
    assert lost.get_xdata().tolist() == [0.001, 0.1]
    shown = axes.transAxes.inverted().transform(lost.get_transform().transform((0.1, height)))
    assert shown[1] == pytest.approx(height)
    assert lost.get_ydata().tolist() == [height, height]


def test_pruned_candidates_stand_at_their_last_measurement_and_are_never_the_best():
    statuses = ["ok", "pruned", "ok", "pruned"]
    figure = drawing.tuning_results([RATE], [0.9, 0.1, 0.3, NAN], statuses=statuses)
    found = named(figure.axes[0])
    assert found["pruned (2)"][0] == [0.001, 0.1]
    assert np.isnan(found["pruned (2)"][1][1])  # it is at the edge instead
    assert found["best: 0.3 at 0.01"] == [[0.01, 0.3]]
    assert len(found["candidates (2)"]) == 2


def test_one_that_says_ok_without_a_number_has_failed():
    figure = drawing.tuning_results([RATE], [0.9, np.inf, 0.3, 0.5], statuses=["ok"] * 4)
    assert "failed (1)" in named(figure.axes[0])


def test_a_chosen_candidate_that_is_not_the_best_has_a_frame_of_its_own():
    found = named(drawing.tuning_results([RATE], LOSSES, chosen=3).axes[0])
    assert found["chosen: 0.4 at 0.1"] == [[0.1, 0.4]]
    best = named(drawing.tuning_results([RATE], LOSSES, chosen=2).axes[0])
    assert not any(name.startswith("chosen") for name in best)


def test_intervals_are_drawn_where_they_are_known():
    figure = drawing.tuning_results([RATE], LOSSES, radii=[0.1, NAN, 0.05, 0.1])
    (bars,) = figure.axes[0].collections
    ends = [end for segment in bars.get_segments() for end in segment[:, 1]]
    assert ends == pytest.approx([0.8, 1.0, 0.25, 0.35, 0.3, 0.5])
    low, high = figure.axes[0].get_ylim()
    assert low < 0.25
    assert high > 1.0
    assert "interval over folds" in legend(figure)


def test_losses_over_two_decades_have_a_logarithmic_axis():
    axes = drawing.tuning_results([RATE], [0.01, 0.5, 0.3, 40.0]).axes[0]
    assert axes.get_yscale() == "log"
    low, high = axes.get_ylim()
    assert 0 < low < 0.01
    assert high > 40


def test_scores_far_below_the_rest_are_put_at_the_edge():
    r2 = [0.8, 0.7, 0.75, 0.79, 0.72, -4000.0]
    depth = Parameter("depth", [1, 2, 3, 4, 5, 6])
    axes = drawing.tuning_results([depth], r2, orientation="score").axes[0]
    assert axes.get_ylim()[0] > 0
    ((x, y),) = named(axes)["far worse (1)"]
    assert x == 6
    assert axes.get_ylim()[0] < y < 0.7


def test_candidates_without_a_conditional_hyperparameter_are_counted_on_its_axis():
    momentum = Parameter("optimiser.momentum", [0.5, None, 0.9, NAN])
    axes = drawing.tuning_results([momentum], LOSSES).axes[0]
    assert axes.get_xlabel() == "optimiser.momentum (2 without)"
    chosen = Parameter("activation", ["relu", None, "tanh", "relu"], "none", ["tanh", "relu"])
    axes = drawing.tuning_results([chosen], LOSSES).axes[0]
    assert ticks(axes.xaxis) == ["tanh", "relu", "not used"]


def test_all_failed_is_a_picture_too():
    for shown in ([RATE], [RATE, DROPOUT], [RATE, DROPOUT, UNITS]):
        drawing.tuning_results(shown, [NAN] * 4).canvas.draw()
    drawing.tuning_progress([NAN] * 4).canvas.draw()


# two hyperparameters


def test_two_hyperparameters_are_coloured_by_the_measurement_the_better_the_larger():
    figure = drawing.tuning_results([RATE, UNITS], LOSSES, measure="log_loss")
    axes, bar = figure.axes
    found = coloured(axes)
    assert [point[:3] for point in found] == [
        (1e-4, 0.0, 0.9),
        (1e-3, 1.0, 0.5),
        (1e-2, 0.0, 0.3),
        (1e-1, 2.0, 0.4),
    ]
    sizes = [point[3] for point in found]
    assert np.argsort(sizes).tolist() == [0, 1, 3, 2]
    assert (axes.get_xscale(), ticks(axes.yaxis)) == ("log", ["(8,)", "(64,)", "(64, 64)"])
    assert bar.get_ylabel() == "log_loss (less is better)"
    assert "best: 0.3\nlearning_rate 0.01\nhidden (8,)" in legend(figure)


def test_the_best_end_of_the_colours_is_the_same_for_losses_and_scores():
    def best(orientation):
        axes = drawing.tuning_results([RATE, UNITS], LOSSES, orientation=orientation).axes[0]
        (points,) = [c for c in axes.collections if c.get_gid() == "ok"]
        values = points.get_array()
        at = values.argmin() if orientation == "loss" else values.argmax()
        return points.to_rgba(values)[at].tolist()

    assert best("loss") == best("score")


def test_nominal_candidates_in_one_place_lie_apart_and_others_where_they_are():
    twice = Parameter("activation", ["relu"] * 3 + ["tanh"], "none")
    axes = drawing.tuning_results([twice, Parameter("loss", ["a"] * 4, "none")], LOSSES).axes[0]
    places = {point[:2] for point in coloured(axes)}
    assert len(places) == 4
    assert (1.0, 0.0) in places
    assert all(abs(x - round(x)) < 0.4 and abs(y) < 0.4 for x, y in places)
    numbers = [Parameter("a", [1, 1, 2, 2]), Parameter("b", [3, 3, 4, 4])]
    found = coloured(drawing.tuning_results(numbers, LOSSES).axes[0])
    assert {point[:2] for point in found} == {(1.0, 3.0), (2.0, 4.0)}


def test_colours_end_where_candidates_are_far_worse_and_the_bar_says_so():
    r2 = [0.8, 0.7, 0.75, 0.79, 0.72, -4000.0]
    pair = [Parameter("a", [1, 2, 3, 4, 5, 6]), Parameter("b", [6, 1, 5, 2, 4, 3])]
    axes = drawing.tuning_results(pair, r2, orientation="score").axes[0]
    (points,) = [c for c in axes.collections if c.get_gid() == "ok"]
    assert points.norm.vmin > 0
    assert points.colorbar.extend == "min"


def test_colours_of_losses_over_two_decades_are_logarithmic():
    axes = drawing.tuning_results([RATE, DROPOUT], [0.01, 1.0, 10.0, 0.1]).axes[0]
    (points,) = [c for c in axes.collections if c.get_gid() == "ok"]
    assert type(points.norm).__name__ == "LogNorm"


# more


def test_three_hyperparameters_make_a_triangle_with_the_measurement_on_its_diagonal():
    figure = drawing.tuning_results(
        [RATE, UNITS, DROPOUT], [0.9, 0.5, NAN, 0.4], measure="log_loss", title="a search"
    )
    figure.canvas.draw()
    panels = [axes for axes in figure.axes if axes.get_subplotspec() is not None]
    places = {
        (spec.rowspan.start, spec.colspan.start): axes
        for axes in panels
        if len((spec := axes.get_subplotspec()).colspan) == 1
    }
    assert sorted(places) == [(0, 0), (1, 0), (1, 1), (2, 0), (2, 1), (2, 2)]
    assert [point[:2] for point in coloured(places[2, 0])] == [(1e-4, 0), (1e-3, 0.1), (0.1, 0.5)]
    for k in range(3):
        assert places[k, k].get_ylabel() == "log_loss"
        assert named(places[k, k])["candidates (3)"]
    bottom = [places[2, k].get_xlabel() for k in range(3)]
    assert bottom == ["learning_rate", "hidden", "dropout"]
    assert [places[k, 0].get_ylabel() for k in (1, 2)] == ["hidden", "dropout"]
    assert figure.get_suptitle() == "a search"
    assert "best: 0.4\nlearning_rate 0.1\nhidden (64, 64)\ndropout 0.5" in legend(figure)


def test_panels_of_one_column_have_the_same_ends():
    odd = Parameter("momentum", [None, 0.5, 0.9, None])
    figure = drawing.tuning_results([RATE, DROPOUT, odd], LOSSES)
    by_column = {}
    for axes in figure.axes:
        spec = axes.get_subplotspec()
        if spec is not None and len(spec.colspan) == 1:
            by_column.setdefault(spec.colspan.start, []).append(axes.get_xlim())
    assert len(by_column) == 3
    for ends in by_column.values():
        assert len(set(ends)) == 1


def test_of_more_than_six_each_is_drawn_against_the_measurement():
    many = [Parameter(f"model.p{k}", [k + 1, 2, 3, 4]) for k in range(7)]
    figure = drawing.tuning_results(many, LOSSES, measure="rms")
    assert [axes.get_xlabel() for axes in figure.axes] == [f"p{k}" for k in range(7)]
    assert [axes.get_ylabel() for axes in figure.axes] == [
        "rms (less is better)" if k % 3 == 0 else "" for k in range(7)
    ]


@pytest.mark.parametrize("n", [1, 2])
def test_a_search_can_be_drawn_on_axes_that_are_given(n):
    figure = canvas.figure((5, 4))
    axes = figure.add_subplot()
    assert drawing.tuning_results([RATE, UNITS][:n], LOSSES, ax=axes) is figure
    assert "best" in " ".join(legend(figure))


# names and scales


def test_values_have_places_on_axes():
    assert parameters.axis_of(UNITS).ticks == ("(8,)", "(64,)", "(64, 64)")
    assert parameters.axis_of(UNITS).at.tolist() == [0, 1, 0, 2]
    flags = parameters.axis_of(Parameter("shuffle", [True, False, True]))
    assert (flags.scale, flags.ticks) == ("none", ("True", "False"))
    weights = Parameter("class_weight", [None, "balanced", None], "none", [None, "balanced"])
    assert parameters.axis_of(weights).texts == ("None", "balanced", "None")
    assert parameters.axis_of(Parameter("f", [len, max])).ticks == ("len", "max")


@pytest.mark.parametrize(
    ("wanted", "values", "scale"),
    [
        ("linear", [1e-9, 1.0], "linear"),
        ("log", [1.0, 2.0], "log"),
        ("log2", [16, 4096], "log2"),
        ("log10minus", [-10.0, -1.0], "logminus"),
        ("logminus", [-10.0, 1.0], "linear"),
        ("reverse_log", [0.001, 0.999], "reverse_log"),
        ("log10", [0.0, 1.0], "linear"),
        (np.exp, [0.001, 3.0], "log"),
        (np.exp, [0.5, 3.0], "linear"),
        (None, [-0.001, -3.0], "logminus"),
        (None, [NAN], "linear"),
    ],
)
def test_the_scale_of_an_axis_is_the_one_of_the_range_if_the_values_have_a_place_on_it(
    wanted, values, scale
):
    assert parameters.scale_of(wanted, values) == scale


@pytest.mark.parametrize(
    ("scale", "values", "shown"),
    [
        pytest.param("log2", [16, 64, 1024, 16384], {"16", "16,384"}, marks=SINCE_3_9),
        ("log10", [1e-4, 1e-3, 1e-2, 0.1], {"0.0001", "0.1"}),
        ("logminus", [-0.1, -1.0, -10.0, -100.0], {"-0.1", "-100"}),
        ("linear", [0.0, 0.1, 0.2, 0.5], {"0", "0.5"}),
    ],
)
def test_numbers_on_axes_are_round_and_apart(scale, values, shown):
    figure = drawing.tuning_results([Parameter("p", values, scale)], LOSSES)
    axes = figure.axes[0]
    assert overlapping(axes.xaxis) == 0
    assert shown <= set(ticks(axes.xaxis))
    low, high = axes.get_xlim()
    assert low < min(values)
    assert high > max(values)


def test_negative_numbers_are_spread_by_the_logarithms_of_their_sizes():
    axes = drawing.tuning_results(
        [Parameter("p", [-100.0, -10.0, -1.0, -0.1], "log10minus")], LOSSES
    ).axes[0]
    to = axes.transData.transform
    places = [to((x, 0.5))[0] for x in (-100, -10, -1, -0.1)]
    steps = np.diff(places)
    assert (steps > 0).all()
    assert steps == pytest.approx([steps[0]] * 3)


def test_numbers_of_a_reversed_range_are_spread_towards_its_upper_end():
    values = [0.001, 0.901, 0.991, 1.0]  # 1.001 less powers of ten
    axes = drawing.tuning_results([Parameter("p", values, "reverse_log")], LOSSES).axes[0]
    places = [axes.transData.transform((x, 0.5))[0] for x in values]
    steps = np.diff(places)
    assert steps == pytest.approx([steps[0]] * 3)
    assert ticks(axes.xaxis) == ["1", "0.991", "0.901", "0.001"]


def test_long_names_of_choices_are_turned_and_do_not_lie_on_each_other():
    choices = [f"MLP(hidden=(64, {k}), dropout=0.25)" for k in range(6)]
    figure = drawing.tuning_results([Parameter("builder", choices, "none", choices)], range(1, 7))
    axis = figure.axes[0].xaxis
    assert axis.get_ticklabels()[0].get_rotation() == 40


# progress


@pytest.mark.parametrize(
    ("orientation", "so_far"), [("loss", [0.9, 0.5, 0.5, 0.4]), ("score", [0.9, 0.9, 0.9, 0.9])]
)
def test_progress_is_the_best_so_far_against_the_number_of_the_candidate(orientation, so_far):
    axes = drawing.tuning_progress([0.9, 0.5, 0.6, 0.4], orientation=orientation).axes[0]
    assert named(axes)["best so far"] == [[k, v] for k, v in enumerate(so_far)]
    assert axes.get_xlabel() == "candidate"
    assert all(tick == int(tick) for tick in axes.get_xticks())


def test_progress_passes_over_failed_and_pruned_candidates():
    statuses = ["failed", "ok", "pruned", "ok"]
    axes = drawing.tuning_progress([NAN, 0.5, 0.1, 0.4], statuses=statuses, measure="rms").axes[0]
    found = named(axes)
    assert found["best so far"] == [[1, 0.5], [2, 0.5], [3, 0.4]]
    assert {"failed (1)", "pruned (1)", "best: 0.4 at candidate 3"} <= set(found)


# losses that were stopped


HISTORY = {
    "epoch": [0, 1, 2, 3, 4],
    "training_loss": [1.0, 0.5, 0.3, 0.2, 0.1],
    "validation_loss": [NAN, 0.6, 0.4, 0.5, 0.55],
}


def test_the_end_and_the_best_point_are_marked_on_the_validation_loss():
    figure = drawing.loss_curves(HISTORY, stopped=4, reason="2 looks since the best", best=2)
    found = named(figure.axes[0])
    assert list(found) == [
        "training",
        "validation",
        "stopped: 2 looks since the best",
        "best: 0.4 at epoch 2",
    ]
    assert found["best: 0.4 at epoch 2"] == [[2, 0.4]]
    (line,) = [line for line in figure.axes[0].lines if line.get_gid() == "stopped"]
    assert list(line.get_xdata()) == [4, 4]


def test_without_validation_the_best_point_is_on_the_training_loss():
    history = {"training_loss": [1.0, 0.5, 0.7]}
    found = named(drawing.loss_curves(history, best=1, stopped=2).axes[0])
    assert found["best: 0.5 at epoch 1"] == [[1, 0.5]]
    assert "stopped at epoch 2" in found
    assert list(named(drawing.loss_curves(history, best=9).axes[0])) == ["training"]
    diverged = drawing.loss_curves({"training_loss": [NAN, NAN]}, best=1, stopped=1)
    assert list(named(diverged.axes[0])) == ["stopped at epoch 1"]


def test_another_measure_has_a_panel_of_its_own_with_the_best_point():
    history = {**HISTORY, "measurement": [NAN, 0.7, NAN, 0.9, 0.8]}
    figure = drawing.loss_curves(
        history, best=3, stopped=4, measure="accuracy", orientation="score", title="iris"
    )
    above, below = figure.axes
    (line, *_) = below.lines
    assert line.get_xydata().tolist() == [[1, 0.7], [3, 0.9], [4, 0.8]]
    (ring,) = [
        line for line in below.lines if line.get_marker() == "o" and line is not below.lines[0]
    ]
    assert ring.get_xydata().tolist() == [[3, 0.9]]
    assert below.get_ylabel() == "accuracy\n(more is better)"
    assert (above.get_xlabel(), below.get_xlabel()) == ("", "epoch")
    assert "best: 0.9 at epoch 3" in legend(figure)
    assert above.get_xlim() == below.get_xlim()


def test_an_unmeasured_column_and_axes_that_are_given_have_no_second_panel():
    assert len(drawing.loss_curves({**HISTORY, "measurement": [NAN] * 5}).axes) == 1
    figure = canvas.figure((5, 4))
    axes = figure.add_subplot()
    drawing.loss_curves({**HISTORY, "measurement": [1.0] * 5}, ax=axes)
    assert figure.axes == [axes]


@pytest.mark.parametrize(
    ("losses", "log_scale", "scale"),
    [
        ([1.0, 0.5, 0.011], None, "linear"),
        ([1.0, 0.5, 0.01], None, "log"),
        ([1.0, 0.0, 0.01], None, "linear"),
        ([1.0, 0.5, 0.01], False, "linear"),
        ([1.0, 0.9], True, "log"),
    ],
)
def test_losses_that_span_two_decades_have_a_logarithmic_axis(losses, log_scale, scale):
    figure = drawing.loss_curves({"training_loss": losses}, log_scale=log_scale)
    assert figure.axes[0].get_yscale() == scale


# learning curves with seeds


SEEDS = np.array([[[0.9, 1.1, 1.0]], [[0.5, 0.7, 0.6]], [[0.4, 0.2, NAN]]])  # 3 values, 3 seeds


def test_each_seed_has_a_thin_line_and_their_mean_a_thick_one():
    axes = drawing.learning_curves([1, 10, 100], SEEDS, log_x=True).axes[0]
    *thin, thick = axes.lines
    assert [line.get_label() for line in axes.lines] == [
        "one seed",
        "_one seed",
        "_one seed",
        "mean of 3 seeds",
    ]
    assert [line.get_ydata().tolist() for line in thin] == [
        [0.9, 0.5, 0.4],
        [1.1, 0.7, 0.2],
        [1.0, 0.6],
    ]
    assert thick.get_ydata().tolist() == pytest.approx([1.0, 0.6])  # not of two seeds of three
    assert all(line.get_linewidth() < 1 for line in thin)
    assert thick.get_linewidth() > 2
    assert len({line.get_color() for line in axes.lines}) == 1


def test_lines_with_seeds_keep_their_names():
    both = np.concatenate([SEEDS, SEEDS + 1], axis=1)
    figure = drawing.learning_curves([1, 2, 3], both, labels=["small", "large"])
    assert legend(figure) == ["one seed", "small, mean of 3 seeds", "large, mean of 3 seeds"]


def test_a_single_seed_is_a_plain_line():
    axes = drawing.learning_curves([1, 2, 3], SEEDS[..., :1], labels=["net"]).axes[0]
    assert [line.get_label() for line in axes.lines] == ["net"]


def test_each_measure_has_a_panel_with_its_best_value():
    table = np.array([[0.9, 0.5], [0.4, 0.8], [0.5, 0.9]])
    figure = drawing.learning_panels(
        [1, 10, 100],
        table,
        ["log_loss", "accuracy"],
        orientations=["loss", "score"],
        xlabel="epochs",
        scale="log10",
        title="iris",
    )
    above, below = figure.axes
    assert named(above)["best: 0.4 at 10"] == [[10, 0.4]]
    assert named(below)["best: 0.9 at 100"] == [[100, 0.9]]
    assert (above.get_ylabel(), below.get_ylabel()) == (
        "log_loss\n(less is better)",
        "accuracy\n(more is better)",
    )
    assert (above.get_xlabel(), below.get_xlabel()) == ("", "epochs")
    assert (above.get_xscale(), below.get_xscale()) == ("log", "log")
    assert above.get_title(loc="left") == "iris"


def test_a_panel_of_seeds_has_its_ring_on_the_mean():
    axes = drawing.learning_panels([1, 2, 3], SEEDS, ["l1"], orientations=["loss"]).axes[0]
    assert named(axes)["best: 0.6 at 2"][0] == pytest.approx([2, 0.6])


def test_values_that_are_no_numbers_keep_their_places_and_names():
    axes = drawing.learning_panels([None, "balanced", None], SEEDS[..., 0], ["l1"]).axes[0]
    assert ticks(axes.xaxis) == ["None", "balanced", "None"]


# what is refused


@pytest.mark.parametrize(
    ("call", "says"),
    [
        (lambda: drawing.tuning_results([], LOSSES), "no hyperparameter"),
        (lambda: drawing.tuning_results([RATE], []), "measurements"),
        (lambda: drawing.tuning_results([RATE], [1.0]), "4 of optimiser.learning_rate"),
        (lambda: drawing.tuning_results([RATE], LOSSES, statuses=["ok"]), "statuses"),
        (lambda: drawing.tuning_results([RATE], LOSSES, statuses=["good"] * 4), "'good'"),
        (lambda: drawing.tuning_results([RATE], LOSSES, radii=[1.0]), "radii"),
        (lambda: drawing.tuning_results([RATE], LOSSES, chosen=4), "chosen=4"),
        (lambda: drawing.tuning_results([RATE] * 3, LOSSES, ax=object()), "3"),
        (lambda: drawing.tuning_progress([[1.0]]), "measurements"),
    ],
)
def test_what_is_no_search_is_refused(call, says):
    with pytest.raises(drawing.DrawingError, match="search can't be drawn") as caught:
        call()
    assert says in str(caught.value)


@pytest.mark.parametrize(
    ("x", "table", "measures", "orientations"),
    [
        ([1], [[1.0], [2.0]], ["l1"], None),
        ([1, 2], [[1.0], [2.0]], ["l1", "l2"], None),
        ([1, 2], [[1.0], [2.0]], ["l1"], ["loss", "loss"]),
        ([1, 2], [1.0, 2.0], ["l1"], None),
        ([], np.zeros((0, 1)), ["l1"], None),
    ],
)
def test_panels_of_different_sizes_are_refused(x, table, measures, orientations):
    with pytest.raises(drawing.DrawingError, match="learning curves can't be drawn"):
        drawing.learning_panels(x, table, measures, orientations=orientations)


# on light and dark


def pictures():
    statuses = ["ok", "ok", "pruned", "failed"]
    found = [0.9, 0.5, 0.6, NAN]
    for shown in ([RATE], [UNITS], [RATE, UNITS], [RATE, UNITS, DROPOUT], [RATE] * 7):
        yield drawing.tuning_results(
            shown, found, statuses=statuses, chosen=0, measure="rms", title="t"
        )
    yield drawing.tuning_progress(found, statuses=statuses, measure="rms", title="t")
    yield drawing.loss_curves({**HISTORY, "measurement": [0.1] * 5}, best=2, stopped=4, title="t")
    yield drawing.learning_panels([1, 2, 3], SEEDS, ["l1"], orientations=["loss"], title="t")


def luminance(colour):
    from matplotlib.colors import to_rgb

    linear = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in to_rgb(colour)]
    return float(np.dot(linear, [0.2126, 0.7152, 0.0722]))


def contrast(one, other):
    high, low = sorted([luminance(one), luminance(other)], reverse=True)
    return (high + 0.05) / (low + 0.05)


def test_pictures_of_searches_have_no_background_and_text_that_is_read_on_any():
    for figure in pictures():
        figure.canvas.draw()
        assert figure.get_facecolor()[3] == 0
        assert all(axes.get_facecolor()[3] == 0 for axes in figure.axes if axes.axison)
        for text in figure.findobj(lambda a: isinstance(a, Text) and bool(a.get_text().strip())):
            for background in ("white", "#111111"):
                assert contrast(text.get_color(), background) >= 3, text.get_text()


def test_colours_of_the_users_style_are_taken():
    from matplotlib import rc_context

    with rc_context({"figure.facecolor": "black", "text.color": "#eeeeee"}):
        for figure in pictures():
            assert figure.get_facecolor() == (0, 0, 0, 1)
            assert {axes.xaxis.label.get_color() for axes in figure.axes if axes.axison} == {
                "#eeeeee"
            }


def test_windows_leave_what_is_ordinary_as_it_is():
    values = np.array([0.1, 0.2, 0.3, 0.9])
    assert marks.window(values, "loss") == marks.Window(0.1, 0.9, "linear")
    assert marks.window(-values, "unoriented") == marks.Window(-0.9, -0.1, "linear")
    assert marks.window(np.array([NAN]), "loss") == marks.Window(0.0, 1.0, "linear")
    assert marks.window(np.array([2.0, 2.0]), "score") == marks.Window(2.0, 2.0, "linear")


def test_numbers_that_were_written_out_lie_where_they_are_in_learning_curves():
    (axes,) = drawing.learning_panels([1, 3, 8], [[0.5], [0.4], [0.3]], ["l1"], scale="none").axes
    assert axes.lines[0].get_xdata().tolist() == [1, 3, 8]
    assert axes.get_xscale() == "linear"


def test_colours_are_kept_for_those_that_are_not_far_worse():
    values = np.array([0.9, 0.85, 0.8, 0.7, 0.2])
    assert marks.window(values, "score") == marks.Window(0.2, 0.9, "linear")
    tight = marks.window(values, "score", tight=True)
    assert (tight.low, tight.high) == pytest.approx((0.66, 0.9))


@pytest.mark.parametrize(
    ("scale", "values"),
    [("logminus", [-100.0, -10.0, -1.0, -0.1]), ("reverse_log", [0.001, 0.9, 0.99, 1.0])],
)
def test_what_a_mouse_points_at_is_where_it_was_drawn(scale, values):
    axes = drawing.tuning_results([Parameter("p", values, scale)], LOSSES).axes[0]
    back = axes.transData.inverted().transform(axes.transData.transform([(v, 0.5) for v in values]))
    assert back[:, 0] == pytest.approx(values)
