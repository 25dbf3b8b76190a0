"""The code blocks of the README and of every page of the docs run, in order, page by page."""

import ast
import re
import shutil
import sys
from pathlib import Path

import pytest
from modes import in_the_graph_loop

ROOT = Path(__file__).parents[1]
PAGES = sorted((ROOT / "docs").rglob("*.md"))
SHOWN = re.compile(r"^```python\n(.*?)^```\n+(?:```text\n(.*?)^```)?", re.MULTILINE | re.DOTALL)
# Pages that show what their code prints, without being executed where the site is made.
SHOWING = [
    ROOT / "README.md",
    *(
        ROOT / "docs" / f"{page}.md"
        for page in ("scitypes_guide", "recipes", "composition", "ensembles")
    ),
]
# Pages that train many networks a little, and show nothing of how.
LITTLE = {"refused.md", "models.md", "scikit_learn.md", "iteration.md", "devices.md"}
NUMBER = re.compile(r"-?\d[\d.,]*(?:e[-+]?\d+)?(?: ms| s\b)?")
FENCE = re.compile(r"^```(python|\{code-cell\})[^\n]*\n(.*?)^```", re.MULTILINE | re.DOTALL)


def blocks(page):
    """(line number, code, whether it is expected to raise) of each executable block."""
    text = page.read_text(encoding="utf-8")
    for match in FENCE.finditer(text):
        code, raises = match[2], "raises-exception" in match[2].split("\n\n")[0]
        code = re.sub(r"\A(---\n.*?\n---\n|(:[^\n]*\n)+)", "", code, flags=re.DOTALL)
        yield text[: match.start()].count("\n") + 2, code, raises


def run(code, line, page, namespace):
    """Execute a block as a cell: its line numbers are those of the page."""
    tree = ast.parse(code)
    ast.increment_lineno(tree, line - 1)
    exec(compile(tree, str(page), "exec"), namespace)


def test_the_worked_model_of_the_docs_is_the_one_that_the_conformance_tests_check():
    source = (ROOT / "tests" / "conformance" / "third_party.py").read_text(encoding="utf-8")
    code = source[source.index("import numpy") :].strip()
    assert code in (ROOT / "docs" / "third_party.md").read_text(encoding="utf-8")


def without_numbers(text):
    """The words of an output: numbers, times and the width of gaps vary between computers."""
    return [re.sub(r"\s+", " ", NUMBER.sub("#", line)).strip() for line in text.splitlines()]


@pytest.fixture
def beside_data(tmp_path, monkeypatch):
    """A folder of its own, with the files that the pages read."""
    for path in (ROOT / "docs" / "data").glob("*"):
        shutil.copy(path, tmp_path)
    monkeypatch.chdir(tmp_path)


def shows_what_its_code_prints(page, capsys):
    namespace = {"__name__": "__main__"}
    for code, shown in SHOWN.findall(page.read_text(encoding="utf-8")):
        run(code, 1, page.name, namespace)
        assert without_numbers(shown) == without_numbers(capsys.readouterr().out)


def runs(page, monkeypatch):
    module = type(sys)("__main__")
    monkeypatch.setitem(sys.modules, "__main__", module)
    if page.name in LITTLE:
        in_the_graph_loop(monkeypatch)
    for line, code, raises in blocks(page):
        if not raises:
            run(code, line, page, vars(module))
            continue
        with pytest.raises(Exception):  # noqa: B017  (the page shows which)
            run(code, line, page, vars(module))


RUN = [p for p in PAGES if "_build" not in p.parts and p not in SHOWING and any(blocks(p))]


def some(pages):
    return pytest.mark.parametrize("page", pages, ids=lambda p: str(p.relative_to(ROOT)))


# Workers of pytest-xdist take a class each: as one, all pages take as long as hundreds of tests.


@pytest.mark.usefixtures("beside_data")
class TestRecipes:
    @some([p for p in SHOWING if p.name == "recipes.md"])
    def test_a_page_shows_what_its_code_prints(self, page, capsys):
        shows_what_its_code_prints(page, capsys)


@pytest.mark.usefixtures("beside_data")
class TestPagesThatShowWhatTheyPrint:
    @some([p for p in SHOWING if p.name != "recipes.md"])
    def test_a_page_shows_what_its_code_prints(self, page, capsys):
        shows_what_its_code_prints(page, capsys)


@pytest.mark.usefixtures("beside_data")
class TestPagesOfOneHalf:
    @some(RUN[::2])
    def test_the_code_of_a_page_runs(self, page, monkeypatch):
        runs(page, monkeypatch)


@pytest.mark.usefixtures("beside_data")
class TestPagesOfTheOtherHalf:
    @some(RUN[1::2])
    def test_the_code_of_a_page_runs(self, page, monkeypatch):
        runs(page, monkeypatch)


def test_no_recipe_is_longer_than_thirty_lines():
    recipes = (ROOT / "docs" / "recipes.md").read_text(encoding="utf-8").split("\n## ")[1:]
    lengths = {r.split("\n")[0]: sum(c.count("\n") for c, _ in SHOWN.findall(r)) for r in recipes}
    assert len(lengths) == 10
    assert max(lengths.values()) <= 30, lengths
