"""The site: MyST pages whose code is executed, and the API reference from docstrings."""

import os

# OpenMP, which scikit-learn's gradient boosting uses, else spins while it waits for busy cores.
os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")

project = "kerasflux"
author = "The kerasflux developers"
copyright = "2026, the kerasflux developers"

extensions = [
    "myst_nb",
    "sphinx.ext.autodoc",
    "sphinx.ext.autosummary",
    "sphinx.ext.napoleon",
    "sphinx.ext.viewcode",
    "sphinx_copybutton",
]

html_theme = "furo"
html_title = "kerasflux"
html_static_path = ["_static"]
html_css_files = ["custom.css"]
exclude_patterns = ["_build", "jupyter_execute", "data"]

myst_enable_extensions = ["colon_fence", "deflist"]
myst_heading_anchors = 3

nb_execution_mode = "force"
nb_execution_timeout = 300
nb_execution_in_temp = True
nb_execution_raise_on_error = True
nb_merge_streams = True

autodoc_member_order = "bysource"
autodoc_typehints = "none"  # the docstrings say more than the annotations
autodoc_default_options = {"members": True}
autosummary_generate = True
napoleon_google_docstring = True
napoleon_numpy_docstring = False
suppress_warnings = ["ref.python"]  # "loss" and "score", values of a trait, look like attributes
default_role = "code"  # single backticks in docstrings are code
copybutton_prompt_text = r">>> |\.\.\. |\$ "
copybutton_prompt_is_regexp = True
