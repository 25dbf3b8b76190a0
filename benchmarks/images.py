"""Memory and time of training on images, in files or in memory: one process for each.

    python benchmarks/images.py FOLDER --where files --rows 2000

With `both` one process does them one after the other, which tells as much of memory, but not of
time. Prints JSON: how many MB of pixels there are, and by how many MB the process grew while it
trained and predicted, at its peak; seconds per epoch; and a digest of all bits that were learned.
The folder is filled with PNG files on first use.
"""

import argparse
import hashlib
import json
from pathlib import Path

import numpy as np
from PIL import Image

import kerasflux as kf

kf.quiet()

DISTINCT, SIDE = 30, 512
MEGABYTES = SIDE * SIDE * 3 / 2**20
"""What the pixels of one image take."""


@kf.builder
def pooled(n_in, n_out, n_channels):
    """Little to compute, so that reading is what is measured."""
    import keras
    from keras import layers

    return keras.Sequential([layers.AveragePooling2D(64), layers.Flatten(), layers.Dense(n_out)])


def files(folder, rows):
    """Paths, seeded; after `DISTINCT` of them the same come again."""
    small = np.random.default_rng(5).integers(0, 256, (DISTINCT, 16, 16, 3), dtype=np.uint8)
    paths = [Path(folder) / f"{i}.png" for i in range(DISTINCT)]
    for path, pixels in zip(paths, small.repeat(32, axis=1).repeat(32, axis=2), strict=True):
        if not path.exists():
            Image.fromarray(pixels).save(path)
    return [paths[i % DISTINCT] for i in range(rows)]


def peak():
    """The most MB that this process has had in memory; None where Linux does not tell.

    Not `resource.getrusage`, whose figure begins with that of the parent.
    """
    status = Path("/proc/self/status")
    if not status.exists():
        return None
    line = next(x for x in status.read_text().splitlines() if x.startswith("VmHWM"))
    return int(line.split()[1]) / 1024


def learned(images, epochs=1):
    labels = kf.coerce([i % 2 for i in range(len(images))], kf.Multiclass)
    clf = kf.ImageClassifier(builder=pooled(), batch_size=4, epochs=epochs, rng=1)
    mach = kf.machine(clf, images, labels).fit(verbosity=0)
    return mach, np.asarray(mach.predict(images))


def digest(mach, answers):
    bits = hashlib.sha256(answers.tobytes())
    for name, array in sorted(mach.state.items()):
        if "seconds" not in name:
            bits.update(np.asarray(array).tobytes())
    return bits.hexdigest()


def main(folder, where, rows, epochs):
    paths = files(folder, rows)
    learned(kf.coerce(paths[:8], kf.ColorImage))  # imports, compiling
    before = peak()
    for place in ("files", "memory") if where == "both" else (where,):
        print(json.dumps(measured(place, paths, epochs, before)))


def measured(where, paths, epochs, before):
    """What training from one place took; what it grew by counts from `before`."""
    images = kf.coerce(paths, kf.ColorImage)
    if where == "memory":
        images = kf.coerce(images.array(), kf.ColorImage)
    mach, answers = learned(images, epochs)
    grown = None if before is None else peak() - before
    seconds = float(mach.history.seconds.median())
    told = {"where": where, "pixels": len(paths) * MEGABYTES, "grown": grown, "seconds": seconds}
    return {**told, "digest": digest(mach, answers)}


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("folder")
    parser.add_argument("--where", choices=["files", "memory", "both"], default="files")
    parser.add_argument("--rows", type=int, default=2000)
    parser.add_argument("--epochs", type=int, default=1)
    main(**vars(parser.parse_args()))
