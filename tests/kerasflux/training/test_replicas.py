"""Training on several logical devices gives what one device gives."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

TESTS = Path(__file__).parents[2]
SCRIPT = TESTS / "processes" / "several_devices.py"


# The script's other cases are of the same parts; `make accept` compares them too.
COMPARED = [
    *("dropout, adam", "batch normalisation", "embedding", "augmentation"),
    *("noise, regularised, averaged", "accumulated gradients"),
    *("five rows on three devices", "a row a batch"),
]
REFUSED = {
    "activity regulariser": "`activity_regularizer` or `add_loss` in dense",
    "own normalisation": "each would keep statistics of its own rows",
    "xla": "`jit='xla'` is for a single device",
    "missing device": "/device:CPU:7, which TensorFlow does not see",
}
OTHERS = [
    *("machines", "warm restart", "switched", "scaled losses", "recurrent", "seeds", "threads"),
    *("files", *REFUSED),
]


@pytest.fixture(scope="module")
def told(tmp_path_factory):
    """What a process with three devices found."""
    folder = tmp_path_factory.mktemp("devices")
    file = folder / "told.json"
    done = subprocess.run(
        [sys.executable, str(SCRIPT), str(file), str(folder), *COMPARED, *OTHERS],
        env={**os.environ, "PYTHONPATH": f"{TESTS.parent}{os.pathsep}{TESTS}"},
        capture_output=True,
        text=True,
        timeout=600,
    )
    assert done.returncode == 0, done.stderr[-2000:]
    return {**json.loads(file.read_text()), "printed": done.stdout}


@pytest.mark.parametrize("case", COMPARED)
def test_weights_and_losses_are_those_of_one_device(told, case):
    assert told[case] < 2e-6


def test_machines_learn_and_predict_the_same_and_record_their_devices(told):
    found = told["machines"]
    assert found["gap"] < 1e-6
    assert found["learned"] < 1e-6
    assert found["device"] == "2 x CPU"


def test_going_on_gives_the_bits_of_one_go(told):
    assert told["warm restart"] is True


def test_training_goes_on_under_another_strategy_and_says_so(told):
    assert told["switched"]["gap"] < 2e-6
    assert told["switched"]["model"] == (
        "Acceleration(strategy=('/device:CPU:1', '/device:CPU:2'))"
    )
    assert "acceleration changed: from now on the last bits may differ" in told["printed"]
    assert "continued (4: epochs 2 -> 4, acceleration.strategy 'cpu' ->" in told["printed"]


def test_scaled_losses_go_as_on_one_device(told):
    assert told["scaled losses"]["gap"] < 1e-3  # computed in 16 bits, on batches of other sizes
    assert told["scaled losses"]["scale"] == 2.0**15


def test_threads_share_devices(told):
    assert told["threads"] is True


def test_images_in_files_are_shared_out_too(told):
    assert told["files"]["gap"] < 2e-6
    assert told["files"]["device"] == "2 x CPU"


def test_dropout_within_recurrent_layers_is_drawn_by_replica(told):
    assert told["recurrent"]["finite"]
    assert 1e-4 < told["recurrent"]["apart"] < 0.5
    first, second, *states = told["seeds"]
    assert first != second
    assert states[0] == states[1]


@pytest.mark.parametrize(("case", "said"), REFUSED.items())
def test_what_several_devices_cant_do_is_refused(told, case, said):
    assert said in told[case]
