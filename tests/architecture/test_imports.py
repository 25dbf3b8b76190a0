"""What gets loaded when: the packages import fast, TensorFlow waits for the first tensor."""

import ast
import importlib
import subprocess
import sys
from pathlib import Path

import pytest


def loaded(code):
    """The top-level modules that a fresh process has loaded after running some code."""
    program = f"{code}\nimport sys; print(*sorted({{m.split('.')[0] for m in sys.modules}}))"
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    return set(done.stdout.split())


def test_scitypes_loads_no_other_library_of_data_or_networks():
    heavy = {"tensorflow", "keras", "sklearn", "matplotlib", "rich"}
    heavy |= {"polars", "pyarrow", "narwhals"}
    assert not loaded("import scitypes") & heavy


def test_kerasflux_is_lazy():
    assert not loaded("import kerasflux") & {"tensorflow", "keras", "pandas", "numpy"}


def test_models_are_made_printed_and_compared_without_tensorflow():
    code = """
import kerasflux as kf
a = kf.NeuralNetworkClassifier(builder=kf.MLP(hidden=(8,)), optimiser="sgd", loss="cross_entropy")
b = kf.ImageClassifier(optimiser=kf.optimisers.Adam(learning_rate=0.01))
print(a, b, a == b, a == kf.NeuralNetworkClassifier())
a.optimiser.learning_rate = 0.5
a.optimiser.learning_rate = kf.schedules.Cosine(epochs=9)
print(a, a.optimiser.rate_at(3), a.optimiser.learning_rate.to_frame(3))
"""
    assert not loaded(code) & {"tensorflow", "keras"}


def test_composites_are_made_printed_and_bound_without_tensorflow():
    code = """
import kerasflux as kf, pandas as pd
pipe = kf.FillImputer() | kf.Standardizer() | kf.NeuralNetworkRegressor()
model = kf.TransformedTargetModel(pipe, "log")
print(kf.machine(model, pd.DataFrame({"a": [1.5, 2.5]}), [1.0, 2.0]))
"""
    assert not loaded(code) & {"tensorflow", "keras", "sklearn"}


@pytest.mark.parametrize(
    "code",
    [
        "kf.log_loss; kf.accuracy([1, 2], [1, 2]); kf.confusion_matrix([1, 2], [1, 1])",
        "list(kf.CV(nfolds=3).__dict__); kf.EarlyStopper(kf.Patience(3)).done(1.0)",
        "kf.log_range(1, 10); kf.UnivariateFiniteVector([[0.1, 0.9]], ['a', 'b'])",
    ],
)
def test_the_pure_islands_never_load_tensorflow(code):
    assert not loaded(f"import kerasflux as kf; {code}") & {"tensorflow", "keras"}


def test_every_public_name_works_twice_after_importing_every_module():
    code = """
import importlib, pkgutil, kerasflux, scitypes
for package in (scitypes, kerasflux):
    for module in pkgutil.walk_packages(package.__path__, package.__name__ + "."):
        importlib.import_module(module.name)
for package in (scitypes, kerasflux):
    first = {name: getattr(package, name) for name in package.__all__}
    assert all(first[name] is getattr(package, name) for name in package.__all__)
    assert not [n for n, v in first.items() if type(v).__name__ == "module"
                and n not in ("optimisers", "optimizers", "schedules", "loggers")]
"""
    loaded(code)


@pytest.mark.parametrize("package", ["kerasflux", "scitypes"])
def test_editors_see_the_names_that_are_imported_at_their_first_use(package):
    module = importlib.import_module(package)
    tree = ast.parse(Path(module.__file__).read_text())
    seen = next(node for node in tree.body if isinstance(node, ast.If))
    imported = {
        alias.asname or alias.name
        for node in seen.body
        if isinstance(node, ast.ImportFrom)
        for alias in node.names
    }
    imported |= {node.targets[0].id for node in seen.body if isinstance(node, ast.Assign)}
    assert imported == set(module.__all__) - {"__version__"}
