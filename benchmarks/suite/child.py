"""A job in a fresh process: `python -m suite.child NAME {"argument": ...}` prints JSON.

The job's module and all the libraries that its side needs are imported before its clock starts.
"""

from __future__ import annotations

import importlib
import json
import subprocess
import sys
from pathlib import Path
from typing import Any

FOLDER = Path(__file__).parents[1]
JOBS = {
    "folds": "suite.folds",
    "search": "suite.folds",
    "tuning": "suite.tuning",
    "reuse": "suite.memory",
    "evicted": "suite.memory",
    "keras_fits": "suite.memory",
}


def run(job: str, **arguments: Any) -> dict[str, Any]:
    """What a job of a fresh process found.

    Raises:
        RuntimeError: the process failed; with the end of what it said.
    """
    command = [sys.executable, "-m", "suite.child", job, json.dumps(arguments)]
    done = subprocess.run(command, cwd=FOLDER, capture_output=True, text=True)
    if done.returncode:
        raise RuntimeError(f"{job} {arguments} failed:\n{done.stderr[-2000:]}")
    return dict(json.loads(done.stdout.splitlines()[-1]))


def main(job: str, arguments: dict[str, Any]) -> None:
    import kerasflux as kf

    kf.quiet()
    module = importlib.import_module(JOBS[job])
    print(json.dumps(getattr(module, f"job_{job}")(**arguments)))


if __name__ == "__main__":
    main(sys.argv[1], json.loads(sys.argv[2]))
