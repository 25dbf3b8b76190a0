"""What all tests share: quiet TensorFlow, one Hypothesis profile, and the way to real data."""

import gc
import os
import signal
from collections import OrderedDict
from pathlib import Path

import pytest
from hypothesis import settings

import kerasflux as kf
from kerasflux.training.programs import GRAPH_PROGRAMS, PLANS, XLA_PROGRAMS

os.environ.setdefault("CUDA_VISIBLE_DEVICES", "-1")
# OpenMP, which scikit-learn's gradient boosting uses, else spins while it waits: for minutes where
# other processes have the cores.
os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")
# It trains on small tables here, where threads take longer to begin than to finish; and tests are
# as many processes as there are cores.
os.environ.setdefault("OMP_NUM_THREADS", "1")
os.environ["COLUMNS"] = "100"  # tables are as wide as the terminal that tests run in
kf.quiet()
# What a shell starts in the background ignores interrupts, which some tests send to themselves.
if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
    signal.signal(signal.SIGINT, signal.default_int_handler)

# Tests make more architectures in turn than a user does, so more of their programs are kept.
GRAPH_PROGRAMS.limit, XLA_PROGRAMS.limit, PLANS.limit = 64, 48, 256
# A trace leaves a million objects that live on; collecting among them as often as Python does for
# small programs takes a tenth of the time of all tests.
gc.set_threshold(100_000, 50, 100)

settings.register_profile("kerasflux", deadline=None, derandomize=True, max_examples=50)
settings.register_profile("accept", deadline=None, derandomize=True, max_examples=360)
settings.load_profile("kerasflux")


@pytest.fixture
def without_programs(monkeypatch):
    """Drops all programs when called, as `kf.programs.clear` does, until the test has ended.

    Later tests find them again, and compile nothing twice.
    """

    def drop() -> None:
        for cache in (GRAPH_PROGRAMS, XLA_PROGRAMS):
            monkeypatch.setattr(cache, "_idle", OrderedDict())
        monkeypatch.setattr(PLANS, "_values", OrderedDict())

    return drop


@pytest.fixture(scope="session")
def data_folder() -> Path:
    """The folder of real data that `KERASFLUX_DATA` names; tests of it are skipped without one."""
    folder = os.environ.get("KERASFLUX_DATA", "")
    if not folder or not Path(folder).is_dir():
        pytest.skip("real data: set KERASFLUX_DATA to a folder with mnist-10k.npz and the tables")
    return Path(folder)
