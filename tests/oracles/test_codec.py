"""The codec in Mimi's shape against Kyutai's own and against Hugging Face's, all from one set of weights."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from safetensors.torch import save_file

from josie_bench.model.checkpoint import import_published
from josie_bench.model.presets import MIMI_24K
from josie_bench.model.published import mimi_moshi
from josie_bench.model.weights import build_model
from josie_bench.streams import speech

pytestmark = pytest.mark.oracle
loaders = pytest.importorskip("moshi.models.loaders")
transformers = pytest.importorskip("transformers")

FRAMES = 50  # 4 s: 100 positions of the transformers, before their ring of 250 wraps
FRAME = MIMI_24K.audio.frame_samples


@pytest.fixture(scope="module")
def theirs():
    """Kyutai's Mimi with seeded weights that keep a signal alive through all layers."""
    torch.manual_seed(0)
    model = loaders.get_mimi(None, num_codebooks=8)
    for name, parameter in model.named_parameters():
        if name.endswith("scale"):
            parameter.data.fill_(1.0)
        elif parameter.ndim == 3 and "quantizer" not in name:
            fan_in = parameter.shape[1] * parameter.shape[2] if "convtr" not in name else parameter.shape[0]
            parameter.data.normal_(std=1.5 / fan_in**0.5)
    for name, buffer in model.named_buffers():
        if name.endswith("embedding_sum"):
            buffer.normal_(std=0.3)
        if name.endswith("cluster_usage"):
            buffer.uniform_(0.5, 3.0)
        if name.endswith("_initialized"):
            buffer.fill_(1.0)
    return model.eval()


@pytest.fixture(scope="module")
def published(theirs):
    """The state dict as Kyutai publishes it: the fused projections under their older names."""
    older = {"in_projs.0.weight": "in_proj_weight", "out_projs.0.weight": "out_proj.weight"}
    return {replaced(name, older): tensor.contiguous() for name, tensor in theirs.state_dict().items()}


def replaced(name, changes):
    for old, new in changes.items():
        name = name.replace(old, new)
    return name


def ours_from(state, folder, name="mimi.safetensors"):
    save_file(state, str(folder / name))
    imported = import_published([folder / name], MIMI_24K)
    model = build_model(MIMI_24K)
    left, surplus = model.load_state_dict(imported.tensors, strict=False)
    assert not surplus
    # Only the decoder's second name for the shared quantiser is not written twice.
    assert all(key.startswith("audio_decoder.quantizer.") for key in left)
    return model, imported.layout


@pytest.fixture(scope="module")
def ours(published, tmp_path_factory):
    model, layout = ours_from(published, tmp_path_factory.mktemp("moshi"))
    assert layout == "mimi_moshi"
    return model


@pytest.fixture(scope="module")
def sound():
    """Real speech, `[1, samples]` at 24 kHz."""
    audio = speech.load("bundled", sample_rate_hz=24_000).audio[: FRAMES * FRAME]
    return torch.from_numpy(np.ascontiguousarray(audio))[None]


def run(component, tensor):
    with torch.no_grad():
        return component(tensor, *component.zero_state())[0]


def stream(component, tensor, cuts, per_frame, axis):
    state, outputs, at = component.zero_state(), [], 0
    with torch.no_grad():
        for frames in cuts:
            part = tensor.narrow(axis, at * per_frame, frames * per_frame)
            first, *state = component(part, *state)
            outputs.append(first)
            at += frames
    return torch.cat(outputs, dim=-1)


def share(a, b):
    return float((a == b).float().mean())


def test_codes_are_kyutai_s_offline_and_streaming(theirs, ours, sound, agreement):
    with torch.no_grad():
        offline = theirs.encode(sound[:, None])
        with theirs.streaming(1):
            online = torch.cat([theirs.encode(part[:, None]) for part in sound.split(FRAME, dim=1)], dim=-1)
    assert torch.equal(offline, online)
    assert all(len(offline[0, level].unique()) >= 10 for level in range(8)), "codes that never vary prove nothing"
    got = run(ours.audio_encoder, sound)
    streamed = stream(ours.audio_encoder, sound, [1, 3, 2, 7, 1, 36], FRAME, 1)
    assert share(got, offline) == share(streamed, offline) == 1.0
    agreement(
        ours="`audio_encoder` (`mimi-24k`)", theirs="moshi MimiModel.encode", what="codes of 4 s of speech, 8 levels",
        found="100 % equal, offline and streaming", bar="100 %",
    )  # fmt: skip


def test_sound_is_kyutai_s_offline_and_streaming(theirs, ours, sound, agreement):
    with torch.no_grad():
        codes = theirs.encode(sound[:, None])
        offline = theirs.decode(codes)[:, 0]
        with theirs.streaming(1):
            online = torch.cat([theirs.decode(codes[..., k : k + 1]) for k in range(FRAMES)], dim=-1)[:, 0]
    loudness = float(offline.abs().max())
    assert loudness > 1e-2
    worst = max(
        float((sound_ - offline).abs().max()) / loudness
        for sound_ in (run(ours.audio_decoder, codes), stream(ours.audio_decoder, codes, [1] * FRAMES, 1, 2), online)
    )
    assert worst <= 1e-5
    agreement(
        ours="`audio_decoder` (`mimi-24k`)", theirs="moshi MimiModel.decode", what="samples, relative to the loudest",
        found=f"{worst:.0e}", bar="1e-5",
    )  # fmt: skip


def test_codes_differ_without_the_rotation_s_permutation(theirs, published, sound, tmp_path, monkeypatch, agreement):
    """The trap: it leaves most codes equal, so that a tolerance of a few per cent would let it pass."""
    monkeypatch.setattr(mimi_moshi, "interleaved_to_half", lambda weight, heads: weight)
    wrong, _ = ours_from(published, tmp_path)
    with torch.no_grad():
        equal = share(run(wrong.audio_encoder, sound), theirs.encode(sound[:, None]))
    assert equal < 0.999
    agreement(
        ours="`audio_encoder`, q and k not permuted", theirs="moshi MimiModel.encode",
        what="codes of 4 s of speech, 8 levels", found=f"{equal:.1%} equal: the mistake is seen", bar="below 99.9 %",
    )  # fmt: skip


HUGGING_FACE_NAMES = {
    ".model.": ".layers.", "_transformer.transformer.": "_transformer.", "convtr.convtr.convtr.": "conv.",
    "convtr.convtr.": "conv.", "conv.conv.conv.": "conv.", "conv.conv.": "conv.", "norm1": "input_layernorm",
    "norm2": "post_attention_layernorm", "linear1": "mlp.fc1", "linear2": "mlp.fc2",
    "layer_scale_1": "self_attn_layer_scale", "layer_scale_2": "mlp_layer_scale",
    "self_attn.out_proj": "self_attn.o_proj",
    "rvq_first.vq": "semantic_residual_vector_quantizer", "rvq_rest.vq": "acoustic_residual_vector_quantizer",
    "rvq_first": "semantic_residual_vector_quantizer", "rvq_rest": "acoustic_residual_vector_quantizer",
    "_codebook.embedding_sum": "codebook.embed_sum", "_codebook._initialized": "codebook.initialized",
    "_codebook": "codebook",
}  # fmt: skip


def hugging_face_state(state, heads=8):
    """Return the same weights under the names and in the rotation of `kyutai/mimi`'s model.safetensors."""
    found = {}
    for published_name, tensor in state.items():
        name = replaced(published_name, HUGGING_FACE_NAMES)
        if not name.endswith("in_proj_weight"):
            found[name] = tensor
            continue
        for part, third in zip(("q_proj", "k_proj", "v_proj"), tensor.chunk(3), strict=True):
            halves = third.view(heads, -1, 2, third.shape[1]).transpose(1, 2).reshape(third.shape)
            found[name.replace("in_proj_weight", f"{part}.weight")] = (
                third if part == "v_proj" else halves
            ).contiguous()
    return found


@pytest.fixture(scope="module")
def hugging_face(published, tmp_path_factory):
    """Hugging Face's Mimi, which reads the flat layout by itself and complains of any key it does not know."""
    folder = tmp_path_factory.mktemp("hf")
    state = hugging_face_state(published)
    save_file(state, str(folder / "model.safetensors"), metadata={"format": "pt"})
    transformers.MimiConfig(num_quantizers=32).save_pretrained(folder)
    model, report = transformers.MimiModel.from_pretrained(folder, output_loading_info=True)
    assert not report["missing_keys"]
    assert not report["mismatched_keys"]
    return model.eval(), folder / "model.safetensors"


def test_hugging_face_s_layout_gives_the_same_parameters(hugging_face, ours):
    imported = import_published([hugging_face[1]], MIMI_24K)
    assert imported.layout == "mimi"
    parameters = dict(ours.named_parameters())
    assert imported.tensors.keys() == parameters.keys()
    assert all(torch.equal(tensor, parameters[name]) for name, tensor in imported.tensors.items())


def test_codes_and_sound_are_hugging_face_s_offline(hugging_face, ours, sound, agreement):
    model, _ = hugging_face
    with torch.no_grad():
        codes = model.encode(sound[:, None], num_quantizers=8).audio_codes
        waveform = model.decode(codes).audio_values[:, 0]
    assert share(run(ours.audio_encoder, sound), codes) == 1.0
    worst = float((run(ours.audio_decoder, codes) - waveform).abs().max() / waveform.abs().max())
    assert worst <= 1e-5
    agreement(
        ours="`audio_encoder` (`mimi-24k`)", theirs="transformers MimiModel.encode",
        what="codes of 4 s of speech, 8 levels", found="100 % equal, offline", bar="100 %",
    )  # fmt: skip
    agreement(
        ours="`audio_decoder` (`mimi-24k`)", theirs="transformers MimiModel.decode",
        what="samples, relative to the loudest", found=f"{worst:.0e}", bar="1e-5",
    )  # fmt: skip
