"""How much each component holds while it computes, at most; from its sizes alone. No torch here.

An upper bound, not a forecast: every tensor that a stage makes counts as if it lived until the stage's end. Where the
ways part it is that of the reference or that of an engine, which plans: see `Numbers.is_planned`. One that fuses
operators holds less. Tests count the bytes that torch really has alive and hold the reference's bound against them.
"""

from __future__ import annotations

from dataclasses import dataclass

from josie_bench.model.layer_work import SPARE
from josie_bench.model.sizes import MEL_BANDS, WINDOW_HOPS, AudioSizes, ModelSizes, VisionSizes
from josie_bench.terms.precision import STATE_BYTES

WIDE = 4  # norms, softmax, angles and the search for codes are FP32 at least
INDEX = 8  # an int64


@dataclass(frozen=True, slots=True, kw_only=True)
class Numbers:
    """Bytes of what is computed at a precision.

    Attributes:
        narrow: of a number that the precision holds.
        is_planned: whether an engine has planned the computation. Products take shared keys as they lie, where torch
            copies them for each head; softmax writes where its input lay; what a convolution carries on is copied,
            where torch keeps its whole input for it; and beside what is planned lie the columns of a transposed
            convolution, which are a product's result before they are summed.
        is_spread: whether a plan gives a tensor whatever block of memory is free, of any size: then the scores of every
            layer come to lie in blocks of their own.
    """

    narrow: int
    is_planned: bool = False
    is_spread: bool = False

    @property
    def norm(self) -> int:
        """Of an element through a norm: wide copy, square, scaled, weighted, and what comes out."""
        return 4 * WIDE + self.narrow

    @property
    def score(self) -> int:
        """Of a score through a softmax: masked and what goes in or comes out; torch still has the product, too."""
        return 2 * WIDE + (0 if self.is_planned else self.narrow)

    def vectors(self, count: int) -> int:
        """Return the bytes of `count` numbers."""
        return count * self.narrow

    def apart(self, layers: int, scores: int) -> int:
        """Return the bytes of the scores of all layers but one, before and behind the softmax, that lie apart."""
        return 2 * (layers - 1) * self.vectors(scores) if self.is_spread else 0


def numbers_at(precision: str, *, is_planned: bool = False, is_spread: bool = False) -> Numbers:
    """Return the bytes of what is computed at `precision`; 8-bit precisions compute in what their state lies in."""
    return Numbers(narrow=STATE_BYTES[precision], is_planned=is_planned, is_spread=is_spread)


def audio_encoder_activations(audio: AudioSizes, frames: int, numbers: Numbers) -> int:
    """Return the most bytes of `frames`: all padded inputs, and the widest of stages, transformer and search."""
    steps = frames * audio.half
    padded, widest = (_mel_front_end if audio.front_end == "mel" else _seanet_front_end)(audio, steps, numbers)
    if audio.half > 1:
        padded += (steps + 2 * audio.half) * audio.dim
    search = _search(frames, audio, audio.dim, numbers)
    carried_on = 0 if numbers.is_planned else padded
    widest = max(widest, _codec_transformer(audio, steps, numbers), search)
    return numbers.vectors(carried_on + steps * audio.dim) + widest + _apart(audio, steps, numbers)


def audio_decoder_activations(audio: AudioSizes, frames: int, numbers: Numbers) -> int:
    """Return the most bytes of `frames`: padded inputs or columns, and the widest of lookup, transformer and stages."""
    audio, steps = audio.of_decoder, frames * audio.half
    padded, widest = (_istft_head if audio.head == "istft" else _transposed_head)(audio, steps, numbers)
    lookup = numbers.vectors(frames * ((audio.codebooks + 2) * audio.code_dim + 3 * audio.dim))
    widest = max(widest, lookup, _codec_transformer(audio, steps, numbers))
    beside = _columns(audio, steps) if numbers.is_planned else padded
    return numbers.vectors(beside + 3 * audio.dim * steps) + widest + _apart(audio, steps, numbers)


def _columns(audio: AudioSizes, steps: int) -> int:
    """Return the most numbers that a transposed convolution makes before it sums them: a kernel for each step."""
    if audio.head == "istft":
        return steps * audio.hops * WINDOW_HOPS * audio.hop_samples
    channels, most = audio.filters * 2 ** len(audio.ratios), 0
    for ratio in audio.ratios:
        channels //= 2
        most = max(most, steps * 2 * ratio * channels)
        steps *= ratio
    return most


def vision_encoder_activations(vision: VisionSizes, tokens: int, patches: int, numbers: Numbers) -> int:
    """Return the most bytes of `patches` temporal patches of `tokens` tokens each: inputs, masks, the widest layer."""
    dim, cells = vision.dim, vision.cells**2
    places = tokens * vision.merge**2
    rows, merged = patches * places, dim * vision.merge**2
    inputs = rows * vision.patch_dim * WIDE + places * 3 * INDEX + numbers.vectors(rows * vision.patch_dim)
    masks = places**2 * (3 + 2 * patches) + cells * places * 2 * WIDE + 8 * rows * dim // vision.heads * WIDE
    attention = rows * dim * (numbers.norm + 20 * numbers.narrow) + patches * vision.heads * places**2 * numbers.score
    feed = rows * dim * numbers.norm + numbers.vectors(rows * (2 * dim + 4 * vision.ff))
    keys = vision.ring + SPARE + patches
    inter = patches * cells * dim * (numbers.norm + 18 * numbers.narrow) + numbers.vectors(3 * keys * cells * dim)
    inter += cells * vision.heads * patches * keys * numbers.score + numbers.vectors(3 * rows * dim)
    merge = rows * dim * numbers.norm + numbers.vectors(patches * tokens * (4 * merged + vision.out_dim))
    merge += _search(patches * tokens, vision, vision.out_dim, numbers)
    others = numbers.apart(vision.layers, patches * vision.heads * places**2)
    others += numbers.apart(vision.inter_layers, cells * vision.heads * patches * keys) if vision.inter_layers else 0
    return inputs + masks + numbers.vectors(2 * rows * dim) + max(attention, feed, inter, merge) + others


def temporal_activations(sizes: ModelSizes, positions: int, capacity: int, numbers: Numbers) -> int:
    """Return the most bytes of a pass of `positions` over rings of `capacity`: embeddings, mask, the widest layer."""
    temporal = sizes.temporal
    streams = sizes.streams + sizes.vision.codebooks + sum(guest.codebooks for guest in sizes.guests)
    embedded = positions * streams * (3 * numbers.narrow * temporal.dim + 3 * INDEX)
    layer = _ring_layer(
        positions,
        capacity,
        dim=temporal.dim,
        heads=temporal.heads,
        kv_heads=temporal.kv_heads,
        head_dim=temporal.head_dim,
        ff=temporal.ff,
        numbers=numbers,
    )
    keys = capacity + SPARE + positions
    held = numbers.vectors(6 * positions * temporal.dim) + positions * keys
    held += numbers.apart(temporal.layers, positions * temporal.heads * keys)
    return held + max(embedded, _mask(positions, capacity), layer)


def depth_activations(sizes: ModelSizes, rows: int, numbers: Numbers) -> int:
    """Return the most bytes of `rows` frames drawn together: noise, all steps' keys, logits, one layer."""
    depth, audio = sizes.depth, sizes.audio
    steps = 1 + audio.codebooks
    noise = sizes.text.vocabulary + audio.codebooks * audio.card
    kept = numbers.vectors(3 * steps * depth.layers * depth.dim + sizes.temporal.dim) + steps * 4 * INDEX
    logits = sizes.text.vocabulary * (numbers.narrow + 3 * WIDE)
    layer = depth.dim * 3 * numbers.norm + numbers.vectors((12 + 6 * steps) * depth.dim + 4 * depth.ff)
    layer += depth.heads * steps * numbers.score
    return rows * (noise * (WIDE + numbers.narrow) + kept + logits + layer)


def _seanet_front_end(audio: AudioSizes, steps: int, numbers: Numbers) -> tuple[int, int]:
    """Return how many numbers the convolutions keep, and the bytes of the widest stage; likewise the three below."""
    steps, channels = steps * audio.hops * audio.hop_samples, audio.filters
    padded, stages = steps + audio.kernel, [3 * steps * channels]
    for ratio in reversed(audio.ratios):
        unit, kept = _residual_unit(audio, steps, channels)
        padded += kept + (steps + 2 * ratio) * channels
        steps //= ratio
        stages.append(max(unit, 3 * steps * ratio * channels + 2 * steps * channels))
        channels *= 2
    stages.append(3 * steps * channels + 2 * steps * audio.dim)
    return padded + (steps + audio.last_kernel) * channels, numbers.vectors(max(stages))


def _mel_front_end(audio: AudioSizes, steps: int, numbers: Numbers) -> tuple[int, int]:
    """Magnitudes and their logarithms are wide: squares, sum and root of half as many numbers as a spectrum has."""
    hops, window = steps * audio.hops, WINDOW_HOPS * audio.hop_samples
    unit, kept = _residual_unit(audio, hops, audio.dim)
    padded = hops * audio.hop_samples + window + (hops + audio.kernel) * MEL_BANDS + kept
    bands = 6 * hops * MEL_BANDS * WIDE
    spectrum = hops * (window + 2) * (3 * WIDE + 2 * numbers.narrow) + bands
    return padded, max(spectrum, numbers.vectors(max(unit, 3 * hops * audio.dim)))


def _transposed_head(audio: AudioSizes, steps: int, numbers: Numbers) -> tuple[int, int]:
    channels = audio.filters * 2 ** len(audio.ratios)
    padded, stages = (steps + audio.kernel) * audio.dim, [3 * steps * channels]
    for ratio in audio.ratios:
        channels //= 2
        stages.append(4 * steps * channels + 4 * (steps + 1) * ratio * channels)
        steps *= ratio
        unit, kept = _residual_unit(audio, steps, channels)
        padded += kept + 2 * ratio * channels
        stages.append(unit)
    stages.append(2 * steps * channels + 2 * steps)
    return padded + (steps + audio.last_kernel) * channels, numbers.vectors(max(stages))


def _istft_head(audio: AudioSizes, steps: int, numbers: Numbers) -> tuple[int, int]:
    """Magnitudes and phases are wide: clamped, exponentials, sines, cosines and their products, then the sound."""
    hops, window = steps * audio.hops, WINDOW_HOPS * audio.hop_samples
    unit, kept = _residual_unit(audio, hops, audio.dim)
    sound = hops * audio.hop_samples + window
    spectra = hops * (window + 2) * (5 * WIDE + 2 * numbers.narrow) + numbers.vectors(hops * audio.dim)
    return (steps + 2) * audio.dim + kept + sound, max(numbers.vectors(unit), spectra + numbers.vectors(2 * sound))


def _residual_unit(audio: AudioSizes, steps: int, channels: int) -> tuple[int, int]:
    """Return how many numbers a unit makes, and how many the convolutions of all units keep."""
    hidden = channels // audio.compress
    kept = sum((steps + (audio.residual_kernel - 1) * dilation) * channels for dilation in audio.dilations)
    return 6 * steps * channels + 2 * steps * hidden, kept


def _apart(audio: AudioSizes, steps: int, numbers: Numbers) -> int:
    return numbers.apart(audio.layers, steps * audio.heads * (audio.ring + SPARE + steps))


def _codec_transformer(audio: AudioSizes, steps: int, numbers: Numbers) -> int:
    layer = _ring_layer(
        steps,
        audio.ring,
        dim=audio.dim,
        heads=audio.heads,
        kv_heads=audio.heads,
        head_dim=audio.dim // audio.heads,
        ff=audio.ff,
        numbers=numbers,
    )
    held = numbers.vectors(4 * steps * audio.dim) + steps * (audio.ring + SPARE + steps)
    return held + max(_mask(steps, audio.ring), layer)


def _ring_layer(
    time: int, capacity: int, *, dim: int, heads: int, kv_heads: int, head_dim: int, ff: int, numbers: Numbers
) -> int:
    """Return the most that a layer holds of norms, maps, rotations, the ring with the new keys, scores, feed-forward.

    One comes after the other, and what was rotated lies there while scores do. Where heads share keys, torch repeats
    the values for each of them when the scores are weights already.
    """
    keys, query_dim, kv_dim = capacity + SPARE + time, heads * head_dim, kv_heads * head_dim
    rotated = numbers.vectors(time * (4 * dim + 12 * query_dim + 8 * kv_dim))
    held = numbers.vectors(time * (2 * dim + 3 * query_dim + 2 * kv_dim)) + time * keys
    repeated = keys * query_dim if heads != kv_heads else 0
    attention = held + _attention(time * heads * keys, keys * kv_dim, repeated, numbers)
    feed = numbers.vectors(time * (2 * dim + 4 * ff))
    return max(time * dim * numbers.norm, rotated, attention, feed) + numbers.vectors(time * dim)


def _attention(scores: int, ring: int, repeated: int, numbers: Numbers) -> int:
    """Return the most bytes of so many scores over a ring's keys and as many values; torch holds both to the end."""
    pair = numbers.vectors(2 * ring)
    if numbers.is_planned:
        return max(pair + numbers.vectors(scores), pair // 2 + scores * numbers.score)
    return pair + max(scores * numbers.score, numbers.vectors(2 * scores + repeated))


def _mask(time: int, capacity: int) -> int:
    """Return the bytes of the bookkeeping: counts and ages of every place at every position, and flags."""
    places = capacity + SPARE
    return time * places * (3 * INDEX + 6) + time * time * (4 * INDEX + 6) + 4 * places * INDEX


def _search(rows: int, sizes: AudioSizes | VisionSizes, dim: int, numbers: Numbers) -> int:
    """Return the bytes of a search: what is left, distances to every entry of one codebook, and its squares."""
    code_dim, codebooks, card = sizes.code_dim, sizes.codebooks, sizes.card
    wide = codebooks * card * code_dim if numbers.narrow < WIDE else 0
    found = rows * (4 * code_dim + 3 * card) + card * (code_dim + 2) + wide
    return found * WIDE + numbers.vectors(rows * (dim + 2 * code_dim)) + 2 * rows * codebooks * INDEX
