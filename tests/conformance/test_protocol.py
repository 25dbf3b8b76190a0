"""Every model keeps every promise that third-party models are held to."""

import pytest
from conformance.models import NET, ROWS

from kerasflux.testing import CHECKS, Subject, _Inapplicable

PREDICTING = {row.name for row in ROWS if row.verb == "predict"}
# Checks that say nothing about a model, and why.
APART = {
    "keeps_the_container": {"image"},  # arrays of images have no index
    "reads_later_data": {"image"},  # nor columns
    "predicts_distributions": {"regressor", "multitarget", "embedder"},
    "is_evaluated": {"embedder"},
    "knows_its_output_schema": PREDICTING,
    "undoes_its_transform": {*PREDICTING, "embedder"},
    "serves_what_it_transforms": PREDICTING,
}


@pytest.mark.parametrize("check", CHECKS)
def test_the_promise_is_kept(row, check):
    subject = Subject(row.model(), row.X, row.y, (type(NET),))
    if row.name in APART.get(check, ()):
        with pytest.raises(_Inapplicable):
            CHECKS[check](subject)
        return
    CHECKS[check](subject)
