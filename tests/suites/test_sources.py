"""Files that cases name: found beside the suite, looked at once, told by content."""

from __future__ import annotations

import hashlib
import os

import pytest

from josie_bench.errors import SuiteError, WeightsError
from josie_bench.plugins import find_member
from josie_bench.suites.expand import expand
from josie_bench.suites.sources import Sources, is_place
from tests.suites.writing import cases_of, cases_of_lock, suite_of, weights_file

TYPED = "    modalities: [text]\n    stream: {text: TEXT}\n"


def test_words_are_words_and_files_are_files():
    assert [is_place("text", choice) for choice in ("hello", "bundled", "a.txt", "A.TXT")] == [False, False, True, True]
    assert [is_place("speech", choice) for choice in ("bundled", "hello", "a.txt")] == [False, True, True]


def test_a_file_of_words_lies_beside_the_suite_like_any_other(tmp_path, monkeypatch):
    (tmp_path / "suites").mkdir()
    (tmp_path / "suites" / "words.txt").write_text("hello")
    monkeypatch.chdir(tmp_path)
    body = TYPED.replace("TEXT", "words.txt")
    (case,) = cases_of(tmp_path / "suites", body)
    assert case.stream.text == str(tmp_path / "suites" / "words.txt")
    assert cases_of_lock(tmp_path / "suites", body) == (case,)


def test_words_are_looked_at_too(tmp_path):
    with pytest.raises(SuiteError, match=r"t.yaml:7: stream.text: text holds no words"):
        cases_of(tmp_path, TYPED.replace("TEXT", "' '"))


def test_a_home_folder_is_found_and_an_unknown_one_is_a_missing_file(tmp_path, monkeypatch):
    (tmp_path / "words.txt").write_text("hello")
    monkeypatch.setenv("HOME", str(tmp_path))
    (tmp_path / "suites").mkdir()
    (case,) = cases_of(tmp_path / "suites", TYPED.replace("TEXT", "~/words.txt"))
    assert case.stream.text == str(tmp_path / "words.txt")
    with pytest.raises(SuiteError, match=r"name a \.txt file that exists"):
        cases_of(tmp_path / "suites", TYPED.replace("TEXT", "~nobody-here/words.txt"))


def test_weights_in_one_text_are_a_list_of_one(tmp_path):
    weights_file(tmp_path / "a.safetensors")
    one, several = (cases_of(tmp_path, f"    weights: {text}\n") for text in ("a.safetensors", "[a.safetensors]"))
    assert one == several
    assert one[0].model.weights == (str(tmp_path / "a.safetensors"),)
    assert cases_of_lock(tmp_path, "    weights: a.safetensors\n") == one


@pytest.mark.parametrize(("preset", "mend"), [("nano", ", or set preset to nano"), ("mimi-24k", "")])
def test_weights_of_another_preset_name_the_ways_to_mend(tmp_path, preset, mend):
    weights_file(tmp_path / "a.safetensors", preset=preset)
    with pytest.raises(SuiteError, match=f"of preset {preset}, not of tiny: name a file of tiny{mend}$"):
        cases_of(tmp_path, "    weights: a.safetensors\n")


def test_weights_are_held_against_each_model_once_and_no_model_without_them(tmp_path):
    weights_file(tmp_path / "a.safetensors")
    held = []
    grid = "    matrix: {grid: {seed: [1, 2], context: [8, 64], ablate: [[], [m_rope]]}}\n"
    expand(suite_of(tmp_path, grid), held.append)
    assert held == []
    cases = expand(suite_of(tmp_path, grid + "    weights: a.safetensors\n"), held.append)
    assert (len(cases), [choice.ablate for choice in held]) == (8, [(), ("m_rope",)])
    assert held[0].weights == (str(tmp_path / "a.safetensors"),)


def test_weights_that_do_not_fit_are_told_where_they_are_written(tmp_path):
    def refuse(choice):
        raise WeightsError(f"{choice.preset}: too small: buy larger ones")

    weights_file(tmp_path / "a.safetensors")
    suite = suite_of(tmp_path, "    seed: 1\n    weights: a.safetensors\n")
    with pytest.raises(SuiteError, match=r"t\.yaml:7: weights: tiny: too small: buy larger ones$"):
        expand(suite, refuse)


def test_a_pipe_of_weights_does_not_hang(tmp_path):
    os.mkfifo(tmp_path / "a.safetensors")
    with pytest.raises(SuiteError, match="not a file"):
        cases_of(tmp_path, "    weights: a.safetensors\n")


def test_a_file_is_looked_at_once_for_all_cases(tmp_path, monkeypatch):
    looked = []
    speech = find_member("streams", "speech")
    monkeypatch.setattr(speech, "probe", looked.append)
    assert len(cases_of(tmp_path, "    matrix: {grid: {seed: [1, 2, 3]}}\n")) == 3
    assert looked == ["bundled"]


def test_the_digest_is_of_the_files_and_of_words_the_words(tmp_path):
    for name in "ba":
        (tmp_path / name).write_text(name)
    a, b = (hashlib.sha256(letter.encode()).hexdigest() for letter in "ab")
    sources = Sources()
    assert sources.digest("speech", str(tmp_path)) == [a, b]
    assert sources.digest("weights", str(tmp_path / "b")) == [b]
    assert sources.digest("text", "hello") == "hello"
    assert sources.digest("video", "bundled") == "bundled"


@pytest.fixture
def shipped(tmp_path, monkeypatch):
    """Let a file of weights ship with `tiny`."""
    folder = tmp_path / "package"
    folder.mkdir()
    monkeypatch.setattr("josie_bench.model.shipped.FOLDER", folder)
    weights_file(folder / "tiny.safetensors")
    return str(folder / "tiny.safetensors")


def weights_of(folder, body):
    return cases_of(folder, f"    windows: 20\n{body}")[0].model.weights


def test_what_ships_with_a_preset_is_taken_unless_something_else_is_said(tmp_path, shipped):
    weights_file(tmp_path / "a.safetensors")
    assert weights_of(tmp_path, "") == (shipped,)
    assert weights_of(tmp_path, "    weights: []\n") == ()
    assert weights_of(tmp_path, "    weights: a.safetensors\n") == (str(tmp_path / "a.safetensors"),)
    assert weights_of(tmp_path, "    weights: [shipped, a.safetensors]\n")[0] == shipped


@pytest.mark.parametrize("change", ["ablate: temporal", "quantizer: parallel", "layers: {temporal_transformer: 1}"])
def test_a_model_that_is_changed_is_seeded_unless_it_is_told_to_take_what_ships(tmp_path, shipped, change):
    assert weights_of(tmp_path, f"    {change}\n") == ()
    assert weights_of(tmp_path, f"    {change}\n    weights: shipped\n") == (shipped,)


def test_what_ships_is_held_against_a_changed_model_alone(tmp_path, shipped):
    held = []
    for body in ("", "    weights: shipped\n", "    weights: shipped\n    ablate: temporal\n"):
        expand(suite_of(tmp_path, f"    windows: 20\n{body}"), held.append)
    assert [model.ablate for model in held] == [("temporal",)]


def test_nothing_ships_with_most_presets(tmp_path, shipped):
    body = "    preset: nano\n    weights: shipped\n"
    with pytest.raises(SuiteError, match=r"t\.yaml:7: weights: none are shipped with nano: name a file"):
        cases_of(tmp_path, body)


def test_a_lock_names_what_ships_by_its_word_and_what_does_not_as_seeded(tmp_path, shipped):
    assert cases_of_lock(tmp_path, "    windows: 20\n") == cases_of(tmp_path, "    windows: 20\n")
    assert "shipped" in (tmp_path / "suite.lock.yaml").read_text()
    assert cases_of_lock(tmp_path, "    weights: []\n") == cases_of(tmp_path, "    weights: []\n")
