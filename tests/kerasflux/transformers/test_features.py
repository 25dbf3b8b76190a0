"""Which columns a transformer treats: all that it can, those named, those not named."""

import pandas as pd
import pytest

import kerasflux as kf

X = pd.DataFrame(
    {
        "size": [1.0, 2.0, 4.0],
        "area": [10.0, 20.0, 60.0],
        "rooms": [1, 2, 4],
        "town": pd.Categorical(["Ox", "Ur", "Ox"]),
    }
)


def treated(**options):
    return kf.machine(kf.Standardizer(**options), X).fit(verbosity=0).report["features_treated"]


def test_all_columns_that_can_be_are_treated_by_default():
    assert treated() == ["size", "area"]
    assert treated(count=True) == ["size", "area", "rooms"]


def test_columns_are_named_alone_in_lists_or_by_a_function():
    assert treated(features="size") == ["size"]
    assert treated(features=["area", "size"]) == ["size", "area"]
    assert treated(features=lambda name: name.startswith("a")) == ["area"]


def test_a_named_column_is_treated_whatever_the_flags_say():
    assert treated(features=["rooms"]) == ["rooms"]


def test_a_function_of_names_chooses_among_those_that_can_be_treated():
    assert treated(features=lambda name: True) == ["size", "area"]


def test_named_columns_are_left_alone_with_ignore():
    assert treated(features=["size"], ignore=True) == ["area"]
    assert treated(features=lambda name: name == "area", ignore=True) == ["size"]


def test_to_ignore_nothing_in_particular_is_refused():
    with pytest.raises(kf.HyperparameterError, match="ignore=False"):
        kf.Standardizer(ignore=True)


def test_a_name_that_no_column_has_is_refused_before_anything_is_learned():
    with pytest.raises(kf.ArgumentError, match="did you mean 'size'"):
        kf.machine(kf.Standardizer(features=["sise"]), X)


def test_a_named_column_that_cannot_be_treated_is_refused_before_anything_is_learned():
    with pytest.raises(kf.ScitypeMismatch, match="'town'") as caught:
        kf.machine(kf.Standardizer(features=["size", "town"]), X)
    assert list(caught.value.columns) == ["town"]
    with pytest.raises(kf.ScitypeMismatch, match=r"kf\.Multiclass"):
        kf.machine(kf.OneHotEncoder(features=["rooms"]), X)
    with pytest.raises(kf.ScitypeMismatch, match=r"kf\.ScientificDate"):
        kf.machine(kf.DateTimeEncoder(features=["rooms"]), X)


@pytest.mark.parametrize("features", [3, {"size": 1}, [["size", "area"]], None])
def test_what_names_no_columns_is_refused(features):
    with pytest.raises(kf.HyperparameterError, match="names"):
        kf.Standardizer(features=features)


def test_an_index_of_names_names_columns():
    assert treated(features=X.columns[:2]) == ["size", "area"]


def test_a_function_of_names_is_refused_when_saving_by_its_path(tmp_path):
    mach = kf.machine(kf.Standardizer(features=lambda name: True), X).fit(verbosity=0)
    with pytest.raises(kf.StorageError, match="features"):
        mach.save(tmp_path / "m")


def test_later_data_has_to_have_every_column():
    mach = kf.machine(kf.FeatureSelector(features=["size"]), X).fit(verbosity=0)
    assert list(mach.transform(X[["town", "rooms", "area", "size"]]).columns) == ["size"]
    with pytest.raises(kf.SchemaMismatch, match="town"):
        mach.transform(X.drop(columns="town"))


def test_a_selector_keeps_or_drops_in_the_order_of_the_table():
    def kept(**options):
        return list(kf.machine(kf.FeatureSelector(**options), X).fit(verbosity=0).transform(X))

    assert kept() == ["size", "area", "rooms", "town"]
    assert kept(features=["town", "area"]) == ["area", "town"]
    assert kept(features=["town", "area"], ignore=True) == ["size", "rooms"]
    assert kept(features=lambda name: "o" in name) == ["rooms", "town"]


def test_a_selector_takes_columns_of_any_kind():
    text = X.assign(note=["a", "b", "c"], thing=[object()] * 3)
    mach = kf.machine(kf.FeatureSelector(features=["note", "thing"], ignore=True), text)
    assert list(mach.fit(verbosity=0).transform(text).columns) == list(X.columns)


def test_what_was_learned_does_not_hold_on_to_the_data():
    model = kf.FeatureSelector(features=["size"])
    for place in model.fit(model.prepare(X)).state.places:
        for column in (place.column, *place.outputs):
            assert column.profile.missing is None  # not counted, as nothing is there to count
