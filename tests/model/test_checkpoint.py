"""Published checkpoints into our parameters and files, our files into a model; whatever is wrong is one line."""

from __future__ import annotations

import hashlib
import json
import resource
from dataclasses import replace

import pytest
import torch
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from safetensors import safe_open
from safetensors.torch import save_file

from josie_bench.errors import OutputError, WeightsError
from josie_bench.model.checkpoint import (
    counts_by_component,
    import_published,
    load_weights,
    preset_counts,
    require_fit,
    require_layout,
    save_weights,
)
from josie_bench.model.label import METADATA_KEY, Label, file_preset, read_label
from josie_bench.model.presets import CODECS, MIMI_24K, NANO, PRESETS, TINY, switch_off
from josie_bench.model.shards import INDEX, find_shards
from josie_bench.model.weights import build_meta_model, build_model, parameter_count, weights_digest

LABEL = Label(preset="tiny", layout="qwen2", source="org/name@0123abc", files={"model.safetensors": "00ff"})
NORM = "temporal_transformer.norm.weight"
FEW = {NORM: torch.arange(64.0)}


@pytest.fixture
def file(tmp_path):
    def write(tensors, name="model.safetensors"):
        save_file(tensors, tmp_path / name)
        return tmp_path / name

    return write


def refused(call, *words, error=WeightsError):
    with pytest.raises(error) as caught:
        call(*words)
    assert "\n" not in str(caught.value)
    assert caught.value.exit_code == 2
    return str(caught.value)


# --- what becomes what -------------------------------------------------------------------------------------------


def test_qwen_s_tensors_are_taken_as_they_are(states, file):
    given = states.state("qwen2")
    tensors = import_published([file(given)], states.WHOLE).tensors
    pairs = {
        "temporal_transformer.text.table.weight": "model.embed_tokens.weight",
        "temporal_transformer.layers.1.key.bias": "model.layers.1.self_attn.k_proj.bias",
        "temporal_transformer.layers.0.feed_norm.weight": "model.layers.0.post_attention_layernorm.weight",
        "temporal_transformer.layers.0.feed.down.weight": "model.layers.0.mlp.down_proj.weight",
        NORM: "model.norm.weight",
    }
    assert all(torch.equal(tensors[ours], given[theirs]) for ours, theirs in pairs.items())
    assert len(tensors) == 2 + 2 * 12  # table and last norm; two norms, q, k, v with biases, o and three maps a layer


def test_the_vision_tower_s_patches_become_rows_and_its_missing_bias_zero(states, file):
    given = states.state("qwen2_vision")
    tensors = import_published([file(given)], states.WHOLE).tensors
    patches = given["visual.patch_embed.proj.weight"]
    embed = tensors["vision_encoder.embed.weight"]
    assert embed.shape == (32, 384)
    # Row 3; colour 2, frame 1, row 5, column 7 of a patch of 3 x 2 x 8 x 8 lie at 2 * 128 + 64 + 5 * 8 + 7.
    assert embed[3, 367] == patches[3, 2, 1, 5, 7]
    assert tensors["vision_encoder.embed.bias"].tolist() == 32 * [0.0]
    assert torch.equal(tensors["vision_encoder.intra.1.qkv.bias"], given["visual.blocks.1.attn.qkv.bias"])
    assert torch.equal(tensors["vision_encoder.merge_out.weight"], given["visual.merger.mlp.2.weight"])


def test_mimi_s_codebooks_are_divided_and_levels_not_taken_are_left(states, file):
    given = states.state("mimi")
    stack = "quantizer.acoustic_residual_vector_quantizer"
    given[f"{stack}.layers.1.codebook.embed_sum"][2] = torch.tensor([3.0, 6.0, 9.0, 12.0])
    given[f"{stack}.layers.1.codebook.cluster_usage"][2] = 3.0
    tensors = import_published([file(given)], states.CODEC).tensors
    acoustic = tensors["audio_encoder.quantizer.acoustic.codebooks"]
    assert acoustic.shape == (2, 4, 4)
    assert acoustic[1, 2].tolist() == [1, 2, 3, 4]
    inward = tensors["audio_encoder.quantizer.acoustic.inward.weight"]
    assert torch.equal(inward, given[f"{stack}.input_proj.weight"][:, :, 0])


def test_moshi_s_fused_projection_is_cut_and_its_pairs_taken_apart(states, file):
    given = states.state("mimi_moshi")
    fused = given["encoder_transformer.transformer.layers.0.self_attn.in_proj_weight"]
    tensors = import_published([file(given)], states.CODEC).tensors
    layer = "audio_encoder.transformer.layers.0"
    assert torch.equal(tensors[f"{layer}.query.weight"], fused[[0, 2, 1, 3, 4, 6, 5, 7]])
    assert torch.equal(tensors[f"{layer}.key.weight"], fused[[8, 10, 9, 11, 12, 14, 13, 15]])
    assert torch.equal(tensors[f"{layer}.value.weight"], fused[16:24])


def test_newer_spellings_of_moshi_give_the_same(states, file):
    given = states.state("mimi_moshi")
    newer = {
        key.replace("in_proj_weight", "in_projs.0.weight").replace("out_proj.weight", "out_projs.0.weight"): tensor
        for key, tensor in given.items()
    }
    assert "decoder_transformer.transformer.layers.0.self_attn.in_projs.0.weight" in newer
    assert_same(import_published([file(given)], states.CODEC), import_published([file(newer, "n")], states.CODEC))


def test_newer_spellings_of_the_vision_tower_give_the_same(states, file):
    given = states.state("qwen2_vision")
    newer = {
        f"model.{key}" if key.startswith("visual.") else key.replace("model.", "model.language_model."): tensor
        for key, tensor in given.items()
    }
    assert {"model.visual.merger.ln_q.weight", "model.language_model.norm.weight"} <= newer.keys()
    assert_same(import_published([file(given)], states.WHOLE), import_published([file(newer, "n")], states.WHOLE))


def assert_same(one, other):
    assert one.layout == other.layout
    assert one.tensors.keys() == other.tensors.keys()
    assert all(torch.equal(one.tensors[name], other.tensors[name]) for name in one.tensors)


def test_two_spellings_of_one_key_are_refused(states, file):
    given = states.state("qwen2_vision")
    given["model.visual.merger.ln_q.weight"] = given["visual.merger.ln_q.weight"].clone()
    told = refused(import_published, [file(given)], states.WHOLE)
    assert "one tensor under two names (model.visual.merger.ln_q.weight, visual.merger.ln_q.weight)" in told


def test_narrow_numbers_stay_narrow_in_our_file_and_are_widened_in_the_model(states, file, tmp_path):
    given = states.state("qwen2", torch.bfloat16)
    imported = import_published([file(given)], states.WHOLE)
    assert {tensor.dtype for tensor in imported.tensors.values()} == {torch.bfloat16}
    save_weights(tmp_path / "our.safetensors", imported.tensors, replace(LABEL, preset="josie-v4o"))
    model = build_model(states.WHOLE)
    assert load_weights(model, tmp_path / "our.safetensors") == {"temporal_transformer"}
    norm = dict(model.named_parameters())[NORM]
    assert norm.dtype == torch.float32
    assert torch.equal(norm, given["model.norm.weight"].float())


def test_a_sharded_checkpoint_is_read_where_it_has_what_is_wanted(states, tmp_path):
    given = states.state("qwen2_vision")
    tower = {key: tensor for key, tensor in given.items() if key.startswith("visual.")}
    language = {key: tensor for key, tensor in given.items() if key not in tower}
    save_file(tower, tmp_path / "model-00001-of-00002.safetensors")
    save_file(language, tmp_path / "model-00002-of-00002.safetensors")
    names = {key: f"model-0000{1 if key in tower else 2}-of-00002.safetensors" for key in given}
    (tmp_path / INDEX).write_text(json.dumps({"metadata": {}, "weight_map": names}))
    imported = import_published(find_shards(tmp_path), states.WHOLE)
    read = tmp_path / "model-00001-of-00002.safetensors"
    assert imported.files == {read.name: hashlib.sha256(read.read_bytes()).hexdigest()}


# --- what is refused ---------------------------------------------------------------------------------------------


def test_missing_unexpected_and_misshaped_keys_are_counted_and_three_of_each_named(states, file):
    given = states.state("qwen2")
    for key in ("o_proj.weight", "q_proj.bias", "k_proj.bias", "v_proj.bias"):
        del given[f"model.layers.1.self_attn.{key}"]
    given |= {"model.layers.2.mlp.up_proj.weight": torch.zeros(1), "extra": torch.zeros(1)}
    given["model.norm.weight"] = torch.zeros(65)
    told = refused(import_published, [file(given)], states.WHOLE)
    assert told.endswith(
        "model.safetensors: not the qwen2 checkpoint of preset josie-v4o: 4 missing (model.layers.1.self_attn.k_proj."
        "bias, model.layers.1.self_attn.o_proj.weight, model.layers.1.self_attn.q_proj.bias, and 1 more); "
        "2 unexpected (extra, model.layers.2.mlp.up_proj.weight); "
        "1 mis-shaped (model.norm.weight [65] for temporal_transformer.norm.weight [64]): "
        "take Qwen2.5-1.5B and its instructed twin, whole"
    )


def test_shapes_that_a_rule_cannot_even_cut_are_refused(states, file):
    given = states.state("mimi_moshi")
    layer = "encoder_transformer.transformer.layers.0.self_attn"
    given[f"{layer}.in_proj_weight"] = torch.zeros(7, 8)
    given["quantizer.rvq_rest.vq.layers.1._codebook.embedding_sum"] = torch.zeros(4, 5)
    told = refused(import_published, [file(given)], states.CODEC)
    assert "4 mis-shaped" in told
    assert f"{layer}.in_proj_weight [7, 8] for audio_encoder.transformer.layers.0.query.weight [8, 8]" in told
    given = states.state("mimi_moshi") | {f"{layer}.in_proj_weight": torch.zeros(())}
    assert "in_proj_weight [] for" in refused(import_published, [file(given)], states.CODEC)


def test_of_a_stack_each_shape_is_named_once(states, file):
    given = states.state("mimi")
    stack = "quantizer.acoustic_residual_vector_quantizer.layers"
    given[f"{stack}.1.codebook.embed_sum"] = torch.zeros(4, 5)
    told = refused(import_published, [file(given)], states.CODEC)
    shapes = [f"{stack}.0.codebook.embed_sum [4, 4]", f"{stack}.0.codebook.cluster_usage [4]"]
    shapes += [f"{stack}.1.codebook.embed_sum [4, 5] for audio_encoder.quantizer.acoustic.codebooks [2, 4, 4]"]
    assert "1 mis-shaped (" + " and ".join(shapes) + ")" in told


@pytest.mark.parametrize(
    ("layout", "sizes", "told"),
    [
        ("mimi", TINY, "Mimi, as the repository kyutai/mimi publishes it, which fits preset mimi-24k, not tiny"),
        ("mimi_moshi", NANO, "Mimi, as it ships with Moshi, which fits preset mimi-24k, not nano"),
        ("qwen2", MIMI_24K, "Qwen2.5-1.5B and its instructed twin, which fits preset josie-v4o, not mimi-24k"),
        ("qwen2_vision", NANO, "vision tower of Qwen2.5-VL-3B (`visual.*`), which fits preset josie-v4o, not nano"),
    ],
)
def test_a_checkpoint_of_another_preset_says_whose_it_is(layout, sizes, told, states, file):
    mend = told.partition("fits preset ")[2].partition(",")[0]
    message = refused(import_published, [file(states.state(layout))], sizes)
    assert f"{told}: give --preset {mend}" in message


def test_a_checkpoint_of_no_known_layout_says_which_are_known(file):
    told = refused(import_published, [file({"a": torch.zeros(1)})], MIMI_24K)
    assert "no known layout; known are mimi (has encoder.layers.0.conv.weight), mimi_moshi (has " in told
    assert "no known layout" in refused(import_published, [file({})], MIMI_24K)


def test_two_checkpoints_in_one_folder_are_refused(states, file, tmp_path):
    file(states.state("mimi"), "one.safetensors")
    file({"encoder.model.0.conv.conv.weight": torch.zeros(1)}, "two.safetensors")
    told = refused(import_published, find_shards(tmp_path), states.CODEC)
    assert told == f"{tmp_path}: holds several checkpoints (mimi, mimi_moshi): name the one file to take"


@pytest.mark.parametrize("dtype", [torch.int8, torch.float8_e4m3fn])
def test_quantised_weights_are_refused_before_anything_is_read(dtype, states, file):
    given = states.state("qwen2")
    given["model.layers.1.mlp.up_proj.weight"] = torch.zeros(128, 64).to(dtype)
    given["model.norm.weight"][0] = float("nan")
    assert "take unquantised weights" in refused(import_published, [file(given)], states.WHOLE)


def test_weights_quantised_under_other_names_are_refused_too(file):
    given = {"model.layers.0.self_attn.q_proj.qweight": torch.zeros(4, dtype=torch.int32)}
    assert "holds quantised weights" in refused(import_published, [file(given)], TINY)


def test_numbers_that_are_not_finite_are_refused_by_their_key(states, file):
    given = states.state("qwen2")
    given["model.layers.1.mlp.up_proj.weight"][5, 6] = float("inf")
    told = refused(import_published, [file(given)], states.WHOLE)
    assert "model.layers.1.mlp.up_proj.weight holds NaN or infinity" in told


def test_a_quotient_that_overflows_is_refused(states, file):
    given = states.state("mimi")
    level = "quantizer.semantic_residual_vector_quantizer.layers.0.codebook"
    given[f"{level}.embed_sum"][0, 0] = 3e38
    given[f"{level}.cluster_usage"][0] = 0.0
    told = refused(import_published, [file(given)], states.CODEC)
    assert f"audio_encoder.quantizer.semantic.codebooks made of {level}.embed_sum, " in told


def test_a_preset_that_nothing_is_published_for_says_what_is_published():
    told = refused(require_layout, "nano")
    assert told.endswith("josie-v4o takes qwen2, qwen2_vision; mimi-24k takes mimi, mimi_moshi")
    require_layout("mimi-24k")


@settings(max_examples=40, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data())
def test_a_damaged_checkpoint_is_taken_or_refused_and_nothing_else(data, states, file):
    path = file(states.state("mimi_moshi"), "damaged.safetensors")
    content = bytearray(path.read_bytes())
    header = int.from_bytes(content[:8], "little")
    for _ in range(data.draw(st.integers(1, 3))):
        content[data.draw(st.integers(0, 8 + header))] = data.draw(st.integers(0, 255))
    path.write_bytes(content[: data.draw(st.sampled_from([len(content), len(content) // 2]))])
    try:
        import_published([path], states.CODEC)
    except WeightsError:
        return


# --- our own files -----------------------------------------------------------------------------------------------


def test_a_file_says_what_it_is_and_where_it_came_from(tmp_path):
    path = tmp_path / "deep" / "folder" / "our.safetensors"
    save_weights(path, FEW, LABEL)
    assert read_label(path) == LABEL
    assert file_preset(path) == "tiny"
    assert [other.name for other in path.parent.iterdir()] == ["our.safetensors"]


def test_the_same_weights_are_the_same_bytes(tmp_path):
    """safetensors keeps metadata in a map whose order changes: with one key there is nothing to order."""
    for name in "abcdef":
        save_weights(tmp_path / name, FEW, LABEL)
    assert len({(tmp_path / name).read_bytes() for name in "abcdef"}) == 1
    with safe_open(tmp_path / "a", framework="pt") as reader:
        assert list(reader.metadata()) == [METADATA_KEY]


def test_a_file_that_was_there_is_replaced_as_a_whole(tmp_path):
    path = tmp_path / "our.safetensors"
    save_weights(path, FEW, LABEL)
    save_weights(path, FEW, replace(LABEL, source="another"))
    assert read_label(path).source == "another"


def test_loading_fills_what_is_there_and_leaves_the_rest_seeded(tmp_path):
    save_weights(tmp_path / "our.safetensors", FEW, LABEL)
    model, seeded = build_model(TINY), build_model(TINY)
    assert load_weights(model, tmp_path / "our.safetensors") == {"temporal_transformer"}
    assert dict(model.named_parameters())[NORM].tolist() == list(range(64))
    assert weights_digest(model.depth_transformer) == weights_digest(seeded.depth_transformer)
    differing = [
        name
        for (name, one), other in zip(model.named_parameters(), seeded.parameters(), strict=True)
        if not torch.equal(one, other)
    ]
    assert differing == [NORM]


def test_what_is_imported_survives_the_file(states, file, tmp_path):
    imported = import_published([file(states.state("mimi"))], states.CODEC)
    save_weights(tmp_path / "our.safetensors", imported.tensors, replace(LABEL, preset="mimi-24k"))
    model = build_model(states.CODEC)
    assert load_weights(model, tmp_path / "our.safetensors") == {"audio_encoder", "audio_decoder"}
    parameters = dict(model.named_parameters())
    assert imported.tensors.keys() == parameters.keys()
    assert all(torch.equal(parameters[name], tensor) for name, tensor in imported.tensors.items())


def test_weights_of_another_preset_are_refused(tmp_path):
    save_weights(tmp_path / "our.safetensors", FEW, replace(LABEL, preset="nano"))
    told = refused(load_weights, build_model(TINY), tmp_path / "our.safetensors")
    assert told.endswith("our.safetensors: weights of preset nano, not of tiny: name a file of tiny")


def test_weights_do_not_fit_a_variant_without_their_layers_and_nothing_is_copied(tmp_path):
    layer = "temporal_transformer.layers.0.attention_norm.weight"
    save_weights(tmp_path / "our.safetensors", FEW | {layer: torch.ones(64)}, LABEL)
    model = build_model(switch_off(TINY, "temporal"))
    before = weights_digest(model)
    told = refused(load_weights, model, tmp_path / "our.safetensors")
    assert told.endswith(
        f"does not fit this model of preset tiny: parameters 1 that it has not ({layer}): "
        "ablate, quantizer or layers changes the model: leave it or weights out"
    )
    assert weights_digest(model) == before


def test_weights_fit_a_variant_that_has_their_parameters(tmp_path):
    save_weights(tmp_path / "our.safetensors", FEW, LABEL)
    assert load_weights(build_model(switch_off(TINY, "m_rope")), tmp_path / "our.safetensors")


def test_weights_that_learnt_without_a_part_are_refused_where_it_is_on_and_fit_where_it_is_off(tmp_path):
    """Their shapes fit both: without M-RoPE nothing but the meaning of positions is another."""
    save_weights(tmp_path / "our.safetensors", FEW, replace(LABEL, ablate=("m_rope",)))
    assert load_weights(build_model(switch_off(TINY, "m_rope")), tmp_path / "our.safetensors")
    told = refused(load_weights, build_model(TINY), tmp_path / "our.safetensors")
    assert told.endswith(
        "our.safetensors: learnt without m_rope, which this model has: write ablate: [m_rope] beside it, or name "
        "another file"
    )
    told = refused(load_weights, build_model(switch_off(TINY, "rms_norm")), tmp_path / "our.safetensors")
    assert "learnt without m_rope" in told


def test_a_label_says_what_was_off_where_something_was_and_is_as_before_where_nothing_was(tmp_path):
    for name, label in (("off", replace(LABEL, ablate=("m_rope",))), ("whole", LABEL)):
        save_weights(tmp_path / name, FEW, label)
        assert read_label(tmp_path / name) == label
        with safe_open(tmp_path / name, framework="pt") as reader:
            assert ("ablate" in json.loads(reader.metadata()[METADATA_KEY])) == (name == "off")


def test_a_parameter_of_another_shape_is_refused(tmp_path):
    save_weights(tmp_path / "our.safetensors", {NORM: torch.zeros(63)}, LABEL)
    told = refused(load_weights, build_model(TINY), tmp_path / "our.safetensors")
    assert f"parameters 1 of another shape ({NORM} [63] for [64]): import them again" in told


UNFIT = {
    "NaN": ({NORM: torch.full((64,), torch.nan)}, f"{NORM} holds NaN or infinity: the file is damaged"),
    "overflow": ({NORM: torch.full((64,), 1e39, dtype=torch.float64)}, f"{NORM} holds NaN or infinity"),
    "type": (
        {NORM: torch.zeros(64, dtype=torch.int8)},
        f"{NORM} is of type I8, not one of F64, F32, F16, BF16: ",
    ),
    "shape": ({NORM: torch.zeros(63)}, f"parameters 1 of another shape ({NORM} [63] for [64]): import them again"),
    "name": ({"none.weight": torch.zeros(1)}, "parameters 1 that it has not (none.weight): import them again"),
}


@pytest.mark.parametrize("fault", UNFIT)
def test_what_would_not_load_is_refused_before_a_model_is_there(fault, tmp_path):
    first = "audio_decoder.seanet.last.conv.weight"  # is read before the norm
    tensors = {first: torch.zeros_like(build_model(TINY).get_parameter(first))} | UNFIT[fault][0]
    save_weights(tmp_path / "our.safetensors", tensors, LABEL)
    told = refused(require_fit, TINY, tmp_path / "our.safetensors")
    assert UNFIT[fault][1] in told
    model = build_model(TINY)
    assert refused(load_weights, model, tmp_path / "our.safetensors") == told
    if fault not in ("NaN", "overflow"):
        assert weights_digest(model) == weights_digest(build_model(TINY)), "by the headers alone, nothing is copied"


def test_what_would_load_passes(tmp_path):
    save_weights(tmp_path / "our.safetensors", FEW, LABEL)
    require_fit(TINY, tmp_path / "our.safetensors")


def test_a_published_file_is_not_loaded_and_says_how_to_bring_it_in(states, file):
    path = file(states.state("mimi"))
    told = refused(load_weights, build_model(states.CODEC), path)
    assert told.endswith(
        f"not a file of josie-bench's: bring it in with josie-bench weights import {path} --preset PRESET"
    )


@pytest.mark.parametrize(
    "text",
    [
        "",
        "{",
        "[]",
        "[" * 100_000,
        "{}",
        '{"format": "josie-bench/weights.v1"}',
        '{"format": "josie-bench/weights.v9", "preset": "tiny", "layout": "a", "source": "b", "files": {}}',
        '{"format": "josie-bench/weights.v1", "preset": 1, "layout": "a", "source": "b", "files": {}}',
        '{"format": "josie-bench/weights.v1", "preset": "tiny", "layout": "a", "source": "b", "files": []}',
        '{"format": "josie-bench/weights.v1", "preset": "tiny", "layout": "a", "source": "b", "files": {"f": 1}}',
    ],
)
def test_a_label_that_cannot_be_read_is_refused(text, tmp_path):
    save_file(FEW, tmp_path / "our.safetensors", metadata={METADATA_KEY: text})
    assert "label cannot be read: import the weights again" in refused(read_label, tmp_path / "our.safetensors")


def test_a_file_without_weights_is_refused(tmp_path):
    save_weights(tmp_path / "our.safetensors", {}, LABEL)
    assert "holds no weights" in refused(load_weights, build_model(TINY), tmp_path / "our.safetensors")


@settings(max_examples=100, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data())
def test_a_damaged_file_of_ours_is_loaded_or_refused_and_nothing_else(data, tmp_path, tiny):
    path = tmp_path / "our.safetensors"
    save_weights(path, FEW, LABEL)
    content = bytearray(path.read_bytes())
    content[data.draw(st.integers(0, len(content) - 1))] = data.draw(st.integers(0, 255))
    path.write_bytes(content[: data.draw(st.integers(len(content) - 4, len(content)))])
    try:
        load_weights(tiny, path)
    except WeightsError:
        return


@pytest.fixture(scope="module")
def tiny():
    return build_model(TINY)


# --- places that cannot be written -------------------------------------------------------------------------------


def test_an_output_that_is_a_folder_or_below_a_file_is_refused(tmp_path):
    assert "it is a folder: name a file in it" in refused(save_weights, tmp_path, FEW, LABEL, error=OutputError)
    (tmp_path / "file").touch()
    below = tmp_path / "file" / "our.safetensors"
    assert "cannot write the weights" in refused(save_weights, below, FEW, LABEL, error=OutputError)


def test_a_full_disk_is_told_and_leaves_nothing_behind(tmp_path):
    path = tmp_path / "our.safetensors"
    save_weights(path, FEW, LABEL)
    before = path.read_bytes()
    limits = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (1000, limits[1]))  # the kernel refuses what goes beyond
    try:
        told = refused(save_weights, path, {NORM: torch.zeros(10_000)}, LABEL, error=OutputError)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, limits)
    assert "File too large" in told
    assert path.read_bytes() == before
    assert [other.name for other in tmp_path.iterdir()] == ["our.safetensors"]


def test_a_place_without_permission_is_told(tmp_path, request):
    tmp_path.chmod(0o500)
    request.getfixturevalue("unprivileged")
    told = refused(save_weights, tmp_path / "our.safetensors", FEW, LABEL, error=OutputError)
    assert "Permission denied" in told


# --- counting ----------------------------------------------------------------------------------------------------


def test_counts_are_summed_by_component():
    assert counts_by_component({"a.x": 2, "a.y.z": 3, "b": 4}) == {"a": 5, "b": 4}


@pytest.mark.parametrize("preset", ["tiny", "mimi-24k"])
def test_a_preset_s_counts_add_up_to_the_model_s(preset):
    assert sum(preset_counts(preset).values()) == parameter_count(build_meta_model((PRESETS | CODECS)[preset]))
