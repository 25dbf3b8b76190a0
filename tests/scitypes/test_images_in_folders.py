"""Folders of images: which files count, in which order, under which label."""

import io
import os
import warnings

import numpy as np
import pandas as pd
import pytest
from PIL import Image as pillow

from scitypes.errors import ImageError
from scitypes.imagefolders import images_from_directory
from scitypes.images import ImageVector
from scitypes.inference import scitype
from scitypes.lattice import ColorImage, GrayImage, Multiclass, Vector
from scitypes.messages import ScitypeWarning

DRAW = np.random.default_rng(2)


def photo(path, height=4, width=3):
    path.parent.mkdir(parents=True, exist_ok=True)
    pillow.fromarray(DRAW.integers(0, 256, (height, width, 3), np.uint8)).save(path)
    return path


@pytest.fixture
def folder(tmp_path):
    for name in ("dog/2.png", "dog/10.png", "cat/1.JPG", "cat/indoors/3.webp", "bird/a.tiff"):
        photo(tmp_path / name)
    return tmp_path


def names(folder, images):
    return [os.path.relpath(file, folder).replace(os.sep, "/") for file in images.files]


def test_files_are_sorted_by_folder_and_name_and_labelled_by_folder(folder):
    images, labels = images_from_directory(folder)
    assert names(folder, images) == [
        *("bird/a.tiff", "cat/1.JPG", "cat/indoors/3.webp", "dog/10.png", "dog/2.png"),
    ]
    assert list(labels) == ["bird", "cat", "cat", "dog", "dog"]
    assert isinstance(labels, pd.Categorical)
    assert scitype(labels) == Vector[Multiclass[3]]
    assert scitype(images) == Vector[ColorImage[4, 3]]
    assert images.files is not None


def test_folders_without_images_are_levels(folder):
    (folder / "ant").mkdir()
    _, labels = images_from_directory(str(folder))
    assert list(labels.categories) == ["ant", "bird", "cat", "dog"]
    assert not labels.ordered
    assert "ant" not in list(labels)


def test_without_labels_images_may_lie_anywhere(folder):
    photo(folder / "cover.png")
    images = images_from_directory(folder, labels=None)
    assert isinstance(images, ImageVector)
    assert names(folder, images)[0] == "cover.png"
    assert len(images) == 6
    assert len(images_from_directory(folder / "cat", labels=None)) == 2


def test_mixed_sizes_are_refused_with_counts_or_resized(folder):
    photo(folder / "cat" / "large.png", 8, 8)
    with pytest.raises(ImageError, match=r"4 × 3 \(5 of them\); 8 × 8 \(1 of them\)"):
        images_from_directory(folder)
    images, labels = images_from_directory(folder, size=(2, 2), resample="nearest")
    assert images.array().shape == (6, 2, 2, 3)
    assert len(labels) == 6


def test_the_scitype_is_that_of_the_vector(tmp_path):
    (tmp_path / "a").mkdir()
    pillow.new("L", (3, 4)).save(tmp_path / "a" / "1.png")
    assert images_from_directory(tmp_path)[0].shape == (1, 4, 3, 1)
    assert images_from_directory(tmp_path, ColorImage)[0].shape == (1, 4, 3, 3)
    with pytest.raises(ImageError, match="another size"):
        images_from_directory(tmp_path, GrayImage[4, 4])


def test_other_and_hidden_files_are_left_out_and_counted(folder):
    (folder / "notes.txt").write_text("milk")
    (folder / "cat" / "labels.txt").write_text("milk")
    (folder / "cat" / "README").write_text("milk")
    (folder / "cat" / ".DS_Store").write_bytes(b"\0")
    (folder / ".cache").mkdir()
    (folder / "cat" / ".thumbnails").mkdir()
    photo(folder / "cat" / ".thumbnails" / "1.png")
    with pytest.warns(ScitypeWarning) as caught:
        images, labels = images_from_directory(folder)
    assert str(caught[0].message) == (
        "left out of the images: 3 files without the ending of an image: .txt (2 of them), "
        "no ending (1 of them); 3 hidden. pattern= says which are meant"
    )
    assert len(images) == 5
    assert ".cache" not in labels.categories


def test_a_pattern_says_which_files_are_meant_and_nothing_is_told_of_others(folder):
    (folder / "cat" / "notes.txt").write_text("milk")
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        images, labels = images_from_directory(folder, pattern="*.png")
    assert names(folder, images) == ["dog/10.png", "dog/2.png"]
    assert list(labels.categories) == ["bird", "cat", "dog"]


def test_a_pattern_takes_images_under_other_endings(tmp_path):
    photo(tmp_path / "a" / "1.png").rename(tmp_path / "a" / "1.img")
    with pytest.raises(ImageError, match="no images") as caught:
        images_from_directory(tmp_path)
    assert caught.value.received == "1 file, none with an ending of an image: .img (1 of them)"
    assert len(images_from_directory(tmp_path, pattern="*.img")[0]) == 1


def test_corrupt_files_are_all_named(folder):
    (folder / "cat" / "bad.png").write_bytes(b"no image")
    (folder / "dog" / "empty.jpg").write_bytes(b"")
    with pytest.raises(ImageError, match="2 of 7 image files") as caught:
        images_from_directory(folder)
    assert [os.path.basename(file) for file in caught.value.files] == ["bad.png", "empty.jpg"]


def test_truncated_files_are_named_when_they_are_read(folder):
    buffer = io.BytesIO()
    pillow.fromarray(DRAW.integers(0, 256, (4, 3, 3), np.uint8)).save(buffer, "bmp")
    (folder / "cat" / "cut.bmp").write_bytes(buffer.getvalue()[:-10])
    images, _ = images_from_directory(folder)
    with pytest.raises(ImageError, match=r"cut\.bmp can't be read"):
        images.array()


def test_a_folder_that_is_none_is_refused(tmp_path):
    with pytest.raises(ImageError, match="it does not exist"):
        images_from_directory(tmp_path / "photos")
    file = photo(tmp_path / "a.png")
    with pytest.raises(ImageError, match="it is a file"):
        images_from_directory(file)


def test_a_folder_without_images_is_refused_with_what_is_in_it(tmp_path):
    with pytest.raises(ImageError, match="there are no images") as caught:
        images_from_directory(tmp_path)
    assert caught.value.received == "0 files"
    for i in range(12):
        (tmp_path / f"{i}.txt").write_text("milk")
    with pytest.raises(ImageError) as caught:
        images_from_directory(tmp_path)
    assert caught.value.received.endswith("none with an ending of an image: .txt (12 of them)")
    with pytest.raises(ImageError) as caught:
        images_from_directory(tmp_path, pattern="*.png")
    assert caught.value.received == "no file whose name is like '*.png'"


def test_images_beside_the_folders_have_no_label(folder):
    cover = photo(folder / "cover.png")
    with pytest.raises(ImageError, match=r"1 image in .* itself can't be labelled") as caught:
        images_from_directory(folder)
    assert caught.value.received == "'cover.png', beside 3 folders"
    assert caught.value.files == (str(cover),)
    with pytest.raises(ImageError, match="which has no folders"):
        images_from_directory(folder / "dog")


def test_labels_come_from_folders_or_not_at_all(folder):
    with pytest.raises(ImageError, match="labels can't be had from 'inferred'"):
        images_from_directory(folder, labels="inferred")


def test_images_of_several_sizes_are_refused_with_the_call_that_resizes_them(tmp_path):
    for name in ("a/1.png", "a/2.png"):
        photo(tmp_path / name, 6, 8)
    photo(tmp_path / "b" / "3.png", 5, 8)
    with pytest.raises(ImageError, match="different sizes") as caught:
        images_from_directory(tmp_path, pattern="*.png")
    code = caught.value.remedy.removeprefix("resize them: ")
    assert code == f"images_from_directory({str(tmp_path)!r}, pattern='*.png', size=(6, 8))"
    images, _ = eval(code)
    assert images.shape == (3, 6, 8, 3)


def test_gray_and_coloured_images_are_refused_with_the_call_that_makes_them_one_kind(tmp_path):
    photo(tmp_path / "1.png")
    pillow.new("L", (3, 4)).save(tmp_path / "2.png")
    with pytest.raises(ImageError, match="mixed") as caught:
        images_from_directory(tmp_path, labels=None)
    code = caught.value.remedy.split(": ", 1)[1]
    assert code == f"images_from_directory({str(tmp_path)!r}, ColorImage, labels=None)"
    assert eval(code).shape == (2, 4, 3, 3)


def test_images_of_another_size_than_asked_for_are_refused_with_the_call_that_resizes(tmp_path):
    photo(tmp_path / "a" / "1.png")
    with pytest.raises(ImageError, match="another size") as caught:
        images_from_directory(tmp_path, GrayImage[8, 6], resample="nearest")
    code = caught.value.remedy.removeprefix("resize them: ")
    assert "GrayImage[8, 6], size=(8, 6), resample='nearest')" in code
    with pytest.raises(ImageError, match="colour"):
        eval(code)
    assert eval(code.replace("Gray", "Color"))[0].shape == (1, 8, 6, 3)
