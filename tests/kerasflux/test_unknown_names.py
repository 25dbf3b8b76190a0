"""A misspelt public name is answered with the nearest one, and is still an AttributeError."""

import pytest

import kerasflux as kf


@pytest.mark.parametrize(
    ("module", "name", "offer"),
    [
        (kf.schedules, "Cosin", "did you mean 'Cosine'"),
        (kf.schedules, "cosine", "did you mean 'Cosine'"),
        (kf.schedules, "COSINERESTARTS", "did you mean 'CosineRestarts'?"),
        (kf, "NeuralNetworkClasifier", "'NeuralNetworkClassifier'"),
        (kf, "Adam", "kf.optimisers.Adam"),
        (kf, "CosineRestarts", "kf.schedules.CosineRestarts"),
        (kf.optimisers, "Adm", "did you mean 'Adam'"),
        (kf, "losses", 'loss="huber"'),
    ],
)
def test_a_misspelt_name_is_answered_with_the_right_one(module, name, offer):
    with pytest.raises(AttributeError, match="has no `") as caught:
        getattr(module, name)
    error = caught.value
    assert isinstance(error, kf.UnknownName)
    assert offer in error.remedy
    assert (error.received, error.name) == (name, name)
    assert error.expected


def test_schedules_are_expected_of_their_module_and_nothing_that_it_imports():
    with pytest.raises(kf.UnknownName) as caught:
        kf.schedules.Nowhere  # noqa: B018
    assert "Cosine, CosineRestarts" in caught.value.expected
    assert "Hyperparameters" not in caught.value.expected
    assert "_Bounded" not in caught.value.expected


@pytest.mark.parametrize("module", [kf, kf.schedules, kf.optimisers])
def test_what_tools_ask_modules_for_is_answered_plainly(module):
    assert not hasattr(module, "_repr_html_")
    with pytest.raises(AttributeError, match="has no attribute '__wrapped__'") as caught:
        module.__wrapped__  # noqa: B018
    assert not isinstance(caught.value, kf.UnknownName)
    assert not hasattr(module, "Nowhere")
    assert getattr(module, "Nowhere", 3) == 3


def test_importing_a_misspelt_name_is_an_import_error():
    with pytest.raises(ImportError, match="cannot import name 'Cosin'"):
        from kerasflux.training.schedules import Cosin  # noqa: F401
