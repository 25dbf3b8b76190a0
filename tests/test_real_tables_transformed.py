"""Transformers on real CSV files: later rows as the file has them, the schema said, the graph."""

import numpy as np
import pandas as pd
import pytest

import kerasflux as kf
from kerasflux.comparing import as_array, as_values, demand_equal, raw_tensors

FILES = ["Boston", "Titanic", "ames", "crabs", "diamonds", "iris", "penguins", "wa_churn"]
MODELS = [
    kf.Standardizer(count=True),
    kf.OneHotEncoder(),
    kf.ContinuousEncoder(),
    kf.FillImputer(),
]


@pytest.fixture(params=FILES)
def tables(request, data_folder):
    """Some rows of a file as they were read, and typed; without free text."""
    raw = pd.read_csv(data_folder / f"{request.param}.csv.gz", nrows=1500)
    typed = kf.coerce(raw, dict(kf.autotype(raw)), verbosity=0)
    schema = kf.schema(typed)
    kinds = map(kf.nonmissing, schema.scitypes)
    text = [n for n, kind in zip(schema.names, kinds, strict=True) if kind <= kf.Textual]
    return raw.drop(columns=text), typed.drop(columns=text)


@pytest.mark.parametrize("model", MODELS, ids=lambda model: type(model).__name__)
def test_raw_rows_schema_and_graph_agree_with_the_machine(model, tables):
    raw, typed = tables
    mach = kf.machine(model, typed).fit(verbosity=0)
    out = mach.transform()
    read = as_array(mach.transform(raw)).astype(float)
    assert np.allclose(read, as_array(out).astype(float), equal_nan=True)
    said, found = model.output_schema(kf.schema(typed)), kf.schema(out)
    assert (said.names, said.scitypes, said.pools) == (found.names, found.scitypes, found.pools)
    served = mach.fitted_model.serving(mach.fitted)(raw_tensors(typed, model))
    for name, values in raw_tensors(out, model).items():
        demand_equal(as_values(served[name]), as_values(values), name)
