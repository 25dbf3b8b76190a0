"""Two processes on this computer, as the workers of a cluster, learn what one device learns."""

import json
import os
import socket
import subprocess
import sys
from pathlib import Path

import pytest

TESTS = Path(__file__).parents[2]
SCRIPT = TESTS / "processes" / "worker.py"


def free_ports(n):
    sockets = [socket.socket() for _ in range(n)]
    for one in sockets:
        one.bind(("127.0.0.1", 0))
    ports = [one.getsockname()[1] for one in sockets]
    for one in sockets:
        one.close()
    return ports


@pytest.fixture(scope="module")
def workers(tmp_path_factory):
    """What each of two workers found."""
    folder = tmp_path_factory.mktemp("workers")
    cluster = {"worker": [f"127.0.0.1:{port}" for port in free_ports(2)]}
    processes = []
    for index in range(2):
        config = json.dumps({"cluster": cluster, "task": {"type": "worker", "index": index}})
        path = f"{TESTS.parent}{os.pathsep}{TESTS}"
        processes.append(
            subprocess.Popen(
                [sys.executable, str(SCRIPT), str(folder / f"{index}.json"), str(folder)],
                env={**os.environ, "PYTHONPATH": path, "TF_CONFIG": config},
                stdout=subprocess.PIPE,
                stderr=subprocess.STDOUT,
                text=True,
            )
        )
    try:
        outputs = [process.communicate(timeout=200)[0] for process in processes]
    finally:
        for process in processes:
            process.kill()
    assert [p.returncode for p in processes] == [0, 0], "\n".join(o[-2000:] for o in outputs)
    return [json.loads((folder / f"{index}.json").read_text()) for index in range(2)]


@pytest.mark.parametrize("case", ["momentum", "adam", "accumulated"])
def test_workers_learn_alike_and_what_one_device_learns(workers, case):
    first, second = (worker[case] for worker in workers)
    assert first["gap"] < 2e-6
    assert first["digest"] == second["digest"]


def test_only_the_first_worker_prints(workers):
    first, second = (worker["printed"] for worker in workers)
    assert first.startswith("from scratch (2: never trained)")
    assert second == ""


def test_workers_agree_on_a_seed_that_nobody_gave(workers):
    assert workers[0]["seed"] == workers[1]["seed"]


def test_training_goes_on_without_the_cluster(workers):
    assert all(worker["alone"] < 2e-6 for worker in workers)


def test_only_the_first_worker_writes_checkpoints(workers):
    assert [worker["checkpoint"] for worker in workers] == [["checkpoint.kflux"], []]


def test_other_data_in_one_worker_is_refused_in_all(workers):
    for worker, received in zip(workers, ("elsewhere", "in this process"), strict=True):
        assert "don't train the same machine on the same data" in worker["different data"]
        assert received in worker["different data"]
