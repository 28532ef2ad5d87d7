"""Suites as people break them: one line each, with file, line, what and mend; and suites as they should be."""

from __future__ import annotations

import subprocess
import sys
from contextlib import nullcontext
from pathlib import Path

import pytest

from josie_bench.errors import SuiteError, UsageError
from josie_bench.suites.expand import expand
from josie_bench.suites.load import bundled_recipes, bundled_suites, find_recipe, find_suite, load_suite, suite_folder

BROKEN = Path(__file__).parent / "broken"
# file → line, words of the message
WRONG = {
    "unknown_key": (6, "unknown setting 'windw': did you mean 'window"),
    "metric_near": (7, "unknown metric 'response_latncy': did you mean 'response_latency'"),
    "wrong_unit": (7, "response_latency.p95 is in ms, not in MiB"),
    "missing_unit": (6, "300 has no unit: write a duration such as 300 ms"),
    "empty_matrix": (6, "the matrix is empty"),
    "empty_grid_list": (6, "grid window has no values"),
    "neg_window": (6, "is negative"),
    "not_frames": (6, "330 ms is not a whole number of 50 ms frames: write 300 ms or 350 ms"),
    "missing_clip": (6, "none.wav: no such file"),
    "trunc_audio": (6, "the file is truncated"),
    "video_noframes": (6, "noframes.mp4"),
    "dup_case": (6, "case a/eager-fp32/w300 stands here and at line 5"),
    "syntax": (7, "not YAML"),
    "dup_key": (7, 'found duplicate key "seed"'),
    "budget_of_another_kind": (6, "scenario parity gives no response_latency: leave out that budget"),
    "budget_of_no_gpu": (
        4,
        "no engine of the case computes on a GPU, which gives no process_vram: leave out",
    ),
    "cap_of_no_gpu": (7, "gpu_memory.cap: no engine of the case computes on a GPU: leave it out, or take one"),
    "budget_of_no_blocks": (4, "a case of one endless block gives no block_start_ratio: set blocks.windows"),
    "content_typo": (8, "unknown content 'silence': did you mean 'silent'"),
    "blocks_without_windows": (7, "how many windows a block has is not said: set blocks.windows"),
    "alias_bomb": (8, "aliases expand to over 100000 values"),
    "self_alias": (4, "an alias contains itself"),
    "non_utf8": (6, "not UTF-8"),
    "unknown_backend": (6, "unknown backend 'onnxruntme': did you mean 'onnxruntime'"),
    "unknown_preset": (6, "unknown preset 'nanoo': did you mean 'nano'"),
    "hop_gt_window": (6, "hop 400 ms is longer than the window of 300 ms"),
    "zip_unequal": (6, "zip needs lists of one length: window has 2, windows has 1"),
    "exclude_all": (6, "leaves no case"),
    "unknown_stat": (7, "unknown statistic of response_latency 'p96'"),
    "budget_text": (7, "cannot read budget 'be quick'"),
    "budget_no_unit": (7, "write 300 ms"),
    "budget_sev": (6, "must be 'gate', 'warn' or 'info'"),
    "ratio_unit": (7, "is in ratio, not in ms"),
    "ext_cycle": (3, "goes round in a circle"),
    "ext_missing": (3, "there is no such file"),
    "text_nosrc": (6, "modality text has no source"),
    "video_null": (6, "modality vision has no source"),
    "cap_lt_duration": (6, "shorter than the duration"),
    "inf_temp": (6, "temperature"),
    "huge_dur": (6, "longer than a day"),
    "grid_bomb": (6, "100000000 combinations"),
    "include_scalar": (6, "include must be a list of settings"),
    "grid_scalar": (6, "grid window has no values"),
    "exclude_typo": (6, "unknown setting 'windw'"),
    "matrix_list": (6, "the matrix is empty"),
    "name_slash": (5, "is no case name"),
    "empty": (1, "not a suite"),
    "toplist": (1, "not a suite"),
    "no_cases": (1, "no cases"),
    "two_docs": (6, "another document"),
    "stream_scalar": (6, "3 is no mapping"),
    "case_scalar": (4, "a case must be a mapping"),
    "cases_scalar": (4, "cases must be a list"),
    "ext_long": (3, "extends: File name too long: mend the path"),
    "grid_value": (10, "unknown backend 'onnxruntme': did you mean 'onnxruntime'"),
    "zip_value": (10, "300 has no unit"),
    "include_value": (10, "threads: 'many' is no whole number"),
    "exclude_value": (9, "unknown backend 'eagr': did you mean 'eager'"),
    "grid_conflict": (10, "hop 400 ms is longer than the window"),
    "grid_and_zip": (10, "seed is in grid and in zip: leave it in one of them"),
    "grid_twice": (6, "the matrix makes case a/eager-fp32/w200 twice"),
    "include_empty": (8, "include must be a list of settings: write - window: 200 ms, or remove it"),
    "include_empty_row": (9, "include has a row without settings"),
    "exclude_empty_row": (9, "exclude has a row without settings"),
    "exclude_null": (8, "exclude must be a list of settings"),
    "cap_in_defaults": (7, "the cap of 60000 ms is shorter than the duration of 120000 ms: raise it"),
    "stream_scalar_above": (3, "stream: 3 is no mapping"),
    "text_gone": (8, "gone.txt: cannot be read (No such file or directory): name a .txt file that exists"),
    "text_blank": (8, "the file holds no words: write some"),
    "nul": (7, "holds NUL or half a surrogate pair: remove it"),
    "surrogate": (7, "holds NUL or half a surrogate pair: remove it"),
    "long_number": (8, "a number has over 400 digits: write a smaller one, or quote it"),
    "twice_modality": (6, "'audio' stands there twice: write it once"),
    "twice_ablate": (6, "'m_rope' stands there twice: write it once"),
    "modalities_none": (6, "[] is empty: write at least one"),
    "modalities_number": (6, "3 is no list: write one such as"),
    "deep": (6, "is nested over 20 deep: write it flatter"),
    "deep_aliases": (26, "aliases nest over 20 deep: write it flatter"),
    "unknown_mode": (6, "unknown mode 'trun': did you mean 'turn'"),
    "unknown_turn_taking": (6, "unknown turn_taking 'recordings': did you mean 'recording'"),
    "unknown_silence": (6, "unknown silence 'gatd': did you mean 'gated'"),
    "unknown_switch": (6, "unknown switch 'm_rop': did you mean 'm_rope'"),
    "unknown_quantizer": (6, "unknown quantizer 'paralel': did you mean 'parallel'"),
    "quantizer_ablated": (7, "without dual_stream the quantiser has one chain: leave quantizer out"),
    "preset_codec": (6, "mimi-24k is a codec alone and holds no conversation: choose one of tiny"),
    "turn_speculated": (7, "silence speculated has no meaning in mode turn"),
    "turn_listen": (7, "turn_taking listen has no meaning in mode turn"),
    "unknown_stream": (7, "unknown key of stream 'speach': did you mean 'speech'"),
    "unknown_modality": (6, "unknown modality 'visoin': did you mean 'vision'"),
    "weights_gone": (6, "gone.safetensors: no such file: bring one in with josie-bench weights import"),
    "weights_folder": (6, "media: not a file: name a .safetensors file"),
    "weights_number": (6, "3 is no text: quote it"),
    "weights_other_preset": (6, "nano.safetensors: of preset nano, not of tiny"),
    "weights_codec": (6, "mimi-24k.safetensors: of preset mimi-24k, not of tiny"),
    "weights_foreign": (6, "not a file of josie-bench's: bring it in with josie-bench weights import"),
    "weights_text": (6, "not a whole safetensors file"),
    "weights_pickle": (6, "a pickle can run code and is never read"),
    "weights_long": (6, "no such file: bring one in"),
}


@pytest.mark.parametrize("name", WRONG)
def test_a_broken_suite_is_one_line_with_its_place_and_mend(name):
    line, words = WRONG[name]
    path = BROKEN / f"{name}.yaml"
    with pytest.raises(SuiteError) as caught:
        expand(load_suite(path))
    message = str(caught.value)
    assert words in message
    assert "\n" not in message
    files = [f"{path}:{line}: ", f"{BROKEN / 'ext_cycle2.yaml'}:{line}: "]  # a circle is seen where it closes
    assert message.startswith(tuple(files))


def test_every_broken_file_is_tried():
    assert {file.stem for file in BROKEN.glob("*.yaml")} == {*WRONG, "ext_cycle2"}


@pytest.mark.parametrize("name", ["unknown_key", "alias_bomb", "deep", "surrogate", "trunc_audio", "weights_text"])
def test_the_command_line_ends_with_2_and_no_traceback(name):
    code = "import sys; from josie_bench.cli import main; sys.argv = ['josie-bench', 'check', sys.argv[1]]; main()"
    words = [sys.executable, "-c", code, str(BROKEN / f"{name}.yaml")]
    done = subprocess.run(words, capture_output=True, text=True, check=False, timeout=60)
    assert done.returncode == 2
    assert done.stderr.count("\n") == 1
    assert done.stderr.startswith(f"error: {BROKEN / name}.yaml:{WRONG[name][0]}: ")


def test_a_folder_and_a_missing_file_are_one_line(tmp_path):
    with pytest.raises(SuiteError, match="is a folder"):
        load_suite(tmp_path)
    with pytest.raises(SuiteError, match="No such file"):
        load_suite(tmp_path / "none.yaml")


def test_a_huge_file_is_not_read(tmp_path):
    file = tmp_path / "huge.yaml"
    file.write_text("#" * (2**21 + 1))
    with pytest.raises(SuiteError, match="bytes are no suite"):
        load_suite(file)


def test_a_recipe_of_training_is_no_suite():
    (recipe,) = [path for path in bundled_recipes() if path.stem == "train_nano"]
    assert recipe not in bundled_suites()
    assert recipe.parent == suite_folder()
    assert find_suite("train_nano") == find_recipe("train_nano") == recipe
    with pytest.raises(SuiteError, match=rf"train_nano.yaml:1: is a recipe, no suite: .*josie-bench train {recipe}$"):
        load_suite(recipe)


def test_a_recipe_is_found_as_a_suite_is():
    assert find_recipe("mine/own.yaml") == Path("mine/own.yaml")
    with pytest.raises(UsageError, match="unknown recipe 'train_nao': did you mean 'train_nano'"):
        find_recipe("train_nao")
    with pytest.raises(UsageError, match="unknown suite"):  # and no recipe is named as the near one
        find_suite("trainnano")
    with pytest.raises(UsageError) as refused:
        find_suite("trainnano")
    assert "train_nano" not in str(refused.value)


def test_bundled_suites_load_by_name_and_the_near_name_is_told():
    assert {path.stem for path in bundled_suites()} >= {"realtime", "smoke"}
    for path in bundled_suites():
        assert expand(load_suite(find_suite(path.stem)))
    with pytest.raises(UsageError, match="did you mean 'realtime'"):
        find_suite("realtme")


def test_a_folder_does_not_hide_the_suite_of_its_name(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    for name in ("smoke", "mine"):
        (tmp_path / name).mkdir()
    assert find_suite("smoke").is_file()
    with pytest.raises(SuiteError, match="mine: is a folder: name a"):
        load_suite(find_suite("mine"))
    (tmp_path / "smoke").rmdir()
    (tmp_path / "smoke").write_text("")
    assert find_suite("smoke") == Path("smoke")


CHILD = """
schema: josie-bench/suite.v1
name: child
extends: parent.yaml
defaults: {windows: 7}
"""
PARENT = """
schema: josie-bench/suite.v1
name: parent
defaults: {preset: tiny, windows: 5, seed: 3}
cases:
  - name: a
  - name: b
    windows: 9
"""


def test_a_child_takes_defaults_and_cases_over_and_overrides_defaults(tmp_path):
    (tmp_path / "parent.yaml").write_text(PARENT)
    (tmp_path / "child.yaml").write_text(CHILD)
    cases = expand(load_suite(tmp_path / "child.yaml"))
    assert [(case.id, case.windows, case.seed) for case in cases] == [
        ("a/eager-fp32/w300", 7, 3),
        ("b/eager-fp32/w300", 9, 3),
    ]
    (tmp_path / "child.yaml").write_text(CHILD + "cases:\n  - name: c\n")
    assert [case.id for case in expand(load_suite(tmp_path / "child.yaml"))] == ["c/eager-fp32/w300"]


def test_the_digest_is_of_all_that_was_read(tmp_path):
    (tmp_path / "parent.yaml").write_text(PARENT)
    (tmp_path / "child.yaml").write_text(CHILD)
    before = load_suite(tmp_path / "child.yaml").sha256
    assert load_suite(tmp_path / "child.yaml").sha256 == before
    assert load_suite(tmp_path / "child.yaml", ["windows=8"]).sha256 != before
    (tmp_path / "parent.yaml").write_text(PARENT + "# more\n")
    assert load_suite(tmp_path / "child.yaml").sha256 != before


@pytest.mark.parametrize(
    "line",
    [
        "    matrix: {grid: {window: !mine [200 ms, 300 ms]}}",
        "    matrix: {include: !mine [{window: 200 ms}]}",
        "    budgets: !mine [{assert: no budget}]",
    ],
)
def test_lists_with_a_tag_of_somebody_else_s_are_read_or_refused_as_others_are(line, tmp_path):
    """The reader keeps no lines of what is in such a list, so its own is named."""
    suite = "schema: josie-bench/suite.v1\nname: x\ncases:\n  - name: a\n    preset: tiny\n    backend: simulated\n"
    (tmp_path / "x.yaml").write_text(f"{suite}{line}\n")
    with pytest.raises(SuiteError, match=r"x.yaml:7: ") if "no budget" in line else nullcontext():
        assert load_suite(tmp_path / "x.yaml").cases


def test_an_anchor_that_is_given_again_warns_nobody(tmp_path, recwarn):
    suite = "schema: josie-bench/suite.v1\nname: x\ndefaults: {preset: tiny, backend: simulated}\ncases:\n"
    (tmp_path / "x.yaml").write_text(f"{suite}  - {{name: &n a, windows: 8}}\n  - {{name: &n b, windows: 8}}\n")
    assert len(load_suite(tmp_path / "x.yaml").cases) == 2
    assert not recwarn.list
