"""Stamps: captions, pictures on white, and recordings only where caption and language are in the same split."""

from __future__ import annotations

import av
import numpy as np
import pytest

from josie_bench.corpora import stamps
from josie_bench.corpora._texts import split_of
from josie_bench.errors import MediaError

# By hand: sha256("a frog") begins with 0.04 of the way and so tests; "a cat in the house 2" trains, see the first test.
CAPTIONS = {"frog": "A frog.", "cat": "A cat in the house 2."}


def write_png(path, pixels):
    with av.open(str(path), "w", format="image2", options={"update": "1"}) as container:
        track = container.add_stream("png", rate=1)
        track.height, track.width, track.pix_fmt = pixels.shape[0], pixels.shape[1], "rgba"
        container.mux(track.encode(av.VideoFrame.from_ndarray(pixels, format="rgba")))
        container.mux(track.encode(None))


@pytest.fixture
def root(tmp_path):
    folder = tmp_path / stamps.STAMPS / "animals"
    folder.mkdir(parents=True)
    for name, caption in CAPTIONS.items():
        words = f"{caption}\nfr.utf8=Un {name} français.\nes.utf8=Un {name} español.\nde.utf8=\n"
        (folder / f"{name}.txt").write_text(words, encoding="utf-8")
        for ending in ("_desc_fr", "_desc_es", "_desc_de", "_desc", ""):
            (folder / f"{name}{ending}.ogg").write_bytes(b"sound")
    pixels = np.zeros((2, 3, 4), dtype=np.uint8)
    pixels[0, 0] = (200, 100, 50, 255)
    pixels[1, 2] = (0, 0, 0, 51)
    write_png(folder / "frog.png", pixels)
    (folder / "empty.txt").write_text("", encoding="utf-8")
    return tmp_path


def test_the_captions_are_in_the_splits_the_test_needs():
    assert split_of("a frog", test=0.3) == "test"
    assert split_of("a cat in the house 2", test=0.3) == "train"


def test_a_recording_is_an_item_where_caption_and_language_agree(root):
    found = {item.id: (item.split, item.language, item.transcript) for item in stamps.read_items(root)}
    assert found == {
        "animals/frog": ("test", "en", "A frog."),  # the picture alone
        "animals/frog/en": ("test", "en", "A frog."),
        "animals/frog/es": ("test", "es", "Un frog español."),
        "animals/cat/fr": ("train", "fr", "Un cat français."),
    }


def test_a_speaker_is_a_language_and_pictures_alone_have_none(root):
    speakers = {item.id: item.speaker for item in stamps.read_items(root)}
    assert speakers["animals/frog/es"] == "tuxpaint-es"
    assert speakers["animals/frog"] is None


def test_a_picture_is_shown_on_white(root):
    item = next(item for item in stamps.read_items(root) if item.id == "animals/frog")
    (picture,) = stamps.frames(root, item)
    assert picture.shape == (2, 3, 3)
    assert picture[0, 0].tolist() == [200, 100, 50]
    assert picture[0, 1].tolist() == [255, 255, 255]
    assert picture[1, 2].tolist() == [204, 204, 204]  # black at a fifth: 255 * 4 / 5


def test_a_damaged_picture_is_one_line(root):
    item = next(item for item in stamps.read_items(root) if item.id == "animals/frog")
    (root / item.picture).write_bytes(b"no picture")
    with pytest.raises(MediaError, match=r"frog\.png: cannot be decoded as a picture"):
        stamps.frames(root, item)


@pytest.mark.parametrize(
    ("path", "kept"),
    [
        ("usr/share/tuxpaint/stamps/a/b.png", True),
        ("usr/share/tuxpaint/stamps/a/b.txt", True),
        ("usr/share/tuxpaint/stamps/a/b_desc_fr.ogg", True),
        ("usr/share/tuxpaint/stamps/a/b_desc.ogg", True),
        ("usr/share/tuxpaint/stamps/a/b_desc_ml.ogg", False),
        ("usr/share/tuxpaint/stamps/a/b.ogg", False),
        ("usr/share/tuxpaint/stamps/a/b.svg", False),
        ("usr/share/doc/tuxpaint/a.txt", False),
    ],
)
def test_captions_pictures_and_spoken_captions_are_kept(path, kept):
    assert stamps.keeps(path) is kept
