"""`codec`: a recording as it is, and behind its codes; the codec runs window by window, as in a conversation.

Sound is put back by what the decoder is late, so that what is judged is the streaming codec, not one that has seen the
whole recording. Beside it stands what takes no codec: noise that is as loud as the recording is in each frame.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

import numpy as np

from josie_bench.backends import Executable
from josie_bench.model.sizes import AudioSizes
from josie_bench.tasks import Desk, Floats, present
from josie_bench.terms.corpus import Item, OpenCorpus
from josie_bench.terms.judged import ENGINE, JudgedItem

SUMMARY = "recordings as they are, and behind the codec's codes: words, opinion scores, likeness"
COMPONENTS = ("audio_encoder", "audio_decoder")
JUDGES = ("recogniser", "normaliser", "dnsmos", "pesq", "stoi")
CORPUS = "prompts_en"
FEWEST_WORDS = 3  # shorter prompts are names, which a recogniser guesses
NOISE_SEED = 20_261_130


def can_use(item: Item, corpus: OpenCorpus) -> bool:
    """Return whether an item is heard, and says at least `FEWEST_WORDS` words."""
    has_sound = corpus.corpus.hear is not None
    return has_sound and item.transcript is not None and len(item.transcript.split()) >= FEWEST_WORDS


def rows(item: Item, desk: Desk) -> Iterator[JudgedItem]:
    """Yield a row for each side: what is heard before and after, and what judges say of both."""
    source = desk.corpus.audio(item, sample_rate_hz=desk.rate_hz)
    before = desk.heard(source)
    quality = desk.scores("dnsmos", source)
    beside = _judged_noise(desk, source)
    for name, side in desk.sides.items():
        sound = resynthesise(side.executables, desk.sizes.audio, source, desk.hop_samples)
        yield JudgedItem(
            item=item.id,
            cluster=item.speaker or "",
            task="codec",
            side=name,
            values={
                **{f"{key}.before": value for key, value in quality.items()},
                **beside,
                **{f"{key}.after": value for key, value in desk.scores("dnsmos", sound).items()},
                **desk.scores("pesq", source, sound),
                **desk.scores("stoi", source, sound),
            },
            texts=present(
                {
                    "said": item.transcript,
                    "reference": desk.text(item.transcript),
                    "before": before,
                    "after": desk.heard(sound),
                }
            ),
            media=desk.media(**({"before": source} if name == ENGINE else {}), after=sound),
        )


def _judged_noise(desk: Desk, source: Floats) -> dict[str, float]:
    """Return what judges of sound say of the baseline, `score.noise`."""
    noise = noise_as_loud_as(source, desk.sizes.audio.frame_samples)
    found = desk.scores("dnsmos", noise) | desk.scores("pesq", source, noise) | desk.scores("stoi", source, noise)
    return {f"{key}.noise": value for key, value in found.items()}


def noise_as_loud_as(audio: Floats, frame_samples: int) -> Floats:
    """Return white noise `[samples]` that has the root mean square of `audio` `[samples]` in each frame.

    It is what a code makes of speech that has one number a frame, its loudness: not a word can be heard in it. Silence
    would be a smaller code still, of which PESQ and STOI say nothing.
    """
    frames = -(-len(audio) // frame_samples)
    held = np.pad(audio, (0, frames * frame_samples - len(audio))).reshape(frames, frame_samples)
    noise = np.random.default_rng(NOISE_SEED).standard_normal(held.shape)
    level = np.sqrt(np.square(held, dtype=np.float64).mean(axis=1) / np.square(noise).mean(axis=1))
    found: Floats = (noise * level[:, None]).reshape(-1)[: len(audio)].clip(-1.0, 1.0).astype(np.float32)
    return found


def resynthesise(codec: Mapping[str, Executable], sizes: AudioSizes, audio: Floats, window: int) -> Floats:
    """Return `audio` `[samples]` behind its codes, `[samples]` and at its place.

    Args:
        codec: `audio_encoder` and `audio_decoder`.
        sizes: of both.
        audio: at the codec's rate.
        window: samples that are encoded at once, whole frames.
    """
    encoder, decoder = codec["audio_encoder"], codec["audio_decoder"]
    encoder.reset()
    decoder.reset()
    windows = -(-(len(audio) + sizes.delay_samples) // window)
    padded = np.zeros((1, windows * window), dtype=np.float32)
    padded[0, : len(audio)] = audio
    parts = []
    for start in range(0, padded.shape[1], window):
        codes = encoder.step({"audio": padded[:, start : start + window]})["codes"]
        parts.append(decoder.step({"codes": codes})["audio"][0].copy())
    late = sizes.delay_samples
    found: Floats = np.concatenate(parts)[late : late + len(audio)].clip(-1.0, 1.0).astype(np.float32)
    return found
