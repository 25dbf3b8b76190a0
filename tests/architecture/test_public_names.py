"""Public means listed: the public names of both packages are those of the API reference."""

import inspect
import re
from pathlib import Path

import pytest

import kerasflux
import scitypes

DOCS = Path(__file__).parents[2] / "docs"
DIRECTIVE = re.compile(
    r"^(?:py:data|autoclass|autofunction|autodata|autoexception)::\s+(\S+)", re.MULTILINE
)


def documented(package):
    """Names of a package that the API reference documents, each where it is owned."""
    text = (DOCS / "api.md").read_text(encoding="utf-8")
    return [
        name.removeprefix(f"{package}.")
        for name in DIRECTIVE.findall(text.replace("```{eval-rst}", "").replace(".. ", ""))
        if name.startswith(f"{package}.")
    ]


def public(package):
    """Public names; kerasflux shows those of scitypes again, which are documented there."""
    return {n for n in package.__all__ if not n.startswith("__")}


def test_the_reference_lists_the_public_names_of_scitypes_and_no_others():
    assert set(documented("scitypes")) == public(scitypes)


def test_the_reference_lists_the_public_names_of_kerasflux_and_no_others():
    both = {n for n in public(scitypes) if getattr(kerasflux, n, None) is getattr(scitypes, n)}
    own = public(kerasflux) - both  # `Never` is a scitype there and a stopping rule here
    listed = documented("kerasflux")
    assert {n for n in listed if "." not in n} == own
    for name in listed:
        if "." in name:
            module, _, attribute = name.rpartition(".")
            owner = __import__(f"kerasflux.{module}", fromlist=[attribute])
            assert hasattr(owner, attribute), name


def test_no_name_is_listed_twice():
    for package in ("scitypes", "kerasflux"):
        names = documented(package)
        assert len(names) == len(set(names))


@pytest.mark.parametrize("package", [scitypes, kerasflux], ids=lambda p: p.__name__)
def test_every_public_name_has_a_docstring(package):
    for name in public(package):
        value = getattr(package, name)
        own = value.__doc__ if callable(value) or inspect.ismodule(value) else type(value).__doc__
        assert (own or "").strip(), name


def errors(module):
    """The names of the exceptions that a module defines."""
    for name, value in vars(module).items():
        error = inspect.isclass(value) and issubclass(value, BaseException)
        if error and value.__module__ == module.__name__:
            yield name


def test_every_error_is_on_the_page_about_refusals():
    from kerasflux import errors as of_kerasflux
    from kerasflux import testing
    from kerasflux.drawing import errors as of_drawing
    from scitypes import errors as of_scitypes

    page = (DOCS / "refused.md").read_text(encoding="utf-8")
    modules = (of_scitypes, of_kerasflux, of_drawing, testing)
    names = {name for module in modules for name in errors(module) if not name.startswith("_")}
    assert {name for name in names if not re.search(rf"\b{name}\b", page)} == set()


def test_every_module_is_on_the_page_about_the_layout():
    page = (DOCS / "architecture.md").read_text(encoding="utf-8")
    files = [
        path
        for package in ("scitypes", "kerasflux")
        for path in (DOCS.parent / package).rglob("*.py")
        if path.stem != "__init__"
    ]
    assert [str(path) for path in files if f"`{path.stem}`" not in page] == []
