"""A process with three logical devices: what training on several of them gives, as JSON.

TensorFlow takes the number of devices before its first operation, hence a process of its own.
Arguments: where to write, a folder for images, names of cases (all of them).
"""

from __future__ import annotations

import json
import sys
import warnings
from concurrent.futures import ThreadPoolExecutor
from functools import partial

import numpy as np

import kerasflux as kf

warnings.simplefilter("error")
warnings.filterwarnings("ignore", "'.*' deprecated - use", DeprecationWarning)  # pyparsing's
kf.quiet()

import keras  # noqa: E402
import tensorflow as tf  # noqa: E402

(CPU,) = tf.config.list_physical_devices("CPU")
tf.config.set_logical_device_configuration(CPU, [tf.config.LogicalDeviceConfiguration()] * 3)
tf.config.threading.set_intra_op_parallelism_threads(1)

from training_toys import architecture, layers, sequential, trained  # noqa: E402

from kerasflux import optimisers as o  # noqa: E402
from kerasflux.training import replicas  # noqa: E402
from kerasflux.training.compat import layers_of, seed_generators  # noqa: E402
from kerasflux.training.core import Arrays, initial_state, train  # noqa: E402
from kerasflux.training.devices import as_acceleration  # noqa: E402

DEVICES = ("CPU:0", "CPU:1", "CPU:2")
ONE = as_acceleration("cpu").resolve()
TWO, THREE = (as_acceleration(DEVICES[:n]).resolve() for n in (2, 3))
MOMENTUM = partial(o.SGD, momentum=0.9)


def net(*parts, shape=(5,)):
    return lambda: sequential(shape, *(part() for part in parts))


def dense(n=3, **settings):
    return lambda: layers().Dense(n, **settings)


def drop(rate=0.3):
    return lambda: layers().Dropout(rate)


def of(name, *args, **settings):
    return lambda: getattr(layers(), name)(*args, **settings)


MLP = net(dense(16, activation="relu"), dense())
WITH_DROPOUT = net(dense(16, activation="relu"), drop(), dense())
NORMALISED = net(dense(16, activation="relu"), of("BatchNormalization"), dense())
EMBEDDED = net(of("Embedding", 7, 3), of("Flatten"), dense(), shape=(4,))
KEPT_SMALL = {"kernel_regularizer": "l2", "kernel_constraint": "unit_norm"}
NOISY = net(
    *(of("GaussianNoise", 0.2), dense(8, activation="relu", **KEPT_SMALL)),
    *(of("AlphaDropout", 0.2), of("GaussianDropout", 0.2), dense()),
)
IMAGES = net(
    *(of("RandomFlip"), of("RandomTranslation", 0.2, 0.2), of("Conv2D", 3, 3, activation="relu")),
    *(of("SpatialDropout2D", 0.3), of("Flatten"), dense()),
    shape=(6, 6, 1),
)


def rows(n=97, kind="numbers"):
    draw = np.random.default_rng(0)
    x = {
        "numbers": lambda: draw.normal(size=(n, 5)).astype("float32"),
        "codes": lambda: draw.integers(0, 7, (n, 4)).astype("int32"),
        "images": lambda: draw.integers(0, 256, (n, 6, 6, 1)).astype("uint8"),
    }[kind]()
    y = draw.integers(0, 3, n).astype("int32")
    return Arrays((x,), y, draw.uniform(0.2, 3, n).astype("float32"))


def apart(a, b):
    """The largest difference between variables of two networks, and between their losses."""
    pairs = zip((*a.network, a.losses), (*b.network, b.losses), strict=True)
    return max(float(np.max(np.abs(x.astype("float64") - y))) for x, y in pairs)


def compared(build, optimiser, placement=TWO, n=97, kind="numbers", size=32, **rest):
    """How far several devices are from one after six epochs."""
    made = [architecture(build, optimiser, id(build), size, placement=p) for p in (ONE, placement)]
    one, several = (trained(a, rows(n, kind), 6, learning_rate=0.05, **rest) for a in made)
    return apart(one, several)


COMPARED = {
    "momentum": (MLP, MOMENTUM()),
    "adam": (MLP, "adam"),
    "dropout, momentum": (WITH_DROPOUT, MOMENTUM()),
    "dropout, adam": (WITH_DROPOUT, "adam"),
    "batch normalisation": (NORMALISED, MOMENTUM()),
    "embedding": (EMBEDDED, o.AdamW(clipnorm=0.01), TWO, 97, "codes"),
    "noise, regularised, averaged": (
        NOISY,
        o.SGD(global_clipnorm=0.05, use_ema=True, ema_momentum=0.9, ema_overwrite_frequency=3),
    ),
    "augmentation": (IMAGES, MOMENTUM(clipvalue=0.01), TWO, 97, "images"),
    "five rows on three devices": (NORMALISED, MOMENTUM(), THREE, 5),
    "a row a batch": (WITH_DROPOUT, "adam", TWO, 7, "numbers", 1),
}


def machine_of(acceleration, epochs=3, rng=1, **rest):
    data = rows()
    model = kf.NeuralNetworkClassifier(
        builder=kf.MLP((16,), dropout=0.3),
        epochs=epochs,
        batch_size=32,
        rng=rng,
        acceleration=acceleration,
        **rest,
    )
    y = kf.coerce(np.array(list("abc"))[data.target], kf.Multiclass)
    return kf.machine(model, data.inputs[0].astype("float64"), y)


GRAPH = kf.Acceleration(strategy="cpu", jit="graph")


def between(one, other, *groups):
    """The largest difference between what two machines have learned."""
    names = [n for n in one.state if n.startswith(("network/", "losses", *groups))]
    pairs = ((one.state[n].astype("float64"), other.state[n]) for n in names)
    return max(float(np.abs(a - b).max()) for a, b in pairs)


def device_of(mach):
    return json.loads(str(mach.state["environment"]))["device"]


def machines_agree():
    one, two = (machine_of(a).fit(verbosity=0) for a in (GRAPH, DEVICES[:2]))
    X = rows().inputs[0].astype("float64")
    gap = float(np.abs(np.asarray(one.predict(X)) - np.asarray(two.predict(X))).max())
    return {"gap": gap, "learned": between(one, two), "device": device_of(two)}


def five_and_five_are_ten():
    staged, at_once = machine_of(DEVICES[:2], 2), machine_of(DEVICES[:2], 4)
    staged.fit(verbosity=0)
    staged.model.epochs = 4
    staged.fit(verbosity=0)
    at_once.fit(verbosity=0)
    return all(
        np.array_equal(staged.state[name], value)
        for name, value in at_once.state.items()
        if name.startswith(("network/", "optimiser/", "losses"))
    )


def other_strategies_go_on():
    """Two epochs on one device and two on others, against four on one."""
    switched, one = machine_of(GRAPH, 2), machine_of(GRAPH, 4)
    switched.fit(verbosity=0)
    switched.model.epochs = 4
    strategy = tf.distribute.MirroredStrategy(["CPU:1", "CPU:2"])
    switched.model.acceleration = strategy
    switched.fit(verbosity=1)
    one.fit(verbosity=0)
    return {"gap": between(one, switched), "model": repr(switched.model.acceleration)}


def scaled_losses(precision="mixed_float16"):
    """How far dynamic loss scaling is from that on one device, slots and scale included."""
    made = [kf.Acceleration(strategy=s, jit="graph", precision=precision) for s in ("cpu", DEVICES)]
    one, several = (machine_of(a, 4, lambda_=0.01).fit(verbosity=0) for a in made)
    slots = [v for name, v in several.state.items() if name.startswith("optimiser/")]
    scale = max(float(v.max()) for v in slots)
    return {"gap": between(one, several, "optimiser/"), "scale": scale}


def own_masks_in_recurrent_layers():
    """How much each replica's copy differs after training, where masks are drawn by replica."""
    build = net(of("SimpleRNN", 4, dropout=0.3), dense(), shape=(5, 1))
    data = rows()
    data = Arrays((data.inputs[0][..., None],), data.target, data.weight)
    made = [architecture(build, "adam", None, 32, placement=p) for p in (ONE, TWO)]
    one, two = (trained(a, data, 2) for a in made)
    return {"apart": apart(one, two), "finite": bool(np.isfinite(two.losses).all())}


def seeds_by_replica():
    """What the seed generator of a recurrent layer gives each replica, and its states then."""
    with TWO.scope():
        network = net(of("GRU", 4, dropout=0.3), shape=(5, 1))()
    replicas.adapt(network)
    (generator,) = {id(g): g for x in layers_of(network) for g in seed_generators(x)}.values()

    def draw():
        context = tf.distribute.get_replica_context()
        share = replicas.Share(context.replica_id_in_sync_group, 2, tf.constant(4))
        with replicas._sharing(share):
            return tf.cast(generator.next(), tf.int64)

    drawn = TWO.strategy.run(draw)
    values = (*TWO.strategy.experimental_local_results(drawn), *generator.state.value.values)
    return [value.numpy().tolist() for value in values]


def many_at_once():
    """Fits by threads, each on the same two devices, against the same one after the other."""

    def losses(rng):
        return machine_of(DEVICES[:2], rng=rng).fit(verbosity=0).training_losses

    with ThreadPoolExecutor(2) as pool:
        return [*map(list, pool.map(losses, range(2)))] == [list(losses(k)) for k in range(2)]


def in_files(folder):
    """How far images that are read from files take several devices from one."""
    from PIL import Image

    draw, paths = np.random.default_rng(3), []
    for k in range(41):
        paths.append(f"{folder}/{k}.png")
        Image.fromarray(draw.integers(0, 256, (9, 9), dtype=np.uint8)).save(paths[-1])
    images = kf.coerce(kf.ImageVector(paths), kf.GrayImage)
    y = kf.coerce(draw.choice(list("ab"), 41), kf.Multiclass)
    settings = {"builder": kf.ConvNet((4,)), "batch_size": 16, "epochs": 2, "rng": 1}
    models = [kf.ImageClassifier(**settings, acceleration=a) for a in (GRAPH, DEVICES[:2])]
    fits = [kf.machine(model, images, y).fit(verbosity=0) for model in models]
    return {"gap": between(*fits), "device": device_of(fits[1])}


def refused(build):
    arch = architecture(build, "adam", None, 32, placement=TWO)
    train(arch, initial_state(arch, 1), rows(), epochs=1, learning_rate=0.01)


def own_normalisation():
    class Mine(keras.layers.BatchNormalization):
        pass

    return sequential((5,), Mine(), layers().Dense(3))


def refused_xla():
    kf.Acceleration(strategy=DEVICES[:2], jit="xla").resolve()


def missing_device():
    as_acceleration(("CPU:0", "CPU:7")).resolve()


CASES = {
    **{name: partial(compared, *case) for name, case in COMPARED.items()},
    "accumulated gradients": partial(
        compared,
        *(MLP, o.SGD(gradient_accumulation_steps=3, clipnorm=0.1)),
        penalty=(0.5, 0.5),
    ),
    "machines": machines_agree,
    "warm restart": five_and_five_are_ten,
    "switched": other_strategies_go_on,
    "scaled losses": scaled_losses,
    "recurrent": own_masks_in_recurrent_layers,
    "seeds": seeds_by_replica,
    "threads": many_at_once,
    "files": partial(in_files, sys.argv[2]),
    "activity regulariser": partial(refused, net(dense(4, activity_regularizer="l2"), dense(3))),
    "own normalisation": partial(refused, own_normalisation),
    "xla": refused_xla,
    "missing device": missing_device,
}


def told(case):
    try:
        return case()
    except Exception as error:  # which error it was is for the tests to judge
        return f"{type(error).__name__}: {error}"


if __name__ == "__main__":
    names = sys.argv[3:] or CASES
    answers = {name: told(CASES[name]) for name in names}
    with open(sys.argv[1], "w") as file:
        json.dump(answers, file)
