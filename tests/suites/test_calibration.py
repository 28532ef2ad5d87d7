"""Group `calibration`: recordings of a case's own, by content; refused where they are for nothing or of no use."""

from __future__ import annotations

import hashlib
import json
import shutil

import numpy as np
import pytest
import soundfile
from hypothesis import given
from hypothesis import strategies as st

from josie_bench.errors import SuiteError
from josie_bench.plugins import find_member, member_names
from josie_bench.suites.calibration import calibration_misfit, is_calibrated
from josie_bench.suites.document import Placed
from josie_bench.suites.expand import expand
from josie_bench.suites.groups import CalibrationKeys
from josie_bench.suites.load import load_suite
from josie_bench.suites.settings import NOWHERE, validated
from josie_bench.terms.calibration_choice import MOST_WINDOWS, CalibrationChoice
from josie_bench.terms.engine_choice import EngineChoice
from tests.suites.writing import cases_of, cases_of_lock, ids

INT8 = "    backend: onnxruntime\n    precision: int8_qdq\n"
OWN = CalibrationChoice(speech="/a", video="bundled", windows=64, sha256="1" * 64)


@pytest.fixture
def speech(tmp_path):
    """Return a folder with two recordings beside the suite."""
    folder = tmp_path / "calls"
    folder.mkdir()
    for name, level in (("a.wav", 0.25), ("b.wav", 0.5)):
        soundfile.write(folder / name, np.full(1600, level, np.float32), 16_000, subtype="FLOAT")
    return folder


def calibration_of(folder, body, overrides=()):
    (case,) = cases_of(folder, INT8 + body, overrides)
    return case.engines.calibration


def test_without_the_group_or_with_its_defaults_the_usual_set_is_taken(tmp_path):
    plain, *others = (cases_of(tmp_path, INT8 + body) for body in ("", "    calibration: {windows: 24}\n"))
    assert plain[0].engines.calibration is None
    assert others == [plain]
    assert cases_of_lock(tmp_path, INT8) == plain


def test_a_folder_lies_beside_the_suite_and_is_told_by_the_content_of_its_files(speech, tmp_path):
    found = calibration_of(tmp_path, "    calibration: {speech: calls, windows: 64}\n")
    assert (found.speech, found.video, found.windows) == (str(speech), "bundled", 64)
    heard = [["audio", hashlib.sha256((speech / name).read_bytes()).hexdigest()] for name in ("a.wav", "b.wav")]
    clips = find_member("streams", "video").find("bundled")
    seen = [["vision", hashlib.sha256(file.read_bytes()).hexdigest()] for file in clips]
    assert found.sha256 == hashlib.sha256(json.dumps(heard + seen).encode()).hexdigest()


def test_the_same_content_elsewhere_is_the_same_case_and_other_content_another(speech, tmp_path):
    shutil.copytree(speech, tmp_path / "moved")
    (tmp_path / "moved" / "notes.txt").write_text("no recording")
    body = INT8 + "    calibration: {speech: FOLDER}\n"
    (here,), (there,) = (cases_of(tmp_path, body.replace("FOLDER", name)) for name in ("calls", "moved"))
    assert here == there
    assert here.sha != cases_of(tmp_path, INT8)[0].sha
    shutil.copy(speech / "a.wav", tmp_path / "moved" / "b.wav")
    (other,) = cases_of(tmp_path, body.replace("FOLDER", "moved"))
    assert other.engines.calibration != here.engines.calibration
    assert other.sha != here.sha


def test_other_windows_are_another_case(speech, tmp_path):
    body = INT8 + "    calibration: {speech: calls}\n    matrix: {grid: {calibration.windows: [24, 64]}}\n"
    cases = cases_of(tmp_path, body)
    assert ids(cases) == [f"a/onnxruntime-int8_qdq/w300/calibration.windows={count}" for count in (24, 64)]
    assert len({case.sha for case in cases}) == 2


def test_the_command_line_can_name_it_from_where_the_user_is(speech, tmp_path, monkeypatch):
    monkeypatch.chdir(speech)
    found = calibration_of(tmp_path, "", ["calibration.speech=a.wav", "calibration.windows=8"])
    assert (found.speech, found.windows) == (str(speech / "a.wav"), 8)


def test_a_lock_says_what_the_recordings_have_to_be(speech, tmp_path):
    body = INT8 + "    calibration: {speech: calls, windows: 64}\n"
    assert cases_of_lock(tmp_path, body) == cases_of(tmp_path, body)
    text = (tmp_path / "suite.lock.yaml").read_text()
    assert f"sha256: {calibration_of(tmp_path, body.removeprefix(INT8)).sha256}" in text
    (speech / "a.wav").unlink()
    with pytest.raises(SuiteError, match=r"suite\.lock\.yaml:\d+: calibration\.sha256: other recordings lie there"):
        expand(load_suite(tmp_path / "suite.lock.yaml"))


@pytest.mark.parametrize(
    ("said", "why"),
    [
        ("{speech: nowhere}", r"t\.yaml:8: calibration\.speech: .*nowhere: no such file or folder: name one"),
        ("{speech: empty}", r"t\.yaml:8: calibration\.speech: .*empty: the folder holds no file to use: put one in"),
        ("{video: calls}", r"t\.yaml:8: calibration\.video: .*calls: the folder holds no file to use: put one in"),
        ("{speech: torn/x.wav}", r"t\.yaml:8: calibration\.speech: .*x\.wav: cannot be decoded as sound"),
        ("{video: torn}", r"t\.yaml:8: calibration\.video: .*x\.mp4: cannot be decoded as video"),
        ("{windows: 0}", r"t\.yaml:8: calibration\.windows: .*greater than or equal to 1"),
        (f"{{windows: {MOST_WINDOWS + 1}}}", r"t\.yaml:8: calibration\.windows: .*less than or equal to 240"),
        ("{windows: 2.5}", r"t\.yaml:8: calibration\.windows: 2\.5 is no whole number"),
        ("{speach: calls}", r"t\.yaml:8: unknown key of calibration 'speach': did you mean 'speech'\?"),
        ("calls", r"t\.yaml:8: calibration: 'calls' is no mapping: write key: value below it"),
        (f"{{sha256: {'a' * 64}}}", r"t\.yaml:8: calibration\.sha256 is of recordings of one's own: name them"),
        (f"{{speech: calls, sha256: {'a' * 64}}}", r"t\.yaml:8: calibration\.sha256: other recordings lie there"),
    ],
)
def test_what_is_of_no_use_is_one_line_with_its_place(said, why, speech, tmp_path):
    (tmp_path / "empty").mkdir()
    (tmp_path / "torn").mkdir()
    for name in ("x.wav", "x.mp4"):
        (tmp_path / "torn" / name).write_bytes(b"no recording at all")
    with pytest.raises(SuiteError, match=why) as refused:
        calibration_of(tmp_path, f"    calibration: {said}\n")
    assert len(str(refused.value).splitlines()) == 1


def test_engines_that_are_not_calibrated_are_named_with_those_that_are(speech, tmp_path):
    body = "    backend: onnxruntime\n    precision: int8\n    calibration: {speech: calls}\n"
    with pytest.raises(SuiteError) as refused:
        cases_of(tmp_path, body)
    said = str(refused.value)
    assert "t.yaml:8: calibration: engines of onnxruntime at int8 are not calibrated: take " in said
    assert "onnxruntime (int8_qdq or fp8_qdq), " in said
    assert said.endswith(", or leave it out")


def test_one_calibrated_component_is_enough(speech, tmp_path):
    body = "    components: {audio_decoder: onnxruntime-int8_qdq}\n    calibration: {speech: calls}\n"
    (case,) = cases_of(tmp_path, body)
    assert case.engines.calibration is not None


@pytest.mark.parametrize("backend", member_names("backends"))
def test_a_set_fits_just_the_engines_that_are_built_from_one(backend):
    member = find_member("backends", backend)
    for precision in member.PRECISIONS:
        engines = EngineChoice(backend=backend, precision=precision, calibration=OWN)
        fits = precision in member.CALIBRATED
        assert is_calibrated(engines) is fits
        assert (calibration_misfit(engines) is None) is fits
        assert calibration_misfit(EngineChoice(backend=backend, precision=precision)) is None


@given(st.integers() | st.floats(allow_nan=False) | st.booleans() | st.text(max_size=5) | st.none())
def test_windows_are_whole_numbers_in_range_and_nothing_else(value):
    def windows():
        keys = validated({"calibration.windows": Placed(value=value, at=NOWHERE)}, NOWHERE)
        return keys.calibration.windows

    if type(value) is int and 1 <= value <= MOST_WINDOWS:
        assert windows() == value
    else:
        with pytest.raises(SuiteError, match=r"calibration\.windows: ") as refused:
            windows()
        assert len(str(refused.value).splitlines()) == 1


def test_the_defaults_are_the_usual_set():
    assert CalibrationKeys() == CalibrationKeys(speech="bundled", video="bundled", windows=24, sha256=None)
