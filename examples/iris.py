"""Iris: a classifier, five more epochs at twice the learning rate, and a learning curve.

The flow of MLJFlux's first example.

    python examples/iris.py [--out FOLDER]
"""

import argparse
from pathlib import Path

from sklearn.datasets import load_iris

import kerasflux as kf

kf.quiet()


def main(out="out/iris", longest=200):
    """Fit, restart, evaluate, draw the learning curve; returns the evaluation and the curve."""
    iris = load_iris(as_frame=True)
    y, X = kf.unpack(iris.frame, "target", rng=123)
    y = kf.coerce(y.map(dict(enumerate(iris.target_names))), kf.Multiclass)
    print(kf.schema(X))

    clf = kf.NeuralNetworkClassifier(
        builder=kf.Short(n_hidden=16, dropout=0.1), epochs=20, batch_size=8, rng=42
    )
    mach = kf.machine(clf, X, y).fit()

    clf.optimiser.learning_rate *= 2
    clf.epochs += 5
    mach.fit()  # continues: the machine knows what changed
    print(mach.predict(X.head(3)))

    evaluation = mach.evaluate(
        resampling=kf.StratifiedCV(nfolds=5, rng=1), measure=[kf.log_loss, kf.accuracy]
    )
    print(evaluation)

    curve = kf.learning_curve(
        clf,
        X,
        y,
        range=kf.range(clf, "epochs", lower=1, upper=longest, scale="log10"),
        resampling=kf.Holdout(fraction_train=0.7, rng=1),
        measure=kf.log_loss,
    )
    out = Path(out)
    out.mkdir(parents=True, exist_ok=True)
    curve.plot().savefig(out / "learning_curve.png", dpi=120)
    print(f"wrote {out / 'learning_curve.png'}")
    return evaluation, curve


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--out", default="out/iris", help="folder for the learning curve")
    main(**vars(parser.parse_args()))
