"""The tests at both ends of the supported versions, each in an environment of its own.

    python benchmarks/versions.py [oldest|newest] [-- PYTEST ARGUMENTS]

`oldest` pins every dependency to the lower bound that `pyproject.toml` states; `newest` takes what
is newest now, pre-releases left out.
"""

import re
import subprocess
import sys
import tomllib
import venv
from pathlib import Path

ROOT = Path(__file__).parents[1]
EXTRAS = ("plot", "sklearn", "optuna", "test")


def requirements():
    """Every requirement of the package and of what its tests need, as written."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    extras = (line for name in EXTRAS for line in project["optional-dependencies"][name])
    lines = [*project["dependencies"], *extras]
    return [line for line in lines if not line.startswith("kerasflux")]


def oldest(requirement):
    """`"pandas>=2.2"` becomes `"pandas==2.2.*"`: the first minor version that is supported."""
    name, bound = re.match(r"([A-Za-z0-9_-]+(?:\[.*\])?)>=([0-9.]+)", requirement).groups()
    parts = bound.split(".")
    return f"{name}=={bound}" if len(parts) > 2 else f"{name}=={bound}.*"


def run(end, arguments):
    """Make the environment of one end, install, and run the tests in it."""
    folder = ROOT / f".venv-{end}"
    venv.create(folder, with_pip=True, clear=False)
    pip = [folder / "bin" / "python", "-m", "pip", "install", "--quiet", "-e", "."]
    wanted = [oldest(r) for r in requirements()] if end == "oldest" else requirements()
    upgrade = ["--upgrade", "--upgrade-strategy", "eager"] if end == "newest" else []
    subprocess.run([*pip, *upgrade, *wanted], cwd=ROOT, check=True)
    print(f"== {end} ==", flush=True)
    tests = [folder / "bin" / "python", "-m", "pytest", "-n", "2", "--dist", "loadscope"]
    return subprocess.run([*tests, *arguments], cwd=ROOT).returncode


def main(arguments):
    ends = [a for a in arguments if a in ("oldest", "newest")] or ["oldest", "newest"]
    rest = [a for a in arguments if a not in ("oldest", "newest", "--")]
    return max(run(end, rest) for end in ends)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
