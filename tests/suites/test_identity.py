"""Ids say what a case is; hashes follow what is measured and nothing else."""

from __future__ import annotations

import pytest

from josie_bench.errors import SuiteError
from josie_bench.suites.expand import expand
from josie_bench.suites.identity import _told, on_engines
from josie_bench.suites.load import load_suite
from josie_bench.terms.beside import Beside
from josie_bench.terms.engine_choice import EngineChoice
from josie_bench.terms.gpu_reserve import GpuReserve
from tests.suites.writing import HEAD, cases_of, cases_of_lock, ids, install_guest, weights_file

DEFAULTS = "    allocation: static\n    idle: 0 s\n    rounds: 1\n    context: null\n    seed: 0\n"


def test_ids_of_lists_and_texts_can_be_read_again_from_the_lock(tmp_path):
    body = "    matrix: {grid: {modalities: [[audio], [audio, text]], stream.text: ['hi, you?', '../up']}}\n"
    cases = cases_of(tmp_path, body)
    assert cases[2].id == "a/eager-fp32/w300/modalities=audio+text/stream.text=hi, you_"
    assert cases_of_lock(tmp_path, body) == cases


@pytest.mark.parametrize(
    ("varied", "ends"),
    [
        ("ablate: [[], m_rope, [m_rope, temporal]]", ["ablate=none", "ablate=m_rope", "ablate=m_rope+temporal"]),
        ("silence: [drawn, gated]", ["silence=drawn", "silence=gated"]),
        ("mode: [realtime, turn]", ["mode=realtime", "mode=turn"]),
        ("turn_taking: [model, listen]", ["turn_taking=model", "turn_taking=listen"]),
        ("quantizer: [null, parallel]", ["quantizer=none", "quantizer=parallel"]),
        ("context: [null, 64]", ["context=none", "context=64"]),
        ("prune_to: [null, 30]", ["prune_to=none", "prune_to=30"]),
        ("allocation: [static, dynamic]", ["allocation=static", "allocation=dynamic"]),
        ("layers.depth_transformer: [1, 4]", ["layers.depth_transformer=1", "layers.depth_transformer=4"]),
        ("weights: [[], a.safetensors]", ["weights=none", "weights=a.safetensors"]),
    ],
)
def test_an_id_says_what_a_matrix_varies_and_a_lock_says_it_too(tmp_path, varied, ends):
    weights_file(tmp_path / "a.safetensors")
    body = f"    matrix: {{grid: {{{varied}}}}}\n"
    cases = cases_of(tmp_path, body)
    assert ids(cases) == [f"a/eager-fp32/w300/{end}" for end in ends]
    assert len({case.sha for case in cases}) == len(cases)
    assert cases_of_lock(tmp_path, body) == cases


def test_neighbours_stand_in_the_id_and_a_lock_says_them_too(tmp_path):
    body = "    beside: {cpu: 1, memory: 1536 MiB}\n    matrix: {grid: {beside.model: [null, tiny]}}\n"
    cases = cases_of(tmp_path, body)
    start = "a/eager-fp32/w300/beside.model"
    assert ids(cases) == [f"{start}={name}/beside.cpu=1/beside.memory=1536 MiB" for name in ("none", "tiny")]
    assert cases[1].beside == Beside(cpu=1, memory_bytes=1536 * 2**20, model="tiny")
    assert cases_of_lock(tmp_path, body) == cases


def test_the_lengths_of_blocks_stand_where_the_windows_length_does(tmp_path):
    body = (
        "    blocks: {windows: 5, pause: 1 s}\n"
        "    matrix: {grid: {blocks.lengths: [[200 ms, 400 ms], [0.3 s]], beside.cpu: [0, 2]}}\n"
    )
    cases = cases_of(tmp_path, body)
    starts = ("a/eager-fp32/w200+400", "a/eager-fp32/w300")
    assert ids(cases) == [f"{start}/beside.cpu={count}" for start in starts for count in (0, 2)]
    assert len({case.sha for case in cases}) == 4
    assert cases[0].blocks.lengths_ms == (200.0, 400.0)
    assert (cases[0].blocks.windows, cases[0].blocks.pause_ms, cases[1].beside.cpu) == (5, 1000.0, 2)
    assert cases_of_lock(tmp_path, body) == cases


def test_a_setting_at_its_default_is_in_no_digest(tmp_path):
    """So that one which joins later, with a default of its own, leaves every digest as it was."""
    plain, told = (cases_of(tmp_path, f"    window: 300 ms\n{more}")[0] for more in ("", DEFAULTS))
    assert told.sha == plain.sha
    assert not {"allocation", "busy", "rounds", "dropout"} & set(_told(plain))
    assert not {"context", "layers", "seed", "weights"} & set(_told(plain.model))
    assert _told(plain)["window_ms"] == 300.0


def test_what_counts_of_a_gpu_before_a_run_is_locked_and_in_no_digest(tmp_path):
    """It decides whether a case is run, and not what is measured."""
    said = "    gpu_memory: {context: 300 MiB, fragments: 0.05}\n"
    (plain,), (told,) = (cases_of(tmp_path, more) for more in ("", said))
    assert told.gpu_memory == GpuReserve(context=300 * 2**20, fragments=0.05)
    assert told.sha == plain.sha
    assert cases_of_lock(tmp_path, said) == (told,)


def test_what_may_be_held_of_a_gpu_is_locked_and_in_the_digest(tmp_path):
    """What is counted beforehand beside it is not."""
    on_gpu = "    backend: cuda_graph\n"
    told = f"{on_gpu}    gpu_memory: {{cap: 8 GiB, fragments: 0.05}}\n"
    (plain,), (capped,) = (cases_of(tmp_path, more) for more in (on_gpu, told))
    assert capped.gpu_memory == GpuReserve(cap=8 * 2**30, fragments=0.05)
    same, other = (cases_of(tmp_path, f"{on_gpu}    gpu_memory: {{cap: {cap}}}\n")[0] for cap in ("8192 MiB", "7 GiB"))
    assert capped.sha == same.sha
    assert len({plain.sha, capped.sha, other.sha}) == 3
    assert cases_of_lock(tmp_path, told) == (capped,)


@pytest.mark.parametrize(
    ("key", "value", "words"),
    [
        ("cap", "8", "has no unit"),
        ("cap", "0 B", "greater than or equal to 1"),
        ("context", "300", "has no unit"),
        ("context", "-1 MiB", "no size of memory"),
        ("fragments", "1.0", "less than 1"),
    ],
)
def test_what_no_gpu_can_have_taken_is_refused(tmp_path, key, value, words):
    with pytest.raises(SuiteError, match=words) as raised:
        cases_of(tmp_path, f"    gpu_memory: {{{key}: {value}}}\n")
    assert f"gpu_memory.{key}" in str(raised.value) and "\n" not in str(raised.value)


def test_what_joined_sessions_later_leaves_the_digests_of_before_as_they_were(tmp_path):
    """This digest was written before there was `variation`."""
    body = "    sessions: 3\n    stay: 1 s\n    away: 2 s\n    admit: 2\n    weights: []\n"
    body += "    modalities: [text]\n    stream: {text: hi}\n"
    (plain,), (regular,) = (cases_of(tmp_path, body + more) for more in ("", "    variation: 0\n"))
    assert plain.sha == "2916d7a96bcae1a819138f855b34c16aa897d317e57b953af63f96172f6aced7"
    assert regular.sha != plain.sha


def test_what_joined_blocks_later_leaves_the_digests_of_before_as_they_were(tmp_path):
    """This digest was written before there was `caches`."""
    body = "    scenario: compute\n    weights: []\n    modalities: [text]\n    stream: {text: hi}\n"
    warm, cold = cases_of(
        tmp_path, body + "    blocks: {windows: 5}\n    matrix: {grid: {blocks.caches: [warm, cold]}}\n"
    )
    assert warm.sha == "8a415bf9bee03e213bf31c0f5eb93293fd40a769aee8e3058958c2146994e903"
    assert cold.sha != warm.sha
    assert (warm.id, cold.id) == ("a/eager-fp32/w300/blocks.caches=warm", "a/eager-fp32/w300/blocks.caches=cold")
    locked = body + "    blocks: {windows: 5, caches: cold}\n"
    assert cases_of_lock(tmp_path, locked) == cases_of(tmp_path, locked)


def test_what_does_not_vary_is_not_said(tmp_path):
    body = "    matrix: {zip: {window: [200 ms, 300 ms], deadline: [300 ms, 0.3 s]}}\n"
    assert ids(cases_of(tmp_path, body)) == ["a/eager-fp32/w200", "a/eager-fp32/w300"]


@pytest.mark.parametrize(
    ("override", "found"),
    [
        ("window=400 ms", "a/eager-fp32/w400/h300/seed=2/stream.text=hi"),
        ("hop=100 ms", "a/eager-fp32/w300/h100/seed=2/stream.text=hi"),
        ("backend=null", "a/null-fp32/w300/seed=2/stream.text=hi"),
        ("seed=7", "a/eager-fp32/w300/seed=7/stream.text=hi"),
        ("stream.text=you", "a/eager-fp32/w300/seed=2/stream.text=you"),
        ("windows=7", "a/eager-fp32/w300/seed=2/stream.text=hi"),
    ],
)
def test_the_id_of_a_lock_s_case_follows_an_override(tmp_path, override, found):
    body = "    modalities: [audio, text]\n    matrix: {zip: {seed: [2, 1], stream.text: [hi, ho], window: WINDOWS}}\n"
    body = body.replace("WINDOWS", "[300 ms, 200 ms]")
    locked = "a/eager-fp32/w300/seed=2/stream.text=hi"
    before = cases_of_lock(tmp_path, body)[0]
    after = cases_of_lock(tmp_path, body, [f"cases.{locked}.{override}"])[0]
    assert (before.id, after.id) == (locked, found)
    assert after.sha != before.sha


def test_an_override_that_makes_two_cases_of_a_lock_one_is_refused_with_the_mend(tmp_path):
    body = "    matrix: {grid: {window: [200 ms, 300 ms]}}\n"
    with pytest.raises(SuiteError, match=r"give --set to one of them, as cases\.NAME\.SETTING=VALUE"):
        cases_of_lock(tmp_path, body, ["window=400 ms", "hop=400 ms"])


def test_a_name_with_a_slash_is_followed_by_what_every_id_says(tmp_path):
    (tmp_path / "t.yaml").write_text(HEAD.replace("name: a", "name: one/a"))
    assert ids(expand(load_suite(tmp_path / "t.yaml"))) == ["one/a/eager-fp32/w300"]


def test_a_stream_that_is_not_present_is_no_part_of_what_is_measured(tmp_path):
    (plain,) = cases_of(tmp_path, "    modalities: [audio]\n")
    (other,) = cases_of(tmp_path, "    modalities: [audio]\n    stream: {video: gone.mp4, text: gone.txt}\n")
    assert plain.sha == other.sha
    assert plain.stream.video is None


def test_the_hash_follows_what_is_measured_and_nothing_else(tmp_path):
    (base,) = cases_of(tmp_path, "")
    (budgeted,) = cases_of(tmp_path, "    budgets: [{assert: response_latency.p95 < 3 ms}]\n    timeout: 1 h\n")
    assert budgeted.sha == base.sha
    for change in ("window: 200 ms", "seed: 1", "threads: 2", "backend: null", "token_budget: 3", "windows: 7"):
        assert cases_of(tmp_path, f"    {change}\n")[0].sha != base.sha, change


def test_media_count_by_content_wherever_they_lie(tmp_path):
    from josie_bench.streams import BUNDLED_FOLDER

    clip = next((BUNDLED_FOLDER / "speech").glob("cards-*.wav"))
    shas = []
    for folder in ("one", "two"):
        place = tmp_path / folder
        place.mkdir()
        (place / "clip.wav").write_bytes(clip.read_bytes())
        shas.append(cases_of(place, "    stream: {speech: clip.wav}\n")[0])
    assert shas[0].sha == shas[1].sha
    assert shas[0].stream.speech != shas[1].stream.speech


def test_words_in_a_file_count_by_content(tmp_path):
    shas = []
    for place, words in (("one", "hello"), ("two", "hello"), ("three", "goodbye")):
        (tmp_path / place).mkdir()
        (tmp_path / place / "words.txt").write_text(words)
        (case,) = cases_of(tmp_path / place, "    modalities: [text]\n    stream: {text: words.txt}\n")
        shas.append(case.sha)
    assert shas[0] == shas[1] != shas[2]


def test_weights_count_by_content_in_their_order(tmp_path):
    def sha(folder, first, second, order="[a.safetensors, b.safetensors]"):
        (tmp_path / folder).mkdir()
        weights_file(tmp_path / folder / "a.safetensors", first)
        weights_file(tmp_path / folder / "b.safetensors", second)
        return cases_of(tmp_path / folder, f"    weights: {order}\n")[0].sha

    base = sha("one", 1.0, 2.0)
    assert sha("two", 1.0, 2.0) == base
    assert sha("three", 1.0, 3.0) != base
    assert sha("four", 1.0, 2.0, "[b.safetensors, a.safetensors]") != base
    assert sha("five", 1.0, 2.0, "a.safetensors") != base


def test_a_guest_counts_by_content_and_only_where_it_is_present(tmp_path, monkeypatch):
    install_guest(tmp_path, monkeypatch)
    present = "    modalities: [audio, thermal]\n    stream: {thermal: heat.npy}\n"
    (tmp_path / "heat.npy").write_bytes(b"warm")
    (warm,) = cases_of(tmp_path, present)
    assert warm.stream.guests == (("thermal", str(tmp_path / "heat.npy")),)
    assert warm.model.guests == ("thermal",)
    assert cases_of_lock(tmp_path, present) == (warm,)
    (tmp_path / "heat.npy").write_bytes(b"cold")
    assert cases_of(tmp_path, present)[0].sha != warm.sha
    without = [
        cases_of(tmp_path, f"    modalities: [audio]\n    stream: {{{more}}}\n")[0] for more in ("", "thermal: x")
    ]
    assert without[0].sha == without[1].sha


def test_a_case_on_other_engines_is_what_a_suite_with_these_would_make(tmp_path):
    (case,) = cases_of(tmp_path, "    scenario: compute\n    rounds: 6\n    backend: onnxruntime\n")
    engines = EngineChoice(backend="eager", apart=(("audio_encoder", "null", "fp32"),))
    other = on_engines(case, engines, "a")
    body = "    scenario: compute\n    rounds: 6\n    components: {audio_encoder: null-fp32}\n"
    assert other == cases_of(tmp_path, body)[0]
    assert other.id == "a/eager-fp32/w300/components.audio_encoder=null-fp32"
