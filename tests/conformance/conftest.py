"""Parametrisation by rows: a test that asks for `row`, `supervised`... gets each of them."""

from conformance import models

_ROWS = {
    "row": models.ROWS,
    "supervised": models.SUPERVISED,
    "tabular": models.TABULAR,
    "onetarget": [row for row in models.SUPERVISED if row.name != "multitarget"],
    "predicting": [row for row in models.TABULAR if row.verb == "predict"],
    "classifying": [row for row in models.ROWS if row.name in ("classifier", "binary", "image")],
}


def pytest_generate_tests(metafunc):
    for name, rows in _ROWS.items():
        if name in metafunc.fixturenames:
            metafunc.parametrize(name, rows, ids=[row.name for row in rows])
