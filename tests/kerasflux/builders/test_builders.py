"""Builders: what they build, what is asked of a network, and functions made builders."""

import pickle

import numpy as np
import pytest

import kerasflux as kf
from kerasflux.builders.base import as_builder, asks_for, call, recipe
from kerasflux.builders.check import checked_build
from kerasflux.errors import BuilderError, HyperparameterError
from kerasflux.hyperparameters import copied, get_path


def layers():
    import keras

    return keras.layers


def sequential(*parts):
    import keras

    return keras.Sequential(list(parts))


def of(build):
    """A builder of a function `(n_in, n_out)`."""

    class Made(kf.Builder):
        def build(self, n_in, n_out):
            return build(n_in, n_out)

    return Made()


def sizes(network):
    return [tuple(v.shape) for v in network.trainable_variables]


# what comes with the library


def test_linear_is_one_dense_layer():
    assert sizes(checked_build(kf.Linear(), n_in=4, n_out=2)) == [(4, 2), (2,)]
    network = checked_build(kf.Linear("relu"), n_in=4, n_out=2)
    assert network.layers[-1].activation.__name__ == "relu"


def test_short_has_the_geometric_mean_of_inputs_and_outputs_as_hidden_units():
    assert sizes(checked_build(kf.Short(), n_in=9, n_out=3))[0] == (9, 5)
    assert sizes(checked_build(kf.Short(7), n_in=9, n_out=3))[0] == (9, 7)
    assert checked_build(kf.Short(), n_in=1, n_out=1).count_params() == 4


def test_mlp_has_a_layer_for_each_size():
    network = checked_build(kf.MLP((5, 6), "tanh", 0.2), n_in=4, n_out=2)
    assert sizes(network)[::2] == [(4, 5), (5, 6), (6, 2)]
    assert [x.rate for x in network.layers if type(x).__name__ == "Dropout"] == [0.2, 0.2]
    assert sizes(checked_build(kf.MLP(()), n_in=4, n_out=2)) == [(4, 2), (2,)]


@pytest.mark.parametrize("builder", [kf.Linear(), kf.Short(), kf.MLP((5,))])
def test_dense_builders_flatten_images(builder):
    network = checked_build(builder, n_in=(8, 9), n_out=3, n_channels=2)
    assert network(np.zeros((1, 8, 9, 2), "float32")).shape == (1, 3)


@pytest.mark.parametrize("size", [(8, 8), (9, 13), (28, 28), (64, 48), (224, 224)])
@pytest.mark.parametrize("channels", [1, 3])
def test_convnets_take_images_of_any_size_from_8_by_8_on(size, channels):
    network = checked_build(kf.ConvNet(), n_in=size, n_out=10, n_channels=channels)
    assert network.output_shape == (None, 10)
    assert network.count_params() < 2e6


@pytest.mark.parametrize(("side", "n_blocks"), [(8, 2), (15, 2), (16, 3), (28, 3), (224, 6)])
def test_convnets_halve_images_until_less_than_four_pixels_are_left(side, n_blocks):
    layers = checked_build(kf.ConvNet(), n_in=(side, side + 3), n_out=2, n_channels=1).layers
    kinds = [type(layer).__name__ for layer in layers]
    assert (kinds.count("MaxPooling2D"), kinds.count("Conv2D")) == (n_blocks, 2 * n_blocks)
    flat = kinds.index("Flatten")
    assert 2 <= layers[flat - 1].output.shape[1] < 4


def test_convnets_take_any_number_of_blocks():
    deep = kf.ConvNet(channels=(4,) * 6, dense=0, dropout=0.0)
    network = checked_build(deep, n_in=(8, 8), n_out=2, n_channels=1)
    assert [type(x).__name__ for x in network.layers].count("MaxPooling2D") == 3


def test_convnets_refuse_tables_and_tiny_images():
    with pytest.raises(BuilderError, match="the data is a table"):
        checked_build(kf.ConvNet(), n_in=4, n_out=2)
    with pytest.raises(BuilderError, match="7 × 9"):
        checked_build(kf.ConvNet(), n_in=(7, 9), n_out=2, n_channels=1)


def test_builders_print_compare_and_refuse_bad_values():
    assert repr(kf.MLP((64,), dropout=0.0)) == "MLP(hidden=(64,), dropout=0.0)"
    assert kf.Short() == kf.Short(0) != kf.Short(1)
    assert kf.Short() != kf.Linear()
    with pytest.raises(HyperparameterError, match="did you mean 'sigmoid'"):
        kf.Short(activation="sigmoide")
    for bad in ({"dropout": 1.0}, {"hidden": (0,)}, {"hidden": 3.5}):
        with pytest.raises(HyperparameterError):
            kf.MLP(**bad)


# how build is called


def test_build_is_called_with_what_it_names():
    class Curious(kf.Builder):
        def build(self, rng, n_channels, n_out):
            return rng, n_channels, n_out

    given = {"n_in": (8, 8), "n_out": 3, "n_channels": 1, "rng": np.random.default_rng(0)}
    assert call(Curious(), **given)[1:] == (1, 3)
    assert asks_for(Curious()) == ("rng", "n_channels", "n_out")


def test_build_may_take_everything():
    class Greedy(kf.Builder):
        def build(self, **given):
            return sorted(given)

    assert call(Greedy(), n_in=1, n_out=2) == ["n_channels", "n_in", "n_out", "rng"]


def test_a_build_that_asks_for_more_is_refused():
    class Demanding(kf.Builder):
        def build(self, n_in, width):
            return None

    with pytest.raises(BuilderError, match="asks for 'width'"):
        checked_build(Demanding(), n_in=1, n_out=1)


def test_arguments_of_other_names_are_named():
    class Other(kf.Builder):
        def build(self, n_inputs, n_outputs):
            return None

    with pytest.raises(BuilderError, match="name them 'n_in', not 'n_inputs'; 'n_out', not"):
        asks_for(Other())


def test_attributes_without_an_annotation_are_told_apart_from_fields():
    class Plain(kf.Builder):
        w = 3

    with pytest.raises(AttributeError, match="annotate it in the class: `w: int = 3`"):
        Plain(w=4)
    with pytest.raises(AttributeError, match="annotate it in the class: `w: int = 3`"):
        Plain().w = 4


def test_what_is_kept_on_a_builder_without_being_declared_is_refused_with_what_to_do():
    class Keeping(kf.Builder):
        width: int = 3

        def build(self, n_in, n_out):
            self.net = sequential(layers().Dense(n_out))
            return self.net

    with pytest.raises(AttributeError, match="within `build`, use a local variable"):
        checked_build(Keeping(), n_in=4, n_out=3)
    with pytest.raises(AttributeError, match="did you mean 'width'"):
        Keeping().widht = 3

    class Initialised(kf.Builder):
        def __init__(self, units=5):
            self.units = units

    with pytest.raises(AttributeError, match="`units: int = 5`, in place of an `__init__`"):
        Initialised()


def test_a_builder_without_build_is_refused():
    class Empty(kf.Builder):
        pass

    with pytest.raises(BuilderError, match="does not say how"):
        checked_build(Empty(), n_in=1, n_out=1)


def test_an_error_within_build_says_for_what_it_was_called():
    def failing(n_in, n_out):
        raise ZeroDivisionError("mine")

    with pytest.raises(ZeroDivisionError) as caught:
        checked_build(of(failing), n_in=4, n_out=3)
    assert "while building the network of Made() for {'n_in': 4" in caught.value.__notes__[0]


def test_recipes_tell_builders_shapes_and_seeds_apart():
    base = recipe(kf.MLP(), n_in=4, n_out=3, seed=1)
    assert base == recipe(copied(kf.MLP()), n_in=4, n_out=3, seed=2)
    assert base != recipe(kf.MLP(dropout=0.3), n_in=4, n_out=3, seed=1)
    assert base != recipe(kf.MLP(), n_in=5, n_out=3, seed=1)

    class Random(kf.Builder):
        def build(self, n_in, n_out, rng):
            return None

    assert recipe(Random(), n_in=4, n_out=3, seed=1) != recipe(Random(), n_in=4, n_out=3, seed=2)
    assert recipe(object(), n_in=4, n_out=3) is None


# what a network has to be


def test_a_sequential_without_an_input_gets_that_of_the_data():
    network = checked_build(of(lambda i, o: sequential(layers().Dense(o))), n_in=4, n_out=3)
    assert network.input_shape == (None, 4)


def test_a_functional_model_is_taken():
    import keras

    def build(n_in, n_out):
        x = keras.Input((n_in,))
        return keras.Model(x, keras.layers.Dense(n_out)(x))

    assert checked_build(of(build), n_in=4, n_out=3).output_shape == (None, 3)


@pytest.mark.parametrize(
    ("result", "remedy"),
    [
        (lambda: None, "End `build` with `return`"),
        (lambda: [layers().Dense(3)], "keras.Sequential\\(layers\\)"),
        (lambda: layers().Dense(3), "keras.Sequential\\(\\[layer\\]\\)"),
        (lambda: 7, "gives no network"),
    ],
)
def test_what_is_no_network_is_refused(result, remedy):
    with pytest.raises(BuilderError, match=remedy):
        checked_build(of(lambda i, o: result()), n_in=4, n_out=3)


def test_a_wrong_output_shape_is_refused_with_the_last_layer():
    builder = of(lambda i, o: sequential(layers().Dense(o + 1, name="too_wide")))
    with pytest.raises(BuilderError) as caught:
        checked_build(builder, n_in=4, n_out=3)
    text = str(caught.value)
    assert "(n_rows, 3)" in text
    assert "(n_rows, 4)" in text
    assert "'too_wide' (Dense)" in text


def test_outputs_that_are_not_flat_are_told_to_flatten():
    def build(n_in, n_out):
        return sequential(layers().Reshape((2, 2)), layers().Dense(n_out))

    with pytest.raises(BuilderError, match="Flatten before"):
        checked_build(of(build), n_in=4, n_out=3)


@pytest.mark.parametrize(
    ("end", "named"),
    [
        (lambda o: [layers().Dense(o, activation="softmax")], "softmax"),
        (lambda o: [layers().Dense(o, activation="sigmoid")], "sigmoid"),
        (lambda o: [layers().Dense(o), layers().Softmax()], "softmax"),
        (lambda o: [layers().Dense(o), layers().Activation("sigmoid")], "sigmoid"),
        (lambda o: [layers().Dense(o, "softmax"), layers().Reshape((o,))], "softmax"),
        (lambda o: [sequential(layers().Dense(o, "softmax"))], "softmax"),
    ],
)
def test_a_final_softmax_or_sigmoid_is_refused_by_name(end, named):
    with pytest.raises(BuilderError, match=f"ends with '{named}'"):
        checked_build(of(lambda i, o: sequential(*end(o))), n_in=4, n_out=3)


def functional(end):
    def build(n_in, n_out):
        import keras

        x = keras.Input((n_in,))
        return keras.Model(x, end(keras.layers.Dense(n_out)(x), n_out))

    return of(build)


def by_hand(z, n_out):
    import keras

    e = keras.ops.exp(z)
    return e / keras.ops.sum(e, axis=-1, keepdims=True)


@pytest.mark.parametrize(
    ("end", "named"),
    [
        (lambda z, n: __import__("keras").ops.softmax(z), "softmax"),
        (lambda z, n: __import__("keras").ops.sigmoid(z), "sigmoid"),
        (lambda z, n: __import__("keras").activations.softmax(z), "softmax"),
        (by_hand, "positive and sum to one"),
    ],
)
def test_a_final_softmax_that_is_no_layer_is_refused(end, named):
    with pytest.raises(BuilderError, match=named) as caught:
        checked_build(functional(end), n_in=4, n_out=3)
    assert "Leave the s" in str(caught.value)


def test_functions_at_the_end_that_are_none_of_these_are_taken():
    for end in (lambda z, n: 2 * z, lambda z, n: __import__("keras").ops.relu(z)):
        assert checked_build(functional(end), n_in=4, n_out=3).output_shape == (None, 3)


def test_looking_at_what_comes_out_leaves_no_trace():
    def end(z, n_out):
        return 2 * layers().Dropout(0.5, seed=3)(layers().Reshape((n_out,))(z))

    states = [
        np.asarray(v)
        for v in checked_build(functional(end), n_in=4, n_out=3).variables
        if "int" in str(v.dtype)
    ]
    assert [list(s) for s in states] == [[3, 0]]


def test_inputs_of_whole_numbers_are_refused():
    import keras

    with pytest.raises(BuilderError, match="inputs of dtype int32") as caught:
        checked_build(
            of(
                lambda i, o: sequential(
                    keras.Input((i,), dtype="int32"),
                    layers().Embedding(9, 2),
                    layers().Flatten(),
                    layers().Dense(o),
                )
            ),
            n_in=4,
            n_out=3,
        )
    assert "coerce them to Multiclass" in str(caught.value)


def test_a_hidden_sigmoid_is_nobodys_business():
    assert checked_build(kf.Short(activation="sigmoid"), n_in=4, n_out=3)


def test_an_input_of_another_shape_is_refused():
    import keras

    with pytest.raises(BuilderError, match="takes other inputs"):
        checked_build(
            of(lambda i, o: sequential(keras.Input((9,)), layers().Dense(o))), n_in=4, n_out=3
        )


def test_several_inputs_or_outputs_are_refused():
    import keras

    def two(n_in, n_out):
        x, y = keras.Input((n_in,)), keras.Input((n_in,))
        return keras.Model([x, y], keras.layers.Dense(n_out)(x + y))

    def fork(n_in, n_out):
        x = keras.Input((n_in,))
        return keras.Model(x, [keras.layers.Dense(n_out)(x), keras.layers.Dense(n_out)(x)])

    for build, told in ((two, "2 inputs"), (fork, "2 outputs")):
        with pytest.raises(BuilderError, match=told):
            checked_build(of(build), n_in=4, n_out=3)


def test_a_subclassed_model_is_refused_with_what_to_return():
    import keras

    class Opaque(keras.Model):
        def __init__(self, n_out):
            super().__init__()
            self.dense = keras.layers.Dense(n_out)

        def call(self, x):
            return self.dense(x)

    with pytest.raises(
        BuilderError, match=r"does not show its output's shape(.*\n)+.*functional one"
    ):
        checked_build(of(lambda i, o: Opaque(o)), n_in=4, n_out=3)


# functions made builders


@kf.builder
def net(n_in, n_out, width=64, activation="relu"):
    """A network."""
    return sequential(layers().Dense(width, activation), layers().Dense(n_out))


def test_a_function_becomes_a_builder_with_its_parameters_as_fields():
    assert issubclass(net, kf.Builder)
    assert repr(net(32)) == "net(width=32)"
    assert net() == net(width=64) != net(width=65)
    assert get_path(net(width=3), "width") == 3
    assert sizes(checked_build(net(width=7), n_in=4, n_out=3))[0] == (4, 7)
    assert net.__doc__ == "A network."


def test_the_decorator_may_be_called():
    @kf.builder()
    def called(n_in, n_out, width=3):
        return sequential(layers().Dense(n_out))

    assert called() == called(width=3)


def test_its_build_takes_arguments_by_name_and_says_so():
    with pytest.raises(BuilderError, match=r"write build\(n_in=4, n_out=1\)"):
        net().build(4, 1)


def test_its_fields_are_judged_by_their_defaults():
    with pytest.raises(HyperparameterError, match="can't be 'wide'"):
        net(width="wide")
    with pytest.raises(AttributeError, match="did you mean 'width'"):
        net(widht=3)


def test_it_is_copied_pickled_and_recognised():
    builder = net(width=5)
    assert copied(builder) == pickle.loads(pickle.dumps(builder)) == builder
    assert recipe(builder, n_in=4, n_out=3) == recipe(net(width=5), n_in=4, n_out=3)


def test_functions_that_close_over_different_numbers_are_different_builders():
    def of_depth(depth):
        @kf.builder
        def deep(n_in, n_out):
            return sequential(*[layers().Dense(3) for _ in range(depth)], layers().Dense(n_out))

        return deep()

    one, same, two = (recipe(of_depth(d), n_in=4, n_out=3) for d in (1, 1, 2))
    assert one == same != two


def test_parameters_without_a_default_are_required():
    @kf.builder
    def sized(n_out, width: int, rng):
        return sequential(layers().Dense(width), layers().Dense(n_out))

    with pytest.raises(HyperparameterError, match=r"needs .width."):
        sized()
    assert asks_for(sized(width=3)) == ("n_out", "rng")
    network = checked_build(sized(width=3), n_in=4, n_out=2, rng=np.random.default_rng(0))
    assert sizes(network)[0] == (4, 3)


def test_what_can_not_become_a_builder_is_refused():
    with pytest.raises(BuilderError, match="of a function"):
        kf.builder(3)
    with pytest.raises(BuilderError, match="can't become hyperparameters"):
        kf.builder(lambda n_in, **rest: None)


def test_models_take_a_builder_or_its_class_and_nothing_else():
    assert as_builder(net) == net()
    assert as_builder(kf.MLP) == kf.MLP()
    builder = kf.Linear()
    assert as_builder(builder) == builder
    assert as_builder(builder) is not builder
    with pytest.raises(BuilderError, match=r"@kf\.builder"):
        as_builder(lambda n_in, n_out: None)
    with pytest.raises(BuilderError, match="`build` method"):
        as_builder(sequential(layers().Dense(3)))
