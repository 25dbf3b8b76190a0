"""The one fit / update / predict engine of all neural models.

Who owns what: a model says what it learns from inputs and target (`learn_inputs`, `learn_target`,
`row_weights`); `neural.network` assembles the network; `kerasflux.training` moves weights. The
engine joins them: it derives what training needs from hyperparameters and data, and makes of a
training state something that predicts, continues, saves and exports.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np

from kerasflux import log
from kerasflux.errors import DataError, Interrupted
from kerasflux.hyperparameters import Absent, difference
from kerasflux.interface import Fitted, Run
from kerasflux.neural import learned, network
from kerasflux.neural import serving as graphs
from kerasflux.neural.frontend import Prepared
from kerasflux.neural.learned import Learned
from kerasflux.neural.outputs import finish, refuse_no_distribution
from kerasflux.neural.predicting import answers
from kerasflux.neural.targets import Classes, Standardised, training_weights
from kerasflux.training import compat, feeding
from kerasflux.training.carrying import carry_over
from kerasflux.training.core import Arrays, TrainingInterrupted, initial_state, train
from kerasflux.training.devices import Acceleration
from kerasflux.training.execution import changed_environment
from kerasflux.training.layers import as_stock
from kerasflux.training.losses import Objective, commutes_with_scaling
from kerasflux.training.placements import Placement
from kerasflux.training.programs import Architecture, Memo, checkout
from kerasflux.training.state import State, named_seeds

if TYPE_CHECKING:
    from kerasflux.neural.base import NeuralNetwork

DESCRIBED = Memo(limit=64)
"""Configurations of networks, by the recipe's key."""


# learning


def fit(model: NeuralNetwork, data: Prepared, run: Run) -> Fitted:
    """Learn from scratch."""
    _refuse_no_rows(data)
    _say_idle_alpha(model)
    seed = model.acceleration.agreed(_drawn()) if model.rng is None else model.rng
    encoding = model.learn_inputs(data.inputs)
    target = model.learn_target(data.target)
    arrays = _arrays(model, encoding, target, data)
    size = model.batches(len(data)) if model.batch_size == "auto" else model.batch_size
    recipe = _recipe(model, encoding, target, seed)
    objective = objective_of(model, target)
    refuse_no_distribution(target, objective)
    architecture = _architecture(model, recipe, objective, size)
    architecture = architecture.executed(model.acceleration.jit)
    config, embeddings = _described(architecture, encoding)
    start = Learned(
        encoding=encoding,
        target=target,
        objective=objective,
        network=config,
        embeddings=embeddings,
        training=_initial(architecture, seed, encoding, embeddings),
        seed=seed,
        unit=_unit(model, target),
        recipe=recipe,
    )
    return _trained(model, start, architecture, arrays, run)


def resume(
    model: NeuralNetwork, fitted: Fitted, old_model: NeuralNetwork, data: Prepared, run: Run
) -> Fitted:
    """Learn on, up to the model's `epochs` in all, with the encoding and pools as they are.

    Args:
        model: as `old_model` but for changes with which training may continue.
        fitted: what the last fit gave.
        old_model: the model of the last fit.
        data: rows to train on.
        run: as for `fit`.
    """
    _refuse_no_rows(data)
    _say_idle_alpha(model)
    before: Learned = fitted.state
    changed = {change.path.split(".")[0] for change in difference(old_model, model)}
    if run.verbosity:
        _say_other_bits("acceleration" in changed, before.training.environment)
    after = before
    if "builder" in changed:
        after = replace(before, recipe=_recipe(model, before.encoding, before.target, before.seed))
    architecture = architecture_of(after, model)
    if "acceleration" in changed:
        architecture = architecture.executed(model.acceleration.jit)
    if "builder" in changed:
        config, embeddings = _described(architecture, before.encoding)
        after = replace(after, network=config, embeddings=embeddings)
    state = before.training
    if changed & {"builder", "optimiser"}:
        state = carry_over(state, architecture_of(before, old_model), architecture)
    arrays = _arrays(model, before.encoding, before.target, data)
    return _trained(model, replace(after, training=state), architecture, arrays, run)


def objective_of(model: NeuralNetwork, target: Standardised | Classes) -> Objective:
    """Loss and finaliser of a model, for its kind of target."""
    return Objective(model.loss, getattr(model, "finaliser", "linear"), target.kind)


def architecture_of(state: Learned, model: NeuralNetwork, training: bool = True) -> Architecture:
    """What a model goes on training, or predicts with, which takes no more than one device."""
    trained = state.training
    made = _architecture(model, state.made_by, state.objective, trained.batch_size, training)
    return replace(made, mode=trained.mode)


@dataclass
class _Reporter:
    """Between training and its caller: losses in the target's units, bar or lines, the hooks."""

    run: Run
    start: Learned
    total: int
    bar: log.Progress

    @property
    def each_epoch(self) -> bool:
        """Only a caller's hook has to be asked before training goes on."""
        return self.run.on_epoch is not None

    def epoch(self, row: Mapping[str, float]) -> bool:
        row = learned.in_units(row, self.start.unit)
        measured = None if np.isnan(row["validation_loss"]) else row["validation_loss"]
        self.bar.advance(row["training_loss"], measured)
        if self.run.verbosity > 1:
            log.say(log.epoch_line({**row, "validation_loss": measured}, self.total))
        return self.run.epoch(row)

    def compiles(self) -> None:
        if self.run.verbosity > 1:
            log.say("compiling")

    def due(self, epoch: int) -> bool:
        return self.run.due(epoch)

    def keep(self, state: State) -> None:
        self.run.keep(learned.fitted(replace(self.start, training=state)))


def _trained(
    model: NeuralNetwork,
    start: Learned,
    architecture: Architecture,
    arrays: Arrays,
    run: Run,
) -> Fitted:
    """Train from what was learned so far up to the model's epochs."""
    done = start.training.epoch
    name = type(model).__name__
    model.optimiser.refuse_unusable_rates(done, model.epochs)
    if run.on_state is not None:
        learned.refuse_unwritable(start)
    run.begin()
    with log.progress(model.epochs, name, start=done, enabled=run.verbosity == 1) as bar:
        bar.note("compiling")  # until the first epoch is done; a known program takes no time
        try:
            training = train(
                architecture,
                start.training,
                arrays,
                epochs=model.epochs,
                learning_rate=model.optimiser.rate_at,
                penalty=(model.lambda_, model.alpha),
                validation=_validation(start, run.validation),
                run=_Reporter(run, start, model.epochs, bar),
            )
        except TrainingInterrupted as stop:
            kept = replace(start, training=stop.state)
            raise Interrupted(learned.fitted(kept)) from None
    if training.stopped and training.stopped != "on_epoch":
        log.warn(
            f"Training ended after {training.epoch} of {model.epochs} epochs: {training.stopped}. "
            "The last finite state is kept; a lower learning rate may help."
        )
    return learned.fitted(replace(start, training=training))


def known_by_its_builder(model: NeuralNetwork, fitted: Fitted) -> Fitted:
    """What was read from a file, with the builder as maker of a network that has layers of its own.

    Such layers are not known to Keras by the name that the file has; the builder knows them, if it
    still makes that network.
    """
    state: Learned = fitted.state
    known = isinstance(model.builder, Absent) or not learned.unknown(state)
    if known or other_network(model, fitted):
        return fitted
    recipe = _recipe(model, state.encoding, state.target, state.seed)
    return learned.fitted(replace(state, recipe=recipe))


def other_network(model: NeuralNetwork, fitted: Fitted) -> str:
    """What is different in the network that the builder makes now, in words, or `""`."""
    state: Learned = fitted.state
    if isinstance(model.builder, Absent) or state.network is None:
        return ""
    with compat.build_scope(0):
        now = network.config_of(_recipe(model, state.encoding, state.target, state.seed).make())
    found = "" if now is None else network.difference_of(state.network, now)
    return found and f"the builder makes another network now, {found}"


def _architecture(
    model: NeuralNetwork,
    recipe: network.Recipe,
    objective: Objective,
    size: int,
    training: bool = True,
) -> Architecture:
    made = Architecture(
        build=recipe.make,
        key=recipe.key,
        objective=objective,
        optimiser=model.optimiser,
        batch_size=size,
        shuffle=model.shuffle,
    )
    return replace(made, placement=_placement(model, made, training))


def _recipe(model: NeuralNetwork, encoding: Any, target: Any, seed: int) -> network.Recipe:
    own = named_seeds(seed, ("builder",))["builder"]
    precision = model.acceleration.precision
    return network.recipe(model.builder, encoding, target.n_out, own, precision)


def _placement(
    model: NeuralNetwork, architecture: Architecture, training: bool = True
) -> Placement:
    """Where to train; a network is looked at only where there is a choice.

    The plan that tells its size is made on the CPU, and is that of all placements. The network that
    was built for it is kept for a program on the CPU alone.
    """
    compat.keras_on_tensorflow()  # before TensorFlow, which imports Keras
    import tensorflow as tf

    acceleration: Acceleration = model.acceleration
    if acceleration.strategy != "auto" or not tf.config.list_logical_devices("GPU"):
        return acceleration.resolve(training=training)
    plan = architecture.plan()
    chosen = acceleration.resolve(architecture.batch_size * plan.anatomy.flops_per_row)
    if not chosen.on_cpu:
        plan.spare.pop(architecture.placement, None)
    return chosen


def _described(architecture: Architecture, encoding: Any) -> tuple[Any, tuple[network.Place, ...]]:
    """The configuration of a network, and where its embeddings are.

    A program's network may be that of a builder which gives its layers other names.
    """

    def describe(made: Any) -> tuple[Any, tuple[network.Place, ...]]:
        return network.config_of(made), network.embedding_places(made, encoding)

    def described() -> tuple[Any, tuple[network.Place, ...]]:
        with checkout(architecture) as program:
            if program.recipe == architecture.recipe:
                with program.traced.alone(), as_stock(program.network):
                    return describe(program.network)
        with compat.build_scope(0):
            return describe(architecture.build())

    return DESCRIBED.get(architecture.recipe, described)


def _initial(
    architecture: Architecture, seed: int, encoding: Any, embeddings: tuple[network.Place, ...]
) -> State:
    """The state before training; embeddings of levels that no training row shows are zero."""
    state = initial_state(architecture, seed)
    if not embeddings:
        return state
    values = list(state.network)
    for k in {place.variable for place in embeddings}:
        values[k] = values[k].copy()
    for place, shown in zip(embeddings, encoding.categories.shown, strict=True):
        place.of(values)[~shown] = 0
    with checkout(architecture) as program:
        return replace(state, network=tuple(values), optimiser=program.fresh_slots(values))


def _arrays(model: NeuralNetwork, encoding: Any, target: Any, data: Prepared) -> Arrays:
    by_class = model.row_weights(target, data.target)
    weights = training_weights(data.weights, by_class, len(data))
    return Arrays(feeding.kept(encoding(data.inputs)), target.encode(data.target), weights)


def _validation(start: Learned, data: Prepared | None) -> Arrays | None:
    """Rows to measure a validation loss on: sample weights count, class weights don't."""
    if data is None:
        return None
    weights = training_weights(data.weights, None, len(data))
    inputs = feeding.kept(start.encoding(data.inputs))
    return Arrays(inputs, start.target.encode(data.target), weights)


def _unit(model: NeuralNetwork, target: Standardised | Classes) -> float:
    """What a loss is multiplied by to be in the target's units: s to the loss's power."""
    power = commutes_with_scaling(model.loss)
    if not isinstance(target, Standardised) or power is None or target.n_out != 1:
        return 1.0
    return float(target.width[0] ** power)


def _drawn() -> int:
    """A seed that nothing else in the process knows or influences."""
    return int(np.random.SeedSequence().generate_state(1)[0])


def _refuse_no_rows(data: Prepared) -> None:
    if data.target is None:
        raise DataError(
            "There is no target to learn from.",
            expected="a target `y`",
            received="inputs alone",
            remedy="machine(model, X, y)",
        )
    if not len(data):
        raise DataError(
            "There are no rows to train on.",
            expected="at least one row",
            received="0 rows",
            remedy="Check the rows that were selected, and what was dropped before.",
        )
    if len(data.target) != len(data):
        raise DataError(
            "Inputs and target have different numbers of rows.",
            expected=f"{len(data)} targets, one per row of the inputs",
            received=f"{len(data.target)} targets",
        )


def _say_other_bits(accelerated: bool, environment: str) -> None:
    """Say why going on may give other last bits than one go would have."""
    if accelerated:
        log.say("acceleration changed: from now on the last bits may differ")
    elif changes := changed_environment(environment):
        log.say(f"trained elsewhere so far ({changes}): the last bits may differ from one go")


def _say_idle_alpha(model: NeuralNetwork) -> None:
    if model.alpha and not model.lambda_:
        log.warn(f"alpha={model.alpha} does nothing while lambda_=0: there is no penalty to mix.")


# verbs


def predict(model: NeuralNetwork, fitted: Fitted, data: Prepared) -> np.ndarray:
    """Probabilities `(n_rows, n_levels)` float32, or numbers `(n_rows, n_targets)` float64."""
    state: Learned = fitted.state
    made = answers(
        architecture_of(state, model, training=False), state, state.encoding(data.inputs)
    )
    return state.target.decode(made) if isinstance(state.target, Standardised) else made


def encode(fitted: Fitted, data: Prepared) -> Any:
    """What the network takes, as a user sees it."""
    encoding = fitted.state.encoding
    return encoding.view(encoding(data.inputs))


def serving(fitted: Fitted) -> Any:
    """A `tf.Module` over raw columns, with variables of its own."""
    state: Learned = fitted.state
    own = network.with_values(state.made_by.make, state.training.network)
    return graphs.servable(
        state.encoding, state.target, own, lambda z: finish(state.target, state.objective, z)
    )
