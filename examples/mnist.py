"""The main job, end to end: raw images to a trained, restarted, evaluated, saved, exported network.

python examples/mnist.py [--data FILE.npz] [--out FOLDER]
"""

import argparse
import subprocess
import sys
from pathlib import Path

import digits
import numpy as np

import kerasflux as kf

kf.quiet()  # TensorFlow says a dozen lines when it is imported; not here
import keras  # noqa: E402
from keras import layers  # noqa: E402


class ConvBuilder(kf.Builder):
    """Three convolutions, each halving the image, then one dense layer."""

    filter_size: int = 3
    channels: tuple[int, ...] = (16, 32, 32)

    def build(self, n_in, n_out, n_channels):
        blocks = [layers.Input((*n_in, n_channels))]
        for channels in self.channels:
            blocks += [
                layers.Conv2D(channels, self.filter_size, padding="same", activation="relu"),
                layers.MaxPooling2D(2),
            ]
        return keras.Sequential([*blocks, layers.Flatten(), layers.Dense(n_out)])


# What a serving process runs: TensorFlow alone, raw pixels in, labels out.
SERVE = """
import sys, numpy, tensorflow
served = tensorflow.saved_model.load(sys.argv[1])
answer = served.serve({"images": tensorflow.constant(numpy.load(sys.argv[2]))})
print("TensorFlow", tensorflow.__version__, "| kerasflux imported:", "kerasflux" in sys.modules)
print("labels:", answer["labels"].numpy().tolist())
"""


def main(data=None, out="out/mnist", n=1000, epochs=10):
    """Run the whole job on `n` images; returns the machine and its evaluation."""
    out = Path(out)
    out.mkdir(parents=True, exist_ok=True)

    title("1. Data has a meaning before it has a dtype")
    raw, raw_labels, source = digits.load(data)
    print(f"Data: {source}; {n:,} of them are used.")
    raw, raw_labels = raw[:n], raw_labels[:n]
    images = kf.coerce(raw, kf.GrayImage)  # nothing is an image until it is said to be
    labels = kf.coerce(raw_labels, kf.Multiclass)
    print(kf.scitype(images), "and", kf.scitype(labels))
    print(kf.schema(labels))

    title("2. A model is a record of hyperparameters; a machine binds it to data")
    clf = kf.ImageClassifier(builder=ConvBuilder(), batch_size=50, epochs=epochs, rng=123)
    mach = kf.machine(clf, images, labels)
    half = n // 2
    mach.fit(rows=slice(0, half))

    title("3. Twenty epochs more: a warm restart, not a new start")
    clf.epochs += 2 * epochs
    mach.fit()
    p = mach.predict(rows=slice(half, n))
    print(p)
    print(f"log loss on the other half: {kf.log_loss(labels[half:n], p):.3f}")

    title("4. Stop early on out-of-sample loss")
    stopper = kf.EarlyStopper(kf.InvalidValue(), kf.Patience(2))
    early = kf.machine(
        kf.ImageClassifier(builder=ConvBuilder(), batch_size=50, epochs=100, rng=1), images, labels
    )
    early.fit(
        rows=slice(0, half),
        validation=slice(half, n),
        on_epoch=lambda row: stopper.done(row["validation_loss"]),
    )
    print(f"stopped after {len(early.history)} epochs: {stopper.message}")

    title("5. Evaluate, on folds that keep their own states")
    evaluation = mach.evaluate(
        resampling=kf.Holdout(fraction_train=0.7, rng=123),
        measure=[kf.log_loss, kf.accuracy],
        rows=range(n),
    )
    print(evaluation)
    confusion = kf.confusion_matrix(labels[half:n], p.mode())
    print(confusion)

    title("6. Pictures")
    shown = np.arange(half, half + 24)
    early.plot().savefig(out / "losses.png", dpi=120)
    confusion.plot().savefig(out / "confusion.png", dpi=120)
    picture(raw[shown], raw_labels[shown], p[: len(shown)].mode()).savefig(
        out / "digits.png", dpi=120
    )
    print(f"wrote {out / 'losses.png'}, {out / 'confusion.png'}, {out / 'digits.png'}")

    title("7. Save, load, go on")
    mach.save(out / "digits.kflux")
    loaded = kf.load(out / "digits.kflux")
    again = loaded.predict(raw[half:n])
    print("the loaded machine predicts the same bits:", np.array_equal(p, again))

    title("8. Export, and ask in a fresh process that has TensorFlow alone")
    mach.export(out / "served")
    np.save(out / "raw.npy", raw[half : half + 10])
    ask(out / "served", out / "raw.npy")
    print("truth: ", raw_labels[half : half + 10].tolist())
    return mach, evaluation


def ask(served, raw):
    """Ask an exported model for the labels of raw images, in a process of its own."""
    answer = subprocess.run(
        [sys.executable, "-c", SERVE, str(served), str(raw)], capture_output=True, text=True
    )
    if answer.returncode:
        raise SystemExit(answer.stderr)
    print(answer.stdout, end="")


def picture(images, truth, predicted):
    """Digits with their predicted labels, the wrong ones marked."""
    from kerasflux.drawing import image_grid

    titles = [str(label) for label in predicted]
    wrong = [str(a) != str(b) for a, b in zip(truth, predicted, strict=True)]
    return image_grid(images, titles, wrong=wrong)


def title(text):
    print(f"\n{text}\n{'-' * len(text)}")


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--data", help="an .npz file with images and labels")
    parser.add_argument("--out", default="out/mnist", help="folder for pictures and models")
    main(**vars(parser.parse_args()))
