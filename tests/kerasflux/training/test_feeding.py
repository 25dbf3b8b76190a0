"""Chunks of inputs that are read when needed: what is in them, when they are read, how they end."""

import threading
import time

import numpy as np
import pytest

from kerasflux.training import feeding
from kerasflux.training.feeding import chunk_length, chunks, is_lazy, kept
from kerasflux.training.graphs import inference_batch


class Toy:
    """Rows of an array that remember when they were read, and may fail."""

    def __init__(self, array, fails_at=None, seconds=0.0):
        self.array, self.fails_at, self.seconds = array, fails_at, seconds
        self.reads = []

    shape = property(lambda self: self.array.shape)
    dtype = property(lambda self: self.array.dtype)

    def __len__(self):
        return len(self.array)

    def read(self, rows):
        self.reads.append(np.array(rows))
        time.sleep(self.seconds)
        if self.fails_at in rows:
            raise OSError(f"row {self.fails_at} is gone")
        return self.array[rows]


@pytest.fixture(autouse=True)
def small_budget(monkeypatch):
    monkeypatch.setattr(feeding, "BUDGET", 4 * 60)


ARRAY = np.arange(100, dtype=np.uint8).reshape(20, 5)
BESIDE = np.arange(20.0)[:, None]
ORDER = np.random.default_rng(3).permutation(20)


def readers():
    return [t for t in threading.enumerate() if t.name.startswith("kerasflux-reader")]


def test_chunks_hold_the_rows_of_the_order_in_whole_batches():
    inputs = (Toy(ARRAY), BESIDE)
    with chunks(inputs, ORDER, batch_size=2) as parts:
        found = list(parts)
    assert [len(chunk.rows) for chunk in found] == [4, 4, 4, 4, 4]
    assert (np.concatenate([chunk.rows for chunk in found]) == ORDER).all()
    for k, source in enumerate((ARRAY, BESIDE)):
        assert (np.concatenate([chunk.inputs[k] for chunk in found]) == source[ORDER]).all()


def test_the_last_chunk_is_short_and_a_batch_may_be_larger_than_the_budget():
    with chunks((Toy(ARRAY),), ORDER, batch_size=17) as parts:
        assert [len(chunk.rows) for chunk in parts] == [17, 3]


def test_no_rows_are_one_chunk_of_none():
    with chunks((Toy(ARRAY),), ORDER[:0], batch_size=4) as parts:
        (chunk,) = parts
    assert chunk.inputs[0].shape == (0, 5)


def test_the_length_of_a_chunk_depends_on_shapes_and_batch_size_alone():
    assert chunk_length((Toy(ARRAY),), 4) == chunk_length((ARRAY[:3],), 4) == 12
    assert chunk_length((Toy(ARRAY),), 5) == 10
    assert chunk_length((Toy(ARRAY.astype(np.float32)),), 2) == 2


def test_one_chunk_is_read_ahead_and_no_more():
    toy = Toy(ARRAY)
    with chunks((toy,), ORDER, batch_size=4) as parts:
        next(parts)
        deadline = time.monotonic() + 10
        while len(toy.reads) < 2 and time.monotonic() < deadline:
            time.sleep(0.001)
        time.sleep(0.05)
        assert [len(rows) for rows in toy.reads] == [12, 8]  # the second while the first is used
    toy = Toy(ARRAY)
    with chunks((toy,), ORDER, batch_size=1) as parts:
        next(parts)
        time.sleep(0.05)
        assert len(toy.reads) <= 2


def test_what_fails_while_reading_ahead_is_raised_when_its_chunk_is_asked_for():
    toy = Toy(ARRAY, fails_at=int(ORDER[13]))
    with chunks((toy,), ORDER, batch_size=4) as parts:
        assert (next(parts).rows == ORDER[:12]).all()
        with pytest.raises(OSError, match="is gone"):
            next(parts)
    assert not readers()


@pytest.mark.parametrize("error", [KeyboardInterrupt, ValueError, GeneratorExit])
def test_the_reading_thread_ends_however_the_context_is_left(error):
    toy = Toy(ARRAY, seconds=0.02)

    def leave():
        with chunks((toy,), ORDER, batch_size=1) as parts:
            next(parts)
            assert readers()
            raise error

    with pytest.raises(error):
        leave()
    assert not readers()
    assert len(toy.reads) <= 2


def test_lazy_inputs_within_the_budget_are_kept_as_arrays(monkeypatch):
    small, large = (Toy(ARRAY[:4]), BESIDE[:4]), (Toy(ARRAY), BESIDE)
    assert is_lazy(small)
    assert not is_lazy(kept(small))
    assert (kept(small)[0] == ARRAY[:4]).all()
    assert kept(large) is large
    arrays = (np.zeros((1000, 5)),)
    assert kept(arrays) is arrays


def test_fewer_large_images_than_small_ones_are_measured_at_once():
    assert inference_batch((np.zeros((2, 64, 64, 1), np.uint8),)) == 1024
    assert inference_batch((Toy(np.zeros((2, 64, 64, 3), np.uint8)),)) == 32
    assert inference_batch((np.zeros((2, 5)), np.zeros((2, 64, 65)))) == 32
