"""Measures, and the confusion matrix."""

import copy
import pickle
import subprocess
import sys

import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pytest
from rich.console import Console

import scitypes as st
from kerasflux.errors import MeasureError, WeightsError
from kerasflux.log import KerasfluxWarning
from kerasflux.predictions import UnivariateFinite, UnivariateFiniteVector
from kerasflux.scoring import measures
from kerasflux.scoring.base import Measure
from kerasflux.scoring.confusion import ConfusionMatrix
from kerasflux.scoring.measures import (
    MEASURES,
    accuracy,
    as_measure,
    brier_loss,
    confusion_matrix,
    cross_entropy,
    l1,
    l2,
    log_loss,
    mae,
    mse,
    multitarget_accuracy,
    rms,
    rmse,
)
from kerasflux.scoring.numbers import OfNumbers
from scitypes.errors import UnseenLevel

LABELS = ["ham", "spam", "spam", "ham"]
P = UnivariateFiniteVector(
    [[0.9, 0.1], [0.1, 0.9], [0.2, 0.8], [0.65, 0.35]], levels=["ham", "spam"]
)
LOG_LOSS = 0.21616187468057912  # what scikit-learn's docs compute for these
ONE_TARGET = [m for m in MEASURES if not m.name.startswith("multitarget")]
OF_DISTRIBUTIONS = [m for m in MEASURES if m.prediction == "probabilistic"]
OF_NUMBERS = [m for m in MEASURES if isinstance(m, OfNumbers)]
OF_LABELS = [m for m in ONE_TARGET if m.judges_labels]

CONTAINERS = {
    "list": list,
    "tuple": tuple,
    "array": np.array,
    "objects": lambda y: np.array(y, dtype=object),
    "column": lambda y: np.array(y).reshape(-1, 1),
    "series": pd.Series,
    "category": lambda y: pd.Series(y, dtype="category"),
    "other pool": lambda y: pd.Categorical(y, categories=["spam", "never", "ham"]),
    "ordered": lambda y: pd.Categorical(y, categories=["spam", "ham"], ordered=True),
    "index": pd.Index,
    "frame": lambda y: pd.DataFrame({"y": y}),
    "polars": lambda y: pl.Series("y", y),
    "polars enum": lambda y: pl.Series("y", y, dtype=pl.Enum(["spam", "ham"])),
    "arrow": pa.array,
    "arrow dictionary": lambda y: pa.array(y).dictionary_encode(),
}


@pytest.mark.parametrize("container", CONTAINERS)
def test_labels_are_matched_as_labels_in_any_container(container):
    y = CONTAINERS[container](LABELS)
    assert log_loss(y, P) == pytest.approx(LOG_LOSS, rel=1e-12)
    assert accuracy(y, P.mode()) == 1.0
    assert accuracy(y, ["ham", "ham", "spam", "ham"]) == 0.75
    assert accuracy(["ham", "ham", "spam", "ham"], y) == 0.75


def test_integer_labels_match_floats_and_numpy_scalars_but_never_strings():
    p = UnivariateFiniteVector([[0.25, 0.75], [0.5, 0.5]], levels=[0, 1])
    expected = log_loss([1, 0], p)
    for y in ([1.0, 0.0], np.array([1, 0], dtype=np.uint8), [np.int64(1), np.float64(0)]):
        assert log_loss(y, p) == expected
    with pytest.raises(UnseenLevel, match="same type"):
        log_loss(["1", "0"], p)


def test_a_label_outside_the_pool_is_named_with_its_rows():
    with pytest.raises(UnseenLevel, match="'eggs'") as caught:
        log_loss(["ham", "spam", "eggs", "ham"], P)
    assert caught.value.rows == (2,)
    with pytest.raises(UnseenLevel):
        accuracy(["ham", "eggs"], pd.Categorical(["ham", "spam"]))


def test_arguments_go_by_keyword_too():
    assert log_loss(y_true=LABELS, y_pred=P) == log_loss(LABELS, P)
    assert log_loss(y_pred=P, y_true=LABELS, sample_weight=[1, 0, 0, 0]) == -np.log(0.9)


def test_the_certain_mistake_costs_minus_the_log_of_eps():
    for dtype in (np.float64, np.float32):
        sure = np.array([[1.0, 0.0]], dtype=dtype)
        p = UnivariateFiniteVector(sure, levels=["a", "b"])
        assert log_loss(["b"], p) == pytest.approx(-np.log(np.finfo(dtype).eps))
        assert log_loss(["a"], p) == pytest.approx(np.finfo(dtype).eps, rel=1e-6)


def test_brier_loss_is_halved_for_two_classes_only():
    two = UnivariateFiniteVector([[0.75, 0.25]], levels=["no", "yes"])
    assert brier_loss(["yes"], two) == 0.75**2
    three = UnivariateFiniteVector([[0.5, 0.25, 0.25]], levels=[1, 2, 3])
    assert brier_loss([1], three) == 0.25 + 0.0625 + 0.0625
    worst = UnivariateFiniteVector([[1.0, 0.0, 0.0]], levels=[1, 2, 3])
    assert brier_loss([2], worst) == 2.0


def test_numbers_by_hand():
    y, guess = [1.0, 2.0, 6.0], np.array([2.0, 2.0, 3.0])
    assert l1(y, guess) == pytest.approx(4 / 3)
    assert l2(y, guess) == pytest.approx(10 / 3)
    assert rms(y, guess) == pytest.approx(np.sqrt(10 / 3))
    assert l1.per_observation(y, guess).tolist() == [1.0, 0.0, 3.0]
    assert rms.per_observation(y, guess).tolist() == [1.0, 0.0, 3.0]


def test_weighted_means_divide_by_the_sum_of_the_weights():
    assert l1([1, 2, 3, 1], [2, 2, 1.5, 1.5], sample_weight=[1, 2, 3, 4]) == pytest.approx(0.75)
    assert accuracy(list("aab"), list("abb"), sample_weight=[1, 1, 2]) == 0.75
    assert rms([0, 0], [3, 5], sample_weight=[3, 1]) == pytest.approx(np.sqrt(13))


def test_class_weights_multiply_and_classes_left_out_weigh_one():
    y, guess = list("aabb"), list("abbb")
    assert accuracy(y, guess, class_weight={"a": 3}) == pytest.approx((3 + 1 + 1) / 8)
    both = accuracy(y, guess, [2, 1, 1, 1], {"a": 3, "b": 0.5})
    assert both == pytest.approx((6 + 0.5 + 0.5) / (6 + 3 + 0.5 + 0.5))
    assert log_loss(LABELS, P, class_weight={"spam": 0}) == pytest.approx(
        -np.log([0.9, 0.65]).mean()
    )


def test_several_targets_are_averaged_over_rows_and_columns():
    y = np.array([[1.0, 2.0], [3.0, 4.0]])
    guess = np.array([[1.0, 4.0], [3.0, 8.0]])
    assert l1(y, guess) == 1.5
    assert l2(y, guess) == 5.0
    assert rms(y, guess) == pytest.approx(np.sqrt(5.0))
    assert l2.per_observation(y, guess).tolist() == [2.0, 8.0]


def test_tables_are_matched_by_column_name():
    y = pd.DataFrame({"u": [1.0, 2.0], "v": [10, 20]})
    guess = pd.DataFrame({"v": [10.0, 20.0], "u": [1.0, 3.0]})
    assert l1(y, guess) == 0.25
    assert l1(y, guess.set_axis(["a", "b"], axis=1)) == l1(y.to_numpy(), guess.to_numpy())


def test_columns_of_one_name_are_matched_by_position():
    y = pd.DataFrame([[1.0, 10.0]], columns=["u", "u"])
    assert l1(y, y.to_numpy()) == l1(y, y) == 0.0


@pytest.mark.parametrize(
    "container",
    [
        list,
        np.array,
        pd.Series,
        pl.Series,
        pa.array,
        lambda y: pd.Series(y, dtype="Int64"),
        lambda y: pd.DataFrame({"y": y}),
        lambda y: np.array(y).reshape(-1, 1),
    ],
)
def test_numbers_come_in_any_container(container):
    assert l2(container([1, 2, 3]), [1.0, 2.0, 6.0]) == 3.0
    assert l2([1.0, 2.0, 6.0], container([1, 2, 3])) == 3.0


def test_a_column_never_broadcasts_against_a_vector():
    assert l2(np.zeros((3, 1)), np.array([1.0, 2.0, 3.0])) == pytest.approx(14 / 3)


@pytest.mark.parametrize("measure", [l1, l2, measures.rms])
def test_two_infinities_have_no_difference_and_nobody_else_says_so(measure):
    assert np.isnan(measure([1.0, np.inf], [1.0, np.inf]))  # a warning of NumPy would be an error


def test_infinite_predictions_count_and_make_the_measure_infinite():
    assert l1([1.0, 2.0], [np.inf, 2.0]) == np.inf


def test_folds_are_combined_by_their_sizes():
    assert l1.combine([1.0, 4.0], [3, 1]) == 1.75
    assert accuracy.combine([0.5, 1.0], [1, 3]) == 0.875
    assert rms.combine([3.0, 4.0], [1, 1]) == pytest.approx(np.sqrt(12.5))


def test_rms_over_folds_aggregates_in_squares():
    sizes, values = [5, 5, 5, 5, 4], np.array([1.0, 2.0, 3.0, 4.0, 5.0])
    weights = np.array([25, 25, 25, 25, 20]) / 24
    assert rms.combine(values, sizes) == pytest.approx(np.sqrt(np.sum(weights * values**2) / 5))


def test_confusion_matrices_of_folds_are_added():
    folds = [confusion_matrix(list("ab"), pd.Categorical(list("ab"))) for _ in range(3)]
    assert confusion_matrix.combine(folds, [2, 2, 2]).matrix.tolist() == [[3, 0], [0, 3]]


@pytest.mark.parametrize("measure", MEASURES, ids=repr)
def test_measures_have_their_traits(measure):
    assert isinstance(measure, Measure)
    assert measure.orientation in ("loss", "score", "unoriented")
    assert measure.prediction in ("deterministic", "probabilistic")
    assert getattr(measures, measure.name) is measure
    assert repr(measure) == measure.__name__ == measure.name
    assert measure.human_name
    for section in ("Args:", "Returns:", "Raises:", "Example:", "Source:"):
        assert section in type(measure).__doc__
    targets = st.Vector[st.Infinite] if measure in OF_NUMBERS else st.Vector[st.OrderedFactor[2]]
    if measure in ONE_TARGET:
        assert targets <= measure.target_scitype


def test_names_and_aliases_are_unique():
    names = [name for m in MEASURES for name in (m.name, *m.aliases)]
    assert len(set(names)) == len(names)


def test_aliases_are_the_same_measures():
    assert cross_entropy is log_loss
    assert (mae, mse, rmse) == (l1, l2, rms)
    assert as_measure("cross_entropy") is as_measure(log_loss) is log_loss


@pytest.mark.parametrize("measure", MEASURES, ids=repr)
def test_pickled_and_copied_measures_are_the_same(measure):
    assert pickle.loads(pickle.dumps(measure)) is measure
    assert copy.deepcopy(measure) is measure


def test_functions_become_measures():
    def largest(y_true, y_pred):
        return np.abs(np.asarray(y_true) - y_pred).max()

    measure = as_measure(largest)
    assert measure.name == "largest"
    assert (measure.orientation, measure.prediction) == ("unoriented", None)
    assert measure([1.0, 2.0], np.array([1.0, 5.0])) == 3.0
    assert measure.combine([1.0, 3.0], [1, 1]) == 2.0
    with pytest.raises(MeasureError, match="no value for a single row"):
        measure.per_observation([1.0], np.array([1.0]))
    with pytest.raises(MeasureError, match="takes no `sample_weight`"):
        measure([1.0], np.array([1.0]), sample_weight=[1.0])


def test_what_is_no_measure_is_refused_and_the_nearest_name_offered():
    with pytest.raises(MeasureError, match="did you mean 'log_loss'"):
        as_measure("logloss")
    for wrong in (3, None, type(log_loss), "precisely so"):
        with pytest.raises(MeasureError, match="no measure") as caught:
            as_measure(wrong)
        assert caught.value.remedy


@pytest.mark.parametrize("measure", MEASURES, ids=repr)
def test_a_distribution_in_the_first_place_shows_the_swap(measure):
    for first in (P, P[0]):
        with pytest.raises(MeasureError, match=rf"{measure.name}\(y_true, p\)"):
            measure(first, LABELS)
        with pytest.raises(MeasureError, match="where the truth goes"):
            measure.judged(first, LABELS)


@pytest.mark.parametrize("measure", OF_LABELS, ids=repr)
def test_measures_of_labels_name_the_mode(measure):
    with pytest.raises(MeasureError, match=rf"{measure.name}\(y_true, p\.mode\(\)\)"):
        measure(LABELS, P)


@pytest.mark.parametrize("measure", OF_NUMBERS, ids=repr)
def test_measures_of_numbers_refuse_distributions_and_labels(measure):
    with pytest.raises(MeasureError, match="distributions over labels"):
        measure([1.0], P)
    for wrong in (["1.0", "2.0"], pd.Categorical([1, 2]), pd.Series(["a", "b"]), "ab", {1.0, 2.0}):
        with pytest.raises(MeasureError, match="compares numbers"):
            measure([1.0, 2.0], wrong)
        with pytest.raises(MeasureError, match="compares numbers"):
            measure(wrong, [1.0, 2.0])


@pytest.mark.parametrize("measure", OF_DISTRIBUTIONS, ids=repr)
def test_measures_of_distributions_refuse_anything_else(measure):
    for wrong in (LABELS, np.asarray(P), P.mode(), UnivariateFinite([0.5, 0.5], ["ham", "spam"])):
        with pytest.raises(MeasureError, match="UnivariateFiniteVector"):
            measure(LABELS, wrong)


@pytest.mark.parametrize("measure", OF_LABELS + OF_DISTRIBUTIONS, ids=repr)
@pytest.mark.parametrize("missing", [None, float("nan"), pd.NA])
def test_rows_without_truth_are_left_out_and_counted(measure, missing):
    asked = "positive" in measure.parameters
    measure = measure.replace(positive="spam") if asked else measure
    guess = P if measure.prediction == "probabilistic" else P.mode()
    with pytest.warns(KerasfluxWarning, match=f"`{measure.name}` left out 1 of 4 rows") as told:
        found = measure(["ham", missing, "spam", "ham"], guess, *_weights(measure))
    assert told[0].filename == __file__
    keep = [0, 2, 3]
    whole = measure(["ham", "spam", "ham"], guess[keep], *_weights(measure, keep))
    assert np.array_equal(np.asarray(found), np.asarray(whole)) or found == whole


def _weights(measure, keep=slice(None)):
    return [np.array([1.0, 7.0, 2.0, 3.0])[keep]] if measure.supports_weights else []


@pytest.mark.parametrize("measure", OF_NUMBERS, ids=repr)
@pytest.mark.parametrize(
    ("y", "guess"),
    [
        ([1.0, None, 3.0], [1.0, 2.0, 2.0]),
        (np.array([1.0, np.nan, 3.0]), [1.0, 2.0, 2.0]),
        (pd.Series([1, None, 3], dtype="Int64"), [1.0, 2.0, 2.0]),
        (pl.Series([1, None, 3]), [1.0, 2.0, 2.0]),
        (pa.array([1, None, 3]), [1.0, 2.0, 2.0]),
        (np.ma.array([1, 9, 3], mask=[False, True, False]), [1.0, 2.0, 2.0]),
        ([1.0, 2.0, 3.0], np.array([1.0, np.nan, 2.0])),
        (np.array([[1.0, 1.0], [2.0, np.nan], [3.0, 3.0]]), np.array([[1.0], [2.0], [2.0]] * 1)),
    ],
)
def test_rows_without_numbers_are_left_out_and_counted(measure, y, guess):
    guess = np.hstack([guess, guess]) if np.ndim(y) == 2 else guess
    with pytest.warns(KerasfluxWarning, match="left out 1 of 3 rows"):
        found = measure(y, guess, [1.0, 5.0, 2.0])
    assert found == pytest.approx(measure([1.0, 3.0], [1.0, 2.0], [1.0, 2.0]))


def test_rows_without_a_predicted_label_are_left_out_and_counted():
    with pytest.warns(KerasfluxWarning, match="left out 1 of 3 rows"):
        assert accuracy(["a", "b", "b"], ["a", None, "a"]) == 0.5


def test_values_per_row_stay_with_their_rows_where_some_are_missing():
    values = accuracy.per_observation(["a", None, "b"], ["a", "b", "a"])
    assert values.tolist()[::2] == [1.0, 0.0]
    assert np.isnan(values[1])
    judged = l1.judged([1.0, 2.0, None], [2.0, np.nan, 3.0], [1.0, 1.0, 1.0])
    assert (judged.value, judged.left_out, judged.weight) == (1.0, 2, 1.0)
    assert np.isnan(judged.per_row[1:]).all()


def test_rows_that_are_all_missing_are_refused():
    for call in (
        lambda: accuracy([None, None], ["a", "b"]),
        lambda: log_loss([None] * 4, P),
        lambda: l1([None, 1.0], [1.0, np.nan]),
        lambda: multitarget_accuracy(
            {"u": ["a", None], "v": [None, "b"]}, {"u": ["a", "b"], "v": ["a", "b"]}
        ),
    ):
        with pytest.raises(MeasureError) as caught:
            call()
        assert caught.value.failed
    with pytest.raises(MeasureError, match="no row with both a truth and a prediction") as caught:
        l1([None, 1.0], [1.0, np.nan])
    assert "1 without a truth, 1 without a prediction" in caught.value.received
    assert caught.value.rows.tolist() == [0, 1]


def test_columns_of_other_lengths_and_shapes_are_refused():
    with pytest.raises(MeasureError, match=r"shape \(3,\)"):
        accuracy(["a", "b"], ["a", "b", "a"])
    with pytest.raises(MeasureError, match="don't fit"):
        log_loss(LABELS[:3], P)
    with pytest.raises(MeasureError, match="don't fit"):
        l2(np.zeros((3, 2)), np.zeros(3))
    with pytest.raises(MeasureError, match="one column of labels"):
        accuracy(pd.DataFrame({"a": LABELS, "b": LABELS}), LABELS)
    with pytest.raises(MeasureError, match="one column of labels"):
        accuracy(np.array([LABELS, LABELS]), LABELS)
    with pytest.raises(MeasureError, match="one column of labels"):
        accuracy("ham", LABELS)
    with pytest.raises(MeasureError, match="compares numbers"):
        l2(np.zeros((2, 2, 2)), np.zeros((2, 2, 2)))


@pytest.mark.parametrize("measure", ONE_TARGET, ids=repr)
def test_no_rows_are_refused(measure):
    guess = P[:0] if measure in OF_DISTRIBUTIONS else []
    with pytest.raises(MeasureError, match="no rows"):
        measure([], guess)


def test_labels_of_different_kinds_are_refused():
    with pytest.raises(MeasureError, match="a string is never a number"):
        accuracy(["1", "2"], [1, 2])


def test_rows_shuffled_on_one_side_only_are_refused():
    y = pd.Series(LABELS, index=[3, 2, 1, 0])
    p = UnivariateFiniteVector(np.asarray(P), P.levels, index=pd.RangeIndex(4))
    with pytest.raises(MeasureError, match=r"y_true\.loc\[y_pred\.index\]"):
        log_loss(y, p)
    assert log_loss(y.loc[p.index], p) == log_loss(LABELS[::-1], P)
    assert log_loss(y.to_numpy(), p) == log_loss(LABELS, P)
    with pytest.raises(MeasureError, match=r"y_true\.set_axis\(y_pred\.index\)"):
        log_loss(y.set_axis(range(10, 14)), p)
    with pytest.raises(MeasureError, match="another index"):
        l1(pd.Series([1.0, 2.0]), pd.Series([1.0, 2.0], index=[1, 0]))
    with pytest.raises(MeasureError, match="sample_weight"):
        l1(pd.Series([1.0, 2.0]), [1.0, 2.0], pd.Series([1.0, 2.0], index=[1, 0]))


@pytest.mark.parametrize(
    "weights",
    [
        [1, 1, 1],
        [1, 1, 1, -1],
        [1, 1, 1, np.nan],
        [1, 1, 1, np.inf],
        [0, 0, 0, 0],
        [[1]] * 4,
        "heavy",
    ],
)
def test_sample_weights_that_can_not_be_used_are_refused(weights):
    with pytest.raises(WeightsError) as caught:
        accuracy(LABELS, LABELS, sample_weight=weights)
    assert caught.value.remedy


@pytest.mark.parametrize(
    "weights",
    [{"ham": -1}, {"ham": np.nan}, {"ham": "1"}, {"ham": True}, {None: 1}, [1, 1], "balanced"],
)
def test_class_weights_that_can_not_be_used_are_refused(weights):
    with pytest.raises(WeightsError) as caught:
        accuracy(LABELS, LABELS, class_weight=weights)
    assert caught.value.remedy


def test_weights_of_unknown_classes_are_refused_and_the_nearest_offered():
    with pytest.raises(WeightsError, match="did you mean 'spam'"):
        accuracy(LABELS, LABELS, class_weight={"spm": 2})


def test_numbers_have_no_classes_to_weigh():
    with pytest.raises(MeasureError, match="takes no `class_weight`"):
        l2([1.0], [1.0], class_weight={1.0: 2})


# the confusion matrix


def test_true_classes_are_in_rows():
    cm = confusion_matrix(list("aab"), list("abb"))
    assert isinstance(cm, ConfusionMatrix)
    assert cm.matrix.tolist() == [[1, 1], [0, 1]]
    assert cm["a", "b"] == 1
    assert cm["b", "a"] == 0
    assert cm.matrix.dtype.kind == "i"


def test_the_whole_pool_is_shown_in_its_order():
    guess = pd.Categorical(["b", "b"], categories=["c", "b", "a"])
    cm = confusion_matrix(["b", "a"], guess)
    assert cm.levels == ("c", "b", "a")
    assert cm.matrix.tolist() == [[0, 0, 0], [0, 1, 0], [0, 1, 0]]


def test_weights_are_summed_in_the_cells():
    cm = confusion_matrix(list("aab"), list("abb"), [0.5, 2, 1], {"b": 3})
    assert cm.matrix.tolist() == [[0.5, 2.0], [0.0, 3.0]]


def test_a_confusion_matrix_has_no_value_per_row():
    with pytest.raises(MeasureError, match="no value for a single row"):
        confusion_matrix.per_observation(["a"], ["a"])


def test_a_confusion_matrix_is_a_table_and_an_array():
    cm = confusion_matrix([0, 1, 1], [0, 0, 1])
    frame = cm.to_frame()
    assert (frame.index.name, frame.columns.name) == ("true", "predicted")
    assert frame.loc[1, 0] == cm[1, 0] == cm[np.int64(1), 0] == 1
    assert np.asarray(cm).trace() == 2
    frame.loc[1, 0] = 7
    np.array(cm)[0, 0] = 7
    assert cm.matrix.tolist() == [[1, 0], [1, 1]]
    with pytest.raises(ValueError, match="read-only"):
        cm.matrix[0, 0] = 7


def test_confusion_matrices_are_compared_copied_and_pickled():
    cm = confusion_matrix(list("aab"), list("abb"))
    assert cm == pickle.loads(pickle.dumps(cm)) == copy.deepcopy(cm)
    assert cm != confusion_matrix(list("aab"), list("aab"))
    assert cm != "cm"


def test_confusion_matrices_over_other_levels_are_not_added():
    with pytest.raises(MeasureError, match="other levels"):
        ConfusionMatrix([[1]], ["a"]) + ConfusionMatrix([[1]], ["b"])
    with pytest.raises(TypeError):
        ConfusionMatrix([[1]], ["a"]) + 1


def test_a_confusion_matrix_is_read_by_two_labels_that_it_has():
    cm = confusion_matrix(list("aab"), list("abb"))
    with pytest.raises(UnseenLevel):
        cm["a", "z"]
    with pytest.raises(MeasureError, match=r"cm\[true, predicted\]"):
        cm["a"]
    with pytest.raises(MeasureError, match="a row and a column per level"):
        ConfusionMatrix([[1, 2]], ["a", "b"])


def test_a_confusion_matrix_is_shown_everywhere():
    cm = confusion_matrix(["<a>", "<a>", "[/b]"], ["<a>", "[/b]", "[/b]"])
    assert repr(cm).splitlines() == [
        "true \\ predicted   <a>   [/b]",
        "<a>                  1      1",
        "[/b]                 0      1",
    ]
    assert "&lt;a&gt;" in cm._repr_html_()
    console = Console(width=80)
    with console.capture() as captured:
        console.print(cm)
    assert "[/b]" in captured.get()


def test_large_counts_are_written_out():
    assert "1,234,567" in repr(ConfusionMatrix([[1234567]], ["a"]))
    assert "0.25" in repr(ConfusionMatrix([[0.25]], ["a"]))


def test_many_levels_are_cut_and_said():
    cm = ConfusionMatrix(np.eye(30, dtype=int), range(30))
    assert repr(cm).splitlines()[-1] == "... 10 more levels (see .to_frame())"
    assert "10 more levels" in cm._repr_html_()


def test_a_confusion_matrix_is_drawn():
    figure = confusion_matrix(list("aab"), list("abb")).plot(title="letters")
    assert [text.get_text() for text in figure.axes[0].texts] == ["1", "1", "1"]


def test_the_islands_import_neither_tensorflow_nor_the_machine():
    code = """
import sys
import kerasflux.predictions, kerasflux.scoring.measures, kerasflux.resampling
import kerasflux.control.stopping, kerasflux.search.ranges
from kerasflux.scoring.measures import confusion_matrix
repr(confusion_matrix([1, 2], [1, 1]))
loaded = {name.split(".")[0] for name in sys.modules}
assert not loaded & {"tensorflow", "keras", "sklearn", "matplotlib"}, loaded
assert not {"kerasflux.machines", "kerasflux.interface", "kerasflux.training"} & set(sys.modules)
"""
    subprocess.run([sys.executable, "-c", code], check=True)


def test_many_values_are_told_by_type_and_number_not_printed():
    labels = pd.Series(pd.Categorical(["no", "yes"] * 30))
    with pytest.raises(MeasureError, match="judges distributions") as caught:
        measures.log_loss(labels, labels)
    assert caught.value.received == "Series of length 60"


@pytest.mark.parametrize("weights", [None, [1.0, 0.0, 3.0]])
def test_a_measure_judges_all_rows_and_each_in_one_go_as_it_does_apart(weights):
    p = UnivariateFiniteVector([[0.9, 0.1], [0.35, 0.65], [0.5, 0.5]], levels=["ham", "spam"])
    y = ["ham", "spam", "spam"]
    judged = log_loss.judged(y, p, weights)
    assert judged.value == log_loss(y, p, sample_weight=weights)
    assert np.array_equal(judged.per_row, log_loss.per_observation(y, p))
    assert (judged.left_out, judged.positive) == (0, None)
    assert judged.weight == (3 if weights is None else 4)
    assert confusion_matrix.judged(y, p.mode(), weights).per_row is None
