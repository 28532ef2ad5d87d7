"""Lock files: paths that tell no home and still lead where they led, and files that cannot be written."""

from __future__ import annotations

import pytest

from josie_bench.errors import OutputError
from josie_bench.streams import BUNDLED_FOLDER
from josie_bench.suites.expand import expand
from josie_bench.suites.load import load_suite
from josie_bench.suites.lock_file import lock, write_lock
from tests.suites.writing import suite_of, weights_file


@pytest.fixture
def place(tmp_path, monkeypatch):
    """Return a folder with a home in it, where a clip, words and weights lie in the home and beside it."""
    for name in ("home/maria", "media"):
        folder = tmp_path / name
        folder.mkdir(parents=True)
        clip = next((BUNDLED_FOLDER / "speech").glob("cards-*.wav"))
        (folder / "clip.wav").write_bytes(clip.read_bytes())
        (folder / "words.txt").write_text("hello")
        weights_file(folder / "w.safetensors")
    monkeypatch.setenv("HOME", str(tmp_path / "home" / "maria"))
    return tmp_path


def locked(place, source):
    body = (
        f"    stream: {{speech: {source}/clip.wav, text: {source}/words.txt}}\n"
        f"    weights: [{source}/w.safetensors]\n    modalities: [audio, text]\n"
    )
    suite = suite_of(place, body)
    cases = expand(suite)
    run = place / "reports" / "one"
    run.mkdir(parents=True)
    written = lock(suite, cases, run)
    write_lock(written, run / "suite.lock.yaml")
    return cases, written["cases"][0], run / "suite.lock.yaml"


@pytest.mark.parametrize("source", ["home/maria", "~"])
def test_a_path_below_the_home_begins_with_a_tilde(place, source):
    cases, entry, file = locked(place, source)
    assert entry["stream"] == {"speech": "~/clip.wav", "video": None, "text": "~/words.txt"}
    assert entry["weights"] == ["~/w.safetensors"]
    assert "maria" not in file.read_text()
    assert expand(load_suite(file)) == cases


def test_any_other_path_leads_there_from_the_lock(place):
    cases, entry, file = locked(place, "media")
    assert entry["stream"]["speech"] == "../../media/clip.wav"
    assert entry["weights"] == ["../../media/w.safetensors"]
    assert str(place) not in file.read_text()
    assert expand(load_suite(file)) == cases


def test_the_id_of_a_case_tells_no_home(place):
    clips = f"[{place}/home/maria/clip.wav, {place}/media/clip.wav]"
    suite = suite_of(place, f"    modalities: [audio]\n    matrix: {{grid: {{stream.speech: {clips}}}}}\n")
    first, second = (case.id for case in expand(suite))
    assert first.endswith("/stream.speech=__clip.wav")
    assert second.endswith("_media_clip.wav")


def test_words_and_bundled_media_are_no_paths(tmp_path):
    suite = suite_of(tmp_path, "    stream: {text: hello you}\n    modalities: [audio, text]\n")
    stream = lock(suite, expand(suite), tmp_path)["cases"][0]["stream"]
    assert (stream["speech"], stream["text"]) == ("bundled", "hello you")


def test_a_lock_that_cannot_be_written_names_its_path(tmp_path):
    (tmp_path / "taken").write_text("")
    with pytest.raises(OutputError, match="lock"):
        write_lock({"name": "x"}, tmp_path / "taken" / "suite.lock.yaml")
