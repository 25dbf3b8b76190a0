"""Convolutions with 8, 16 and 8 channels: accuracy along the way, and the confusion heatmap.

python examples/mnist_cnn.py [--data FILE.npz] [--out FOLDER]
"""

import argparse
from pathlib import Path

import digits

import kerasflux as kf

kf.quiet()


@kf.builder
def convolutions(n_in, n_out, n_channels, channels=(8, 16, 8)):
    """A builder from a function: what has a default is a hyperparameter."""
    import keras
    from keras import layers

    stack = [layers.Input((*n_in, n_channels))]
    for width in channels:
        stack += [
            layers.Conv2D(width, 3, padding="same", activation="relu"),
            layers.MaxPooling2D(2),
        ]
    return keras.Sequential([*stack, layers.Flatten(), layers.Dense(n_out)])


def main(data=None, out="out/mnist_cnn", n=10_000, epochs=5):
    """Train on the first half epoch by epoch; returns the accuracy on the second."""
    images, labels, source = digits.load(data)
    images = kf.coerce(images[:n], kf.GrayImage)
    labels = kf.coerce(labels[:n], kf.Multiclass)
    print(f"Data: {source}.")

    train, test = slice(0, len(labels) // 2), slice(len(labels) // 2, len(labels))
    clf = kf.ImageClassifier(
        builder=convolutions(channels=(8, 16, 8)),
        optimiser=kf.optimisers.Adam(learning_rate=0.005),
        batch_size=100,
        rng=123,
    )
    mach = kf.machine(clf, images, labels)
    for epoch in range(1, epochs + 1):
        clf.epochs = epoch
        mach.fit(rows=train, verbosity=0)  # continues: one epoch each time
        accuracy = kf.accuracy(labels[test], mach.predict_mode(rows=test))
        print(f"epoch {epoch}: loss {mach.training_losses[-1]:.3f}, accuracy {accuracy:.3f}")

    confusion = kf.confusion_matrix(labels[test], mach.predict_mode(rows=test))
    out = Path(out)
    out.mkdir(parents=True, exist_ok=True)
    confusion.plot().savefig(out / "confusion.png", dpi=120)
    print(f"wrote {out / 'confusion.png'}")
    return accuracy


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--data", help="an .npz file with images and labels")
    parser.add_argument("--out", default="out/mnist_cnn", help="folder for the heatmap")
    main(**vars(parser.parse_args()))
