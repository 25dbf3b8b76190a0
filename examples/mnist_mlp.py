"""A perceptron of 784-48-10 on flattened digits, and its loss curve.

python examples/mnist_mlp.py [--data FILE.npz] [--out FOLDER]
"""

import argparse
from pathlib import Path

import digits

import kerasflux as kf

kf.quiet()


def main(data=None, out="out/mnist_mlp", n=10_000, epochs=20):
    """Train on the first four fifths, print the accuracy on the rest; returns it."""
    images, labels, source = digits.load(data)
    images, labels = images[:n], kf.coerce(labels[:n], kf.Multiclass)
    print(f"Data: {source}.")

    X = images.reshape(len(images), -1) / 255.0  # a matrix: one column per pixel
    train, test = slice(0, 4 * len(X) // 5), slice(4 * len(X) // 5, len(X))

    clf = kf.NeuralNetworkClassifier(
        builder=kf.MLP(hidden=(48,), activation="relu", dropout=0.0),
        optimiser=kf.optimisers.Adam(learning_rate=0.01),
        scaling=None,  # the pixels are scaled already
        batch_size=128,
        epochs=epochs,
        rng=123,
    )
    mach = kf.machine(clf, X, labels).fit(rows=train, validation=test)
    accuracy = kf.accuracy(labels[test], mach.predict_mode(rows=test))
    print(f"accuracy on {len(X) - train.stop:,} other digits: {accuracy:.3f}")

    out = Path(out)
    out.mkdir(parents=True, exist_ok=True)
    mach.plot().savefig(out / "losses.png", dpi=120)
    print(f"wrote {out / 'losses.png'}")
    return accuracy


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--data", help="an .npz file with images and labels")
    parser.add_argument("--out", default="out/mnist_mlp", help="folder for the loss curve")
    main(**vars(parser.parse_args()))
