"""The order of modules: each imports only from those above it, deferred imports counted."""

import ast
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]

# The rows of the architecture, top first. A module may import from earlier rows and, within its
# row, from modules listed before it or in the same package (cycles are looked for separately).
ROWS = [
    ["scitypes.errors", "scitypes.messages"],
    ["scitypes.lattice", "scitypes.notation"],
    ["scitypes.labels", "scitypes.pools"],
    ["scitypes.libraries", "scitypes.missingness", "scitypes.tables", "scitypes.partitions"],
    [
        *("scitypes.pixels", "scitypes.imagefiles", "scitypes.imagestores"),
        *("scitypes.images", "scitypes.imagefolders"),
    ],
    ["scitypes.holding", "scitypes.joining"],
    ["scitypes.levelling", "scitypes.matrices"],
    ["scitypes.inference"],
    [
        *("scitypes.outcomes", "scitypes.numerals", "scitypes.times", "scitypes.factors"),
        *("scitypes.conversions", "scitypes.sentinels", "scitypes.foreign", "scitypes.containers"),
        "scitypes.columnreading",
    ],
    [
        *("scitypes.profiles", "scitypes.schematables", "scitypes.drifts"),
        *("scitypes.differences", "scitypes.schemas"),
    ],
    ["scitypes.conformance"],
    [
        *("scitypes.arguments", "scitypes.columnrules", "scitypes.reading", "scitypes.coercion"),
        "scitypes.plans",
    ],
    ["scitypes.arrowcells", "scitypes.parquet"],
    ["scitypes.autorules", "scitypes.autotyping"],
    ["scitypes.drawn", "scitypes.strategies", "scitypes.accessor"],
    ["scitypes"],
    ["kerasflux.errors", "kerasflux.workers", "kerasflux.log", "kerasflux.calls"],
    [
        *("kerasflux.allowed", "kerasflux.structure", "kerasflux.fields"),
        *("kerasflux.jsonform", "kerasflux.cards", "kerasflux.hyperparameters"),
    ],
    ["kerasflux.storage", "kerasflux.drawing"],
    ["kerasflux.predictions"],
    ["kerasflux.scoring"],
    ["kerasflux.resampling"],
    ["kerasflux.control"],
    ["kerasflux.search"],
    ["kerasflux.training"],
    ["kerasflux.builders"],
    ["kerasflux.interface"],
    [
        *("kerasflux.neural.frontend", "kerasflux.neural.refusals", "kerasflux.neural.scaling"),
        *("kerasflux.neural.encoding", "kerasflux.neural.targets", "kerasflux.neural.outputs"),
        *("kerasflux.neural.network", "kerasflux.neural.learned", "kerasflux.neural.tensors"),
        *("kerasflux.neural.embedding", "kerasflux.neural.predicting", "kerasflux.neural.serving"),
        *("kerasflux.neural.defaults", "kerasflux.neural.engine"),
    ],
    ["kerasflux.neural"],
    [
        *("kerasflux.transformers", "kerasflux.baselines", "kerasflux.sklearn_records"),
        *("kerasflux.sklearn_data", "kerasflux.sklearn_files", "kerasflux.estimators"),
    ],
    [
        *("kerasflux.rows", "kerasflux.fingerprints", "kerasflux.portraits"),
        *("kerasflux.findings", "kerasflux.checks"),
        *("kerasflux.binding", "kerasflux.decisions", "kerasflux.fits"),
        *("kerasflux.archiving", "kerasflux.checkpoints", "kerasflux.machines"),
    ],
    ["kerasflux.forwarding"],
    ["kerasflux.composition"],
    [
        *("kerasflux.loggers", "kerasflux.rounding", "kerasflux.performance"),
        *("kerasflux.doubts", "kerasflux.planning", "kerasflux.folding", "kerasflux.evaluation"),
    ],
    ["kerasflux.wrappers"],
    ["kerasflux.catalog"],
    ["kerasflux.saving", "kerasflux.exporting"],
    ["kerasflux.interop", "kerasflux.comparing", "kerasflux.testing"],
]

# Conveniences over later rooms, one line each through the public window: those of `Machine`, and
# `a | b` of any two models, which is a pipeline.
WINDOW = {("kerasflux.machines", "kerasflux"), ("kerasflux.interface", "kerasflux")}

# Imported inside functions only: what costs seconds, or may not be installed.
HEAVY = {
    *("tensorflow", "keras", "sklearn", "matplotlib", "rich", "polars", "pyarrow", "IPython"),
    *("hypothesis", "joblib", "mlflow", "skops", "optuna"),
}
# Who imports `scitypes.strategies` is testing with hypothesis; pickles have to find the adapters.
ALLOWED = {
    *(("scitypes.strategies", "hypothesis"), ("scitypes.drawn", "hypothesis")),
    ("kerasflux.interop.adapters", "sklearn"),
}


def modules():
    for package in ("scitypes", "kerasflux"):
        for path in sorted((ROOT / package).rglob("*.py")):
            parts = path.relative_to(ROOT).with_suffix("").parts
            name = ".".join(parts[:-1] if parts[-1] == "__init__" else parts)
            yield name, path


NAMES = dict(modules())


def row_of(name):
    """The most specific row that names the module or a package around it."""
    fits = [
        (len(entry), i)
        for i, row in enumerate(ROWS)
        for entry in row
        if name == entry or name.startswith(f"{entry}.")
    ]
    return max(fits)[1] if fits else None


def imports(path):
    """(imported module, whether at import time) for each import of ours or of heavy libraries."""
    tree = ast.parse(path.read_text())
    top = {id(node) for node in tree.body} | {
        id(inner) for node in tree.body if isinstance(node, ast.Try) for inner in node.body
    }
    skipped = {
        id(inner)
        for node in tree.body
        if isinstance(node, ast.If) and "TYPE_CHECKING" in ast.unparse(node.test)
        for inner in ast.walk(node)
    }
    for node in ast.walk(tree):
        if id(node) in skipped:
            continue
        if isinstance(node, ast.Import):
            for alias in node.names:
                yield alias.name, id(node) in top
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path}: relative import"
            for alias in node.names:
                inner = f"{node.module}.{alias.name}"
                yield (inner if inner in NAMES else node.module), id(node) in top


def ours(name):
    return name.split(".")[0] in ("scitypes", "kerasflux")


@pytest.mark.parametrize("name", [n for n in NAMES if n not in ("scitypes", "kerasflux")])
def test_every_module_has_a_row_and_imports_only_from_above(name):
    here = row_of(name)
    assert here is not None, f"{name} stands in no row of the architecture"
    for imported, _ in imports(NAMES[name]):
        if not ours(imported) or (name, imported) in WINDOW:
            continue
        there = row_of(imported)
        assert there is not None, f"{name} imports {imported}, which stands in no row"
        assert there <= here, f"{name} imports {imported} from below its row"


def test_modules_import_each_other_in_no_cycle():
    graph = {
        name: {i for i, _ in imports(path) if i in NAMES and i != name}
        for name, path in NAMES.items()
        if name not in ("scitypes", "kerasflux")
    }
    for name, window in WINDOW:
        graph[name].discard(window)
    done, path = set(), []

    def visit(name):
        assert name not in path, f"import cycle: {' -> '.join([*path[path.index(name) :], name])}"
        if name in done:
            return
        path.append(name)
        for imported in graph.get(name, ()):
            visit(imported)
        path.pop()
        done.add(name)

    for name in graph:
        visit(name)


@pytest.mark.parametrize("name", list(NAMES))
def test_heavy_libraries_are_imported_inside_functions(name):
    for imported, at_import in imports(NAMES[name]):
        package = imported.split(".")[0]
        heavy = at_import and package in HEAVY and (name, package) not in ALLOWED
        assert not heavy, f"{name} imports {imported}"


def test_no_module_has_the_name_of_a_public_function():
    import kerasflux as kf

    submodules = {n.split(".")[1] for n in NAMES if n.startswith("kerasflux.")}
    assert submodules & set(kf.__all__) == {"loggers"}  # public as the module that it is
    submodules = {n.split(".")[1] for n in NAMES if n.startswith("scitypes.")}
    import scitypes as st

    assert not submodules & set(st.__all__)
