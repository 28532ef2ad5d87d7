"""What the codec's halves hold, and do in one window, from its sizes alone: a part of `work.py`. No torch here."""

from __future__ import annotations

from josie_bench.model.layer_work import (
    Work,
    chain,
    convolution,
    linear,
    quantizer_lookup,
    quantizer_search,
    residual_quantizer,
    ring_clock,
    ring_layer,
    transposed_convolution,
    vectors,
)
from josie_bench.model.sizes import MEL_BANDS, WINDOW_HOPS, AudioSizes


def audio_encoder(audio: AudioSizes, frames: int) -> Work:
    """Return the work of the encoder: its front end, the transformer, one more stride, and the search for codes."""
    steps = frames * audio.half
    front_end = _mel_front_end(audio, steps) if audio.front_end == "mel" else _seanet_front_end(audio, steps)
    down = convolution(frames, audio.dim, audio.dim, 2 * audio.half, stride=audio.half, bias=not audio.is_mimi)
    begun = int(audio.is_mimi)  # whether the first frame, which repeats to the left, has come
    return chain(
        front_end,
        _transformer(audio, steps),
        down + Work(state_floats=begun, state_read=begun) if audio.half > 1 else Work(),
        audio_quantizer(audio),
        _search(audio, frames),
    )


def audio_decoder(audio: AudioSizes, frames: int) -> Work:
    """Return the work of the decoder: codes looked up, one stride up, the transformer, and the head up to samples."""
    audio, steps = audio.of_decoder, frames * audio.half
    groups = audio.dim if audio.is_mimi else 1
    up = transposed_convolution(frames, audio.dim, audio.dim, audio.half, groups=groups, bias=not audio.is_mimi)
    return chain(
        audio_quantizer(audio),
        *(quantizer_lookup(frames, audio.dim, audio.code_dim, codebooks) for codebooks in _chains(audio)),
        up if audio.half > 1 else Work(),
        _transformer(audio, steps),
        _istft_head(audio, steps) if audio.head == "istft" else _transposed_head(audio, steps),
    )


def audio_quantizer(audio: AudioSizes) -> Work:
    """Return the codebooks and maps of both streams, or of the one chain; idle. Both halves of the codec hold it."""
    return chain(*(residual_quantizer(audio.dim, audio.code_dim, books, audio.card) for books in _chains(audio)))


def _seanet_front_end(audio: AudioSizes, steps: int) -> Work:
    """Convolutions down to `steps` positions of the transformer.

    Stage i runs two convolutions for each dilation at its input's rate, then one of kernel 2 · ratio and stride ratio
    that doubles the channels.
    """
    steps, channels = steps * audio.hops * audio.hop_samples, audio.filters
    parts = [convolution(steps, 1, channels, audio.kernel)]
    for ratio in reversed(audio.ratios):
        parts.append(_residual_units(audio, steps, channels))
        steps //= ratio
        parts.append(convolution(steps, channels, 2 * channels, 2 * ratio, stride=ratio))
        channels *= 2
    return chain(*parts, convolution(steps, channels, audio.dim, audio.last_kernel))


def _mel_front_end(audio: AudioSizes, steps: int) -> Work:
    """A spectrogram and its bands, both fixed, units at its rate, and one stride down to the transformer's."""
    hops = steps * audio.hops
    spectrum = convolution(hops, 1, _parts(audio), _window(audio), stride=audio.hop_samples, bias=False)
    return chain(
        spectrum.fixed(),
        convolution(hops, _parts(audio) // 2, MEL_BANDS, 1, bias=False).fixed(),
        convolution(hops, MEL_BANDS, audio.dim, audio.kernel),
        _residual_units(audio, hops, audio.dim),
        convolution(steps, audio.dim, audio.dim, audio.hops, stride=audio.hops),
    )


def _transposed_head(audio: AudioSizes, steps: int) -> Work:
    """Convolutions up from `steps` positions of the transformer; channels halve where the encoder's double."""
    channels = audio.filters * 2 ** len(audio.ratios)
    parts = [convolution(steps, audio.dim, channels, audio.kernel)]
    for ratio in audio.ratios:
        parts.append(transposed_convolution(steps, channels, channels // 2, ratio))
        steps, channels = steps * ratio, channels // 2
        parts.append(_residual_units(audio, steps, channels))
    return chain(*parts, convolution(steps, channels, 1, audio.last_kernel))


def _istft_head(audio: AudioSizes, steps: int) -> Work:
    """The convolution before the transformer, a map up to the rate of spectra, units, and the way back, fixed."""
    hops = steps * audio.hops
    inverse = transposed_convolution(hops, _parts(audio), 1, audio.hop_samples, kernel=_window(audio), bias=False)
    return chain(
        convolution(steps, audio.dim, audio.dim, 2),
        linear(steps, audio.dim, audio.hops * audio.dim, bias=True),
        _residual_units(audio, hops, audio.dim),
        convolution(hops, audio.dim, _parts(audio), 1),
        inverse.fixed(),
    )


def _window(audio: AudioSizes) -> int:
    """Return the samples of a window of the spectrogram."""
    return WINDOW_HOPS * audio.hop_samples


def _parts(audio: AudioSizes) -> int:
    """Return the numbers of a spectrum, two for each frequency from 0 to half the sample rate."""
    return _window(audio) + 2


def _chains(audio: AudioSizes) -> tuple[int, ...]:
    """Return the codebooks of each chain: the semantic and the acoustic stream, or all in one."""
    return (audio.codebooks,) if audio.reading == "single" else (1, audio.codebooks - 1)


def _search(audio: AudioSizes, frames: int) -> Work:
    """The search of each chain; where acoustic codes quantise what is left, the semantic code is mapped back first."""
    dim, code_dim = audio.dim, audio.code_dim
    searches = (quantizer_search(frames, dim, code_dim, codebooks, audio.card) for codebooks in _chains(audio))
    left = quantizer_lookup(frames, dim, code_dim, 1) if audio.reading == "residual" else Work()
    return chain(*searches, left)


def _residual_units(audio: AudioSizes, steps: int, channels: int) -> Work:
    hidden = channels // audio.compress
    dilated = (
        convolution(steps, channels, hidden, audio.residual_kernel, dilation=dilation) for dilation in audio.dilations
    )
    return chain(*dilated, convolution(steps, hidden, channels, 1).copied(len(audio.dilations)))


def _transformer(audio: AudioSizes, steps: int) -> Work:
    """Mimi's layers hold six vectors (two norms with biases, two scales), the paper's two."""
    layer = ring_layer(
        steps,
        dim=audio.dim,
        query_dim=audio.dim,
        kv_dim=audio.dim,
        ff=audio.ff,
        capacity=audio.ring,
        held=audio.ring,
    )
    norms = vectors(6 if audio.is_mimi else 2, audio.dim)
    return (layer + norms).copied(audio.layers) + ring_clock(audio.ring)
