"""Which worker of a cluster this process is, as the environment variable `TF_CONFIG` says.

The same script runs in all workers. The first one prints, and writes checkpoints; the others are
silent but for warnings. TensorFlow is not loaded for this.
"""

from __future__ import annotations

import json
import os
from typing import Any

from kerasflux.errors import EnvironmentMismatch

EXAMPLE = (
    '{"cluster": {"worker": ["10.0.0.1:2222", "10.0.0.2:2222"]}, '
    '"task": {"type": "worker", "index": 0}}'
)

TRAINS = ("chief", "worker")
"""The kinds of tasks that train, in the order in which they are counted."""


def number() -> int:
    """The number of this worker, from 0; 0 as well where there is no cluster.

    >>> number()
    0
    """
    try:
        cluster, kind, index = _read()
    except (KeyError, TypeError, ValueError):
        return 0
    return index + (len(cluster.get("chief", ())) if kind == "worker" else 0)


def refuse_no_cluster() -> None:
    """Refuse to train on a cluster that this process is no worker of.

    Raises:
        EnvironmentMismatch: `TF_CONFIG` is not set, can't be read, or says that this process is no
            worker.
    """
    told = os.environ.get("TF_CONFIG")
    if not told:
        raise _no_cluster("`TF_CONFIG` is not set", "no environment variable TF_CONFIG")
    try:
        cluster, kind, index = _read()
        addresses = cluster[kind]
    except (KeyError, TypeError, ValueError):
        raise _no_cluster("`TF_CONFIG` can't be read", _short(told)) from None
    if kind not in TRAINS:
        raise _no_cluster(f"this process is a {kind!r}, which does not train", _short(told))
    if not 0 <= index < len(addresses):
        raise _no_cluster(f"there is no {kind} {index} among {len(addresses)}", _short(told))


def _read() -> tuple[dict[str, Any], str, int]:
    config = json.loads(os.environ.get("TF_CONFIG") or "{}")
    cluster, task = dict(config["cluster"]), config["task"]
    return cluster, str(task["type"]), int(task["index"])


def _short(text: str) -> str:
    return text if len(text) <= 200 else text[:197] + "..."


def _no_cluster(why: str, received: str) -> EnvironmentMismatch:
    return EnvironmentMismatch(
        f"Training on several machines was asked for, but {why}.",
        expected=f"TF_CONFIG={EXAMPLE}, the same cluster in each process and its own index",
        received=received,
        remedy="Set TF_CONFIG before the process starts, in each worker; or train on this machine "
        'alone: acceleration="auto".',
    )
