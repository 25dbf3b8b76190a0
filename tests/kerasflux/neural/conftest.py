"""One case of each of the five neural models."""

import pytest
from neural_cases import KINDS, make


@pytest.fixture(params=KINDS)
def kind(request):
    return request.param


@pytest.fixture
def case(kind):
    """A model of each kind with its data, prepared: `(model, X, y, prepared)`."""
    model, X, y = make(kind)
    return model, X, y, model.prepare(X, y)
