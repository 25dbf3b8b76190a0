"""Machines to files and back: the same bits, training that goes on, honest refusals."""

import json
import subprocess
import sys
import zipfile
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import toys
from toys import Shares, Walker

import kerasflux as kf
from kerasflux import storage
from kerasflux.hyperparameters import Hyperparameters
from kerasflux.interface import QUIET


class Shoes(Hyperparameters):
    """Stands for a builder."""

    size: int = 42


class Shod(Walker):
    """A walker that needs its shoes to start, but not to go on."""

    shoes: Shoes = Shoes()

    def fit(self, data, run=QUIET):
        assert self.shoes.size
        return super().fit(data, run)


class Calling(Walker):
    """Has a function among its hyperparameters."""

    hook: Callable | None = None


@pytest.fixture
def X():
    return pd.DataFrame({"a": [1.0, 2.0, 3.0, 4.0], "b": pd.Categorical(list("uvuv"))})


@pytest.fixture
def y():
    return np.array([1.0, 2.0, 3.0, 6.0])


@pytest.fixture
def path(tmp_path):
    return tmp_path / "machine.kflux"


def test_a_loaded_machine_predicts_the_same_bits(X, path):
    mach = kf.machine(Shares(), X, pd.Categorical(list("nyny"))).fit(verbosity=0)
    mach.save(path)
    loaded = kf.load(path, builders=[Shares])
    raw = X.astype({"b": str})[["b", "a"]]
    assert np.array_equal(loaded.predict(raw), mach.predict(X))
    assert loaded.input_schema == mach.input_schema
    assert loaded.target_schema == mach.target_schema
    assert loaded.report.decision == "from scratch (2: never trained)"
    assert loaded.model == mach.model


def test_a_loaded_machine_goes_on_with_the_same_data_bit_for_bit(X, y, path):
    kf.machine(Walker(epochs=4), X, y).fit(rows=[0, 1, 3], verbosity=0).save(path)
    loaded = kf.load(path, builders=[Walker]).with_data(X, y)
    loaded.model.epochs = 10
    assert loaded.fit(verbosity=0).report.decision == "continued (4: epochs 4 -> 10)"
    once = kf.machine(Walker(epochs=10), X, y).fit(rows=[0, 1, 3], verbosity=0)
    assert loaded.training_losses.tolist() == once.training_losses.tolist()


def test_a_loaded_machine_recognises_the_raw_csv(X, y, path, tmp_path):
    kf.machine(Walker(), X, y).fit(verbosity=0).save(path)
    X.to_csv(tmp_path / "raw.csv", index=False)
    raw = pd.read_csv(tmp_path / "raw.csv")[["b", "a"]]
    loaded = kf.load(path, builders=[Walker]).with_data(raw, y)
    assert loaded.fit(verbosity=0).report.decision.startswith("nothing to do (3")


def test_other_data_starts_from_scratch_and_says_so(X, y, path):
    kf.machine(Walker(), X, y).fit(verbosity=0).save(path)
    loaded = kf.load(path, builders=[Walker]).with_data(X, y + 1)
    decision = loaded.fit(verbosity=0).report.decision
    assert decision == "from scratch (2: other data), 10 epochs discarded"


@pytest.mark.parametrize("builders", [Walker, {"Walker": Walker}, (Walker,), iter([Walker])])
def test_classes_are_given_alone_or_several_or_as_custom_objects(X, y, path, builders):
    kf.machine(Walker(), X, y).fit(verbosity=0).save(path)
    assert kf.load(path, builders=builders).model == Walker()


@pytest.mark.parametrize(
    ("builders", "received"),
    [("Walker", "'Walker'"), (["Walker"], "'Walker'"), (Walker(), "Walker()"), (7, "7")],
)
def test_builders_that_are_no_classes_are_refused(X, y, path, builders, received):
    kf.machine(Walker(), X, y).fit(verbosity=0).save(path)
    with pytest.raises(kf.ArgumentError, match="neither a class nor a function") as refusal:
        kf.load(path, builders=builders)
    assert refusal.value.received == received
    assert refusal.value.remedy


@pytest.mark.parametrize(
    ("named", "remedy"),
    [
        ({"builder": [Walker]}, "`kf.load(path, builders=[Walker])`."),
        ({"custom_objects": {"Walker": Walker}}, "`kf.load(path, builders=[Walker])`."),
        ({"classes": Walker}, "`kf.load(path, builders=[Walker])`."),
        ({"X": 1}, "`kf.load(path).with_data(X, y)`."),
        ({"compile": False}, "Leave it out"),
        ({"bilders": []}, "did you mean 'builders'?"),
    ],
)
def test_arguments_that_load_does_not_have_are_explained(path, named, remedy):
    with pytest.raises(TypeError, match=f"`load` has no argument `{next(iter(named))}`") as refusal:
        kf.load(path, **named)
    assert remedy in refusal.value.remedy


def test_classes_by_position_are_explained(path):
    with pytest.raises(TypeError, match="`load` takes 1 by position: path") as refusal:
        kf.load(path, [Walker])
    assert refusal.value.remedy == "`kf.load(path, builders=[...])`."


def test_arguments_that_save_does_not_have_are_explained(X, y, path):
    mach = kf.machine(Walker(), X, y).fit(verbosity=0)
    with pytest.raises(TypeError, match="`save` has no argument `overwrite`") as refusal:
        kf.save(mach, path, overwrite=True)
    assert "replaces what was saved there before" in refusal.value.remedy
    with pytest.raises(TypeError, match="`save` has no argument `overwrite`"):
        mach.save(path, overwrite=True)
    with pytest.raises(TypeError, match=r"`mach.save\(path\)`"):
        kf.save(mach)
    assert not path.exists()


def test_an_interrupted_fit_goes_on_after_loading(X, y, path):
    def stop(row):
        if row["epoch"] == 3:
            raise KeyboardInterrupt

    mach = kf.machine(Walker(), X, y)
    with pytest.raises(KeyboardInterrupt):
        mach.fit(on_epoch=stop, verbosity=0)
    mach.save(path)
    loaded = kf.load(path, builders=[Walker]).with_data(X, y)
    decision = loaded.fit(verbosity=0).report.decision
    assert decision == "continued (3: interrupted after 3, going on to 10 epochs)"


def test_a_changed_model_is_saved_beside_that_of_the_last_fit(X, y, path):
    mach = kf.machine(Walker(), X, y).fit(verbosity=0)
    mach.model.epochs = 12
    mach.freeze().save(path)
    loaded = kf.load(path, builders=[Walker])
    assert loaded.model.epochs == 12
    assert loaded.fitted_model.epochs == 10
    assert loaded.frozen
    assert "continued" in loaded.thaw().with_data(X, y).fit(verbosity=0).report.decision


def test_a_folder_does_as_well_as_a_file(X, y, tmp_path):
    mach = kf.machine(Walker(), X, y).fit(verbosity=0)
    mach.save(f"{tmp_path}/machine/")
    assert (tmp_path / "machine" / "manifest.json").is_file()
    loaded = kf.load(tmp_path / "machine", builders=[Walker])
    assert loaded.training_losses.tolist() == mach.training_losses.tolist()


def test_the_manifest_says_what_wrote_it_and_holds_no_data(X, y, path):
    kf.machine(Walker(), X, y).fit(verbosity=0).save(path)
    manifest, arrays = storage.read(path)
    assert {"kerasflux", "python", "numpy"} <= set(manifest["versions"])
    assert set(arrays) == {"rows", "state/place", "state/losses"}
    assert "pickle" not in zipfile.ZipFile(path).read("manifest.json").decode()


def test_a_builder_that_is_not_given_is_only_missed_by_a_cold_fit(X, y, path):
    kf.machine(Shod(), X, y).fit(verbosity=0).save(path)
    loaded = kf.load(path, builders=[Shod]).with_data(X, y)
    assert len(loaded.predict()) == 4
    loaded.model.epochs = 12
    assert loaded.fit(verbosity=0).report.decision == "continued (4: epochs 10 -> 12)"
    with pytest.raises(kf.BuilderNotFound, match=r"builders=\[Shoes\]"):
        loaded.fit(restart="always", verbosity=0)
    assert len(loaded.training_losses) == 13
    whole = kf.load(path, builders=[Shod, Shoes]).with_data(X, y)
    assert len(whole.fit(restart="always", verbosity=0).training_losses) == 11


def test_a_machine_without_its_builder_saves_again(X, y, path):
    kf.machine(Shod(), X, y).fit(verbosity=0).save(path)
    kf.load(path, builders=[Shod]).save(path)
    assert kf.load(path, builders=[Shod, Shoes]).model.shoes.size == 42


def test_an_unknown_model_is_refused_by_name(X, y, path):
    kf.machine(Walker(), X, y).fit(verbosity=0).save(path)
    with pytest.raises(kf.BuilderNotFound, match=r"builders=\[Walker\]"):
        kf.load(path)


def test_functions_are_refused_by_path_and_what_stood_there_stands(X, y, path):
    kf.machine(Walker(), X, y).fit(verbosity=0).save(path)
    mach = kf.machine(Calling(hook=lambda: None), X, y).fit(verbosity=0)
    with pytest.raises(kf.StorageError, match="hook"):
        mach.save(path)
    assert kf.load(path, builders=[Walker]).model == Walker()


def test_nothing_learned_is_nothing_to_save(X, y, path):
    with pytest.raises(kf.NotFitted, match="nothing to save"):
        kf.machine(Walker(), X, y).save(path)


def test_a_model_without_dump_says_so(X, path):
    class Mute(Walker):
        dump = kf.Model.dump

    mach = kf.machine(Mute(), X, np.ones(4)).fit(verbosity=0)
    with pytest.raises(kf.NotSupported, match="save"):
        mach.save(path)
    assert not path.exists()


def test_files_of_others_are_refused(tmp_path):
    storage.write(tmp_path / "other", {"kind": "else"}, {})
    with pytest.raises(kf.StorageError, match="holds no machine"):
        kf.load(tmp_path / "other")
    with pytest.raises(kf.StorageError):
        kf.load(tmp_path / "nowhere")
    (tmp_path / "text").write_text("hello")
    with pytest.raises(kf.StorageError):
        kf.load(tmp_path / "text")


def test_a_fresh_process_predicts_the_same_bits(X, path):
    mach = kf.machine(Shares(), X, pd.Categorical(list("nyyy"))).fit(verbosity=0)
    mach.save(path)
    program = f"""
import sys, json
sys.path[:0] = [{str(Path(toys.__file__).parents[1])!r}, {str(Path(toys.__file__).parent)!r}]
import pandas as pd, toys, kerasflux as kf
p = kf.load({str(path)!r}, builders=[toys.Shares]).predict(pd.DataFrame({{"b": ["v"], "a": [0]}}))
print(json.dumps([float(v).hex() for v in p.probabilities[0]]))
"""
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout) == [float(v).hex() for v in mach.predict(X).probabilities[0]]
