"""What cannot stand together, and which setting is to be mended."""

from __future__ import annotations

import pytest

from josie_bench import plugins
from josie_bench.errors import SuiteError
from josie_bench.suites.conflicts import conflicts, guests
from josie_bench.suites.schema import CaseKeys
from tests.suites.writing import cases_of, install_guest


def found(**settings):
    return list(conflicts(CaseKeys.model_validate({"preset": "tiny", **settings})))


def test_the_defaults_are_at_peace():
    assert found() == []


BOTH = ("temporal_transformer", "depth_transformer")
SEARCH = {"scenario": "capacity", "windows": 598}
TOGETHER = {"sessions": 2, "batching": "continuous"}
REPLAYED = {"sessions": 3, "visits": {"file": "a.csv"}}


@pytest.mark.parametrize(
    ("settings", "blamed", "words"),
    [
        ({"window": "330 ms"}, "window", "write 300 ms or 350 ms"),
        ({"window": "10 ms"}, "window", "write 50 ms"),
        ({"hop": "60 ms"}, "hop", "write 50 ms or 100 ms"),
        ({"hop": "400 ms"}, "hop", "longer than the window"),
        ({"warm_up": {"cap": "1 s"}}, "warm_up.cap", "raise it"),
        ({"modalities": ["text"]}, "stream.text", "modality text has no source"),
        ({"scenario": "quality", "tasks": ["conversation"]}, "turn_taking", "set turn_taking to model"),
        (
            {"scenario": "quality", "tasks": ["alignment"], "turn_taking": "listen"},
            "turn_taking",
            "nobody tells the model when the user speaks",
        ),
        ({"blocks": {"windows": 5, "lengths": ["220 ms"]}}, "blocks.lengths", "write 200 ms or 250 ms"),
        ({"hop": "100 ms", "blocks": {"windows": 5, "lengths": ["200 ms"]}}, "hop", "leave hop out"),
        ({"blocks": {"lengths": ["200 ms", "400 ms"]}}, "blocks.lengths", "set blocks.windows"),
        ({"blocks": {"pause": "1 s"}}, "blocks.lengths", "set blocks.windows"),
        ({"scenario": "compute", "blocks": {"caches": "cold"}}, "blocks.lengths", "set blocks.windows"),
        ({"blocks": {"windows": 4, "caches": "cold"}}, "blocks.caches", "schedule of realtime has not: take scenario"),
        ({"windows": 4, "blocks": {"windows": 5}}, "windows", "raise windows"),
        (
            {"windows": 300, "blocks": {"windows": 250}},
            "blocks.windows",
            "takes 75000 ms, longer than",
        ),
        ({"windows": 90, "blocks": {"windows": 5, "pause": "59 s"}}, "blocks.windows", "takes 60500 ms"),
        ({"scenario": "parity", "blocks": {"windows": 5}}, "blocks.windows", "leave blocks out"),
        ({"dropout": {"of": "text", "lost": 0.1}}, "dropout.of", "text is none of the modalities audio, vision"),
        ({"dropout": {"lost": 0.1}}, "dropout.present", "set dropout.of"),
        ({"dropout": {"of": "audio"}}, "dropout.of", "how it is lost is not said"),
        ({"dropout": {"of": "audio", "absent": 3, "late": "1 s"}}, "dropout.absent", "set dropout.present"),
        ({"dropout": {"of": "audio", "lost": 0.8, "burst": 3.0}}, "dropout.burst", "lengthen burst"),
        ({"scenario": "parity", "dropout": {"of": "audio", "lost": 0.1}}, "dropout.of", "leave dropout out"),
        ({"sessions": 2, "scenario": "compute"}, "sessions", "compute is of one session at a time: take realtime"),
        ({"sessions": 2, "blocks": {"windows": 5}}, "sessions", "leave blocks out"),
        ({"stay": "1 s", "dropout": {"of": "audio", "lost": 0.1}}, "sessions", "leave dropout out"),
        ({"sessions": 2, "allocation": "dynamic"}, "sessions", "allocation dynamic has to go"),
        ({"phase": "lockstep"}, "phase", "set sessions, or leave phase out"),
        ({"shedding": "late"}, "shedding", "set sessions, or leave shedding out"),
        (
            {**REPLAYED, "scenario": "compute"},
            "sessions",
            "scenario compute is of one session at a time: take realtime, or leave sessions, stay and visits out",
        ),
        ({"batching": "continuous"}, "batching", "set sessions, or leave batching out"),
        ({**TOGETHER, "sessions": 65}, "sessions", "an engine holds 64 sessions, 65 are asked for: lower sessions"),
        ({**SEARCH, "batching": "continuous", "capacity": {"most": 65}}, "capacity.most", "lower capacity.most"),
        ({**TOGETHER, "silence": "speculated"}, "silence", "set silence to gated or drawn"),
        (
            {**TOGETHER, "backend": "torch_tensorrt"},
            "batching",
            "engines of torch_tensorrt at fp32 hold one session each: take aotinductor (fp32 or fp16 or bf16)",
        ),
        ({**TOGETHER, "backend": "onnxruntime", "precision": "int8"}, "batching", "of onnxruntime at int8 hold one"),
        ({**TOGETHER, "components": {"audio_decoder": "torch_tensorrt"}}, "batching", "of torch_tensorrt at fp32"),
        (
            {"backend": "simulated", "sessions": 2, "simulated": {"further": "1 ms"}},
            "simulated.further",
            "set batching to continuous",
        ),
        ({"capacity": {"target": 0.1}}, "capacity.target", "leave it out, or set that scenario"),
        ({**SEARCH, "sessions": 2}, "sessions", "capacity looks for the number of sessions"),
        ({**SEARCH, "rounds": 2}, "rounds", "leave rounds and early_stop out"),
        ({**SEARCH, "capacity": {"first": 9, "most": 8}}, "capacity.first", "lower first"),
        ({**SEARCH, "capacity": {"most": 8, "least": 9}}, "capacity.most", "raise most"),
        ({**SEARCH, "windows": 597}, "windows", "set windows to 598, or raise capacity.target"),
        ({"rounds": 6, "scenario": "parity"}, "rounds", "parity is not: leave rounds out"),
        ({"rounds": 6, "scenario": "quality", "tasks": "codec"}, "rounds", "quality is not: leave rounds out"),
        ({"scenario": "quality"}, "scenario", "scenario quality has no tasks: set tasks"),
        ({"tasks": "codec"}, "tasks", "scenario realtime judges nothing"),
        ({"corpus": "mini"}, "corpus", "set tasks"),
        ({"recogniser": "stoi"}, "recogniser", "stoi hears no words: take pocketsphinx or whisper_base"),
        (
            {"scenario": "quality", "tasks": "codec", "dropout": {"of": "audio", "lost": 0.1}},
            "tasks",
            "nothing can be lost of task codec: take transcribe or describe or answer or conversation",
        ),
        (
            {"scenario": "parity", "beside": {"cpu": 1}},
            "beside",
            "scenario parity times nothing beside it: leave beside out",
        ),
        (
            {"scenario": "parity", "backend": "cuda_graph", "gpu_memory": {"cap": "8 GiB"}},
            "gpu_memory.cap",
            "scenario parity times nothing, so that what it holds is not watched: leave it out",
        ),
        ({"quantizer": "parallel", "ablate": ["dual_stream"]}, "quantizer", "leave quantizer out"),
        ({"prune_to": 40}, "prune_to", "the context holds 40 positions: prune to fewer"),
        ({"prune_to": 30, "context": 20}, "prune_to", "the context holds 20 positions"),
        ({"layers": {"temporal_transformer": 1}, "ablate": ["temporal"]}, "layers.temporal_transformer", "leave one"),
        (
            {"fused": True},
            "fused",
            "temporal_transformer runs on eager, which joins nothing: take aotinductor_cuda or cud",
        ),
        (
            {"fused": True, "backend": "cuda_graph", "components": {"depth_transformer": "eager_cuda-fp32"}},
            "fused",
            "depth_transformer runs on eager_cuda, which joins nothing",
        ),
        ({**TOGETHER, "backend": "cuda_graph", "fused": True}, "fused", "stepped component by component"),
        (
            {"backend": "cuda_graph", "fused": True, "faults": [{"kind": "stall", "at": 3, "lasts": "1 s"}]},
            "fused",
            "component by component",
        ),
    ],
)
def test_a_conflict_names_the_setting_to_mend(settings, blamed, words):
    ((keys, what),) = found(**settings)
    assert keys[0] == blamed
    assert words in what
    assert "\n" not in what


def test_two_components_that_can_be_joined_may_be_on_either_backend():
    assert found(backend="cuda_graph", fused=True) == []
    assert found(backend="eager", fused=True, components=dict.fromkeys(BOTH, "aotinductor_cuda-fp16")) == []


def test_several_sessions_may_keep_step_shed_and_leave():
    assert found(sessions=2, phase="lockstep", shedding="late", stay="1 s") == []
    assert found(stay="1 s", shedding="late") == []
    assert found(**SEARCH, phase="lockstep") == []
    assert found(**SEARCH, batching="continuous", backend="onnxruntime") == []
    coming = {"stay": "1 s", "away": "1 s", "grace": "1 s", "admit": 64}
    assert found(sessions=90, **coming, batching="continuous") == []
    assert found(**TOGETHER, silence="gated", stay="1 s", precision="bf16") == []
    assert found(scenario="capacity", windows=150, capacity={"first": 4}) == []  # 600 of all sessions


@pytest.mark.parametrize("backend", plugins.member_names("backends"))
def test_several_sessions_share_one_model_on_every_backend(backend):
    assert found(backend=backend, sessions=2) == []
    assert found(backend=backend, **SEARCH) == []


def test_one_kind_of_block_without_end_is_no_conflict():
    assert found(blocks={"contents": ["silent"]}) == []
    assert found(blocks={"lengths": ["200 ms"]}) == []
    assert found(scenario="compute", blocks={"windows": 4, "caches": "cold"}) == []


def test_what_a_lock_writes_of_mode_turn_is_no_conflict():
    for silence in ("drawn", "gated"):
        assert found(mode="turn", turn_taking="recording", silence=silence) == []


def test_the_written_one_of_two_is_blamed(tmp_path):
    with pytest.raises(SuiteError, match=r"t.yaml:7: silence speculated"):
        cases_of(tmp_path, "    seed: 1\n    silence: speculated\n    mode: turn\n")
    with pytest.raises(SuiteError, match=r"t.yaml:6: warm_up: the cap of 60000 ms is shorter"):
        cases_of(tmp_path, "    warm_up: {duration: 2 min}\n")


def test_rounds_of_what_is_timed_are_no_conflict_and_others_are_refused_at_their_line(tmp_path):
    for scenario in ("compute", "realtime"):
        assert found(rounds=6, scenario=scenario) == []
    with pytest.raises(SuiteError, match=r"t.yaml:7: rounds 6 are for trials that are timed, parity is not"):
        cases_of(tmp_path, "    scenario: parity\n    rounds: 6\n")
    with pytest.raises(SuiteError, match=r"t.yaml:7: rounds 2 are"):
        cases_of(tmp_path, "    scenario: parity\n    matrix: {grid: {rounds: [1, 2]}}\n")


def test_a_guest_needs_a_stream_and_a_component(tmp_path, monkeypatch):
    install_guest(tmp_path, monkeypatch)
    ((keys, what),) = found(modalities=["audio", "thermal"])
    assert keys == ("stream.thermal", "modalities")
    assert what == "modality thermal has no source: set stream.thermal or leave it out of modalities"
    assert guests(CaseKeys(modalities=("audio", "thermal"))) == ("thermal",)
    points = tmp_path / "thermal_camera-1.0.dist-info" / "entry_points.txt"
    points.write_text(points.read_text().replace("thermal_encoder =", "another ="))
    plugins._installed.cache_clear()  # packages are looked through once a path
    ((keys, what),) = found(modalities=["thermal"], stream={"thermal": "x"})
    assert keys == ("modalities",)
    assert "unknown component 'thermal_encoder'" in what
