"""The computer and the versions that figures belong to."""

from __future__ import annotations

import datetime
import importlib.metadata
import os
import platform
import re
import subprocess
from pathlib import Path

PACKAGES = (
    "kerasflux",
    "tensorflow",
    "keras",
    "numpy",
    "pandas",
    "scikit-learn",
    "scikeras",
    "torch",
    "jax",
    "psutil",
)


def described() -> dict[str, str]:
    """What figures depend on, as text by name."""
    facts = {
        "date": datetime.datetime.now(datetime.UTC).strftime("%Y-%m-%d %H:%M UTC"),
        "system": f"{platform.system()} {platform.machine()}, Python {platform.python_version()}",
        "processor": f"{_processor()}, {_usable_cores()} logical cores",
        "memory": _memory(),
        "GPU": ", ".join(gpus()) or "none",
        "load before": _load(),
    }
    return {**facts, "versions": ", ".join(map(_version, PACKAGES)), "commit": _commit()}


def device_kind() -> str:
    """`cpu`, or a GPU's name as part of a file's name."""
    found = gpus()
    return re.sub(r"[^a-z0-9]+", "-", found[0].lower()).strip("-") if found else "cpu"


def gpus() -> list[str]:
    """The names of the GPUs that TensorFlow sees."""
    import tensorflow as tf

    devices = tf.config.list_physical_devices("GPU")
    details = map(tf.config.experimental.get_device_details, devices)
    return [d.get("device_name", "GPU") for d in details]


def _processor() -> str:
    try:
        text = Path("/proc/cpuinfo").read_text()
    except OSError:
        return platform.processor() or "unknown processor"
    found = re.search(r"^model name\s*:\s*(.+)$", text, re.MULTILINE)
    return found[1] if found else platform.processor() or "unknown processor"


def _usable_cores() -> int:
    """The cores that this process may use."""
    usable = getattr(os, "sched_getaffinity", None)
    return len(usable(0)) if usable else os.cpu_count() or 0


def _memory() -> str:
    try:
        size = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    except (AttributeError, ValueError, OSError):
        return "unknown"
    return f"{size / 2**30:.0f} GiB"


def _load() -> str:
    """How busy the computer was: other work makes every side slower."""
    if not hasattr(os, "getloadavg"):
        return "unknown"
    return f"{os.getloadavg()[0]:.1f} processes over the last minute"


def _version(package: str) -> str:
    try:
        return f"{package} {importlib.metadata.version(package)}"
    except importlib.metadata.PackageNotFoundError:
        return f"{package} not installed"


def _commit() -> str:
    command = ["git", "describe", "--always", "--dirty", "--abbrev=10"]
    try:
        done = subprocess.run(
            command, cwd=Path(__file__).parent, capture_output=True, text=True, check=True
        )
    except (OSError, subprocess.CalledProcessError):
        return "unknown"
    return done.stdout.strip()
