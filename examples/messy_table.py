"""A raw CSV, as they come: strings, missing cells, an identifier; typed, refused, mended, served.

python examples/messy_table.py [--out FOLDER]
"""

import argparse
from pathlib import Path

import numpy as np
import pandas as pd

import kerasflux as kf

kf.quiet()


def write_raw_csv(path, n=600):
    """Flats for rent: an identifier, text, ordered labels, a zip code, missing cells."""
    rng = np.random.default_rng(7)
    area = rng.normal(75, 25, n).clip(18, 220).round(1)
    district = rng.choice(["north", "south", "old town", "harbour"], n, p=[0.3, 0.3, 0.25, 0.15])
    condition = rng.choice(["poor", "fair", "good", "new"], n, p=[0.1, 0.4, 0.35, 0.15])
    built = rng.integers(1890, 2024, n)
    rate = pd.Series(district).map({"north": 9, "south": 10, "old town": 14, "harbour": 13})
    grade = pd.Series(condition).map({"poor": 0.8, "fair": 1.0, "good": 1.1, "new": 1.3})
    rent = (area * rate * grade * rng.lognormal(0, 0.08, n)).round()
    raw = pd.DataFrame(
        {
            "id": [f"F{i:05d}" for i in range(n)],
            "area": np.where(rng.random(n) < 0.06, np.nan, area),
            "rooms": (area / 28).round().astype(int) + 1,
            "district": np.where(rng.random(n) < 0.04, None, district),
            "condition": condition,
            "zip": rng.choice([1010, 1020, 1030, 1090], n),
            "built": built,
            "rent": rent,
        }
    )
    raw.to_csv(path, index=False)


def main(out="out/messy_table", epochs=60):
    """The whole way of a raw table; returns the machine and its error in the rent's own units."""
    out = Path(out)
    out.mkdir(parents=True, exist_ok=True)
    write_raw_csv(out / "flats.csv")

    df = pd.read_csv(out / "flats.csv")
    print(kf.schema(df))  # what the machine would see: text is text, a zip code is a count

    y, X = kf.unpack(df.drop(columns="id"), lambda name: name == "rent")
    net = kf.NeuralNetworkRegressor(epochs=epochs, rng=1)

    print("\nThe raw table is refused, with all of its columns and the call that mends them:\n")
    try:
        kf.machine(net, X, y)
    except kf.ScitypeMismatch as refusal:
        print(refusal)

    print("\nSo we say what the columns mean; missing cells are the model's to fill:\n")
    conditions = ["poor", "fair", "good", "new"]
    X = kf.coerce(
        X,
        {
            "district": kf.Multiclass | kf.Missing,
            "zip": kf.Multiclass,
            "condition": kf.OrderedFactor,
        },
        levels={"condition": conditions},
    )
    net.missing = "impute"
    print(kf.schema(X))

    train, test = kf.partition(np.arange(len(X)), 0.7, rng=1)
    mach = kf.machine(net, X, y).fit(rows=train)
    rms = kf.rms(y.iloc[test], mach.predict(rows=test))
    baseline = kf.rms(y.iloc[test], np.full(len(test), y.iloc[train].mean()))
    print(f"rms error of the rent: {rms:.0f} (always the mean: {baseline:.0f})")

    mach.save(out / "flats.kflux")
    mach.export(out / "served")

    print("\nTomorrow's raw CSV predicts as it is, shuffled or one row at a time:\n")
    tomorrow = pd.read_csv(out / "flats.csv").sample(frac=1, random_state=3)
    loaded = kf.load(out / "flats.kflux")
    features = tomorrow[list(loaded.input_schema.names)]
    print(loaded.predict(features).head(3))
    print("one row:", loaded.predict(features.iloc[[0]]).item())

    print("\nAnd a stranger is refused, not guessed:\n")
    try:
        loaded.predict(features.head(2).assign(district=["harbour", "moon"]))
    except kf.SchemaMismatch as refusal:
        print(refusal)
    return mach, rms


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--out", default="out/messy_table", help="folder for the CSV and models")
    main(**vars(parser.parse_args()))
