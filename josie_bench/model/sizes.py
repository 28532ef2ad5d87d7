"""What sizes a model has. No torch here: suites, memory arithmetic and compiled runs read it too."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace

from josie_bench.terms.timebase import ms_of_samples

COMPONENTS = ("audio_encoder", "vision_encoder", "temporal_transformer", "depth_transformer", "audio_decoder")
ENCODERS = {"audio_encoder": "audio", "vision_encoder": "vision"}  # the modality that each reads

# Kinds of a position in the temporal sequence (guests' kinds come after), and the id of a token that is not there.
FRAME, VISION = 0, 1
ABSENT = -1

# Of the codec's spectrograms: hops in a window (squared Hann windows then sum to 1.5 everywhere), and mel bands.
WINDOW_HOPS, MEL_BANDS = 4, 80
OVERLAP = "decode.overlap"  # state of an `istft` head: sound to which later spectra would still add


@dataclass(frozen=True, slots=True, kw_only=True)
class AudioSizes:
    """JODIO, the audio tokenizer (paper section 3).

    Attributes:
        ratios: strides of the convolutional stages, outermost first; the encoder's product is its hop in samples.
        half: the last stride, between the transformer's rate and the codec's frame rate; 1: they are the same, and
            there is no convolution between them.
        dilations: of the residual units of each stage.
        ring: how many transformer positions the attention looks back.
        codebooks: one semantic and the rest acoustic.
        reading: of the quantiser: `residual` (acoustic codes quantise what the semantic code leaves, the paper's
            section 6.2), `parallel` (both quantise the same latent, as Mimi does) or `single` (one residual chain
            for all codes: the ablation of the dual stream).
        is_mimi: Mimi's choices where they differ from the paper's: ELU for SiLU, layer norms with a learned scale on
            each branch for RMSNorm, GELU in the transformers, resampling without bias, upsampling channel by channel,
            and a first frame that repeats its first value to the left.
        front_end: what turns sound into vectors: `seanet`, convolutions alone, or `mel`, a log-mel spectrogram with
            one stage of residual units, `dim` wide. Then the last ratio is the spectrogram's hop.
        head: what turns vectors into sound: `transposed`, SEANet's transposed convolutions, or `istft`, one stage of
            residual units and an inverse Fourier transform of magnitudes and phases; the last ratio is its hop.
        decoder_layers, decoder_dilations: of the decoder, where they are not the encoder's.
    """

    sample_rate_hz: int
    filters: int
    ratios: tuple[int, ...]
    half: int
    kernel: int
    last_kernel: int
    residual_kernel: int
    dilations: tuple[int, ...]
    compress: int
    dim: int
    layers: int
    heads: int
    ff: int
    ring: int
    codebooks: int
    card: int
    code_dim: int
    reading: str = "residual"
    is_mimi: bool = False
    front_end: str = "seanet"
    head: str = "transposed"
    decoder_layers: int | None = None
    decoder_dilations: tuple[int, ...] | None = None

    @property
    def frame_samples(self) -> int:
        """Samples in one codec frame."""
        return math.prod(self.ratios) * self.half

    @property
    def hop_samples(self) -> int:
        """Samples between two spectra, where there are spectra."""
        return self.ratios[-1]

    @property
    def hops(self) -> int:
        """Spectra in one position of the transformer."""
        return math.prod(self.ratios[:-1])

    @property
    def delay_samples(self) -> int:
        """How much later sound leaves the decoder than its latent stands for: the hops to which later spectra add."""
        return (WINDOW_HOPS - 1) * self.hop_samples if self.head == "istft" else 0

    @property
    def delay_ms(self) -> float:
        """`delay_samples` as a time."""
        return ms_of_samples(self.delay_samples, self.sample_rate_hz)

    @property
    def of_decoder(self) -> AudioSizes:
        """The sizes as the decoder reads them: its layers and dilations in the encoder's place."""
        layers = self.layers if self.decoder_layers is None else self.decoder_layers
        return replace(self, layers=layers, dilations=self.decoder_dilations or self.dilations)


@dataclass(frozen=True, slots=True, kw_only=True)
class VisionSizes:
    """JOVIO, the vision tokenizer (paper sections 4, 5).

    Attributes:
        patch: edge of a square patch in pixels.
        patch_frames: video frames in one spatiotemporal patch.
        merge: patches merged into one token along each edge.
        window_tokens: edge of the windows of local intra-frame attention in merged tokens; layers in `full_layers`
            look at the whole frame. None: every layer looks at the whole frame.
        inter_layers: layers of inter-frame attention, spread evenly behind the intra-frame ones.
        cells: edge of the pooled grid that inter-frame attention carries between frames.
        ring: temporal patches that inter-frame attention looks back.
        token_budget: the most tokens one temporal patch costs unless a case says otherwise.
        m_rope: rotary positions of row and column; without, of the patch's number (the paper's ablation).
    """

    patch: int
    patch_frames: int
    merge: int
    dim: int
    layers: int
    heads: int
    ff: int
    window_tokens: int | None
    full_layers: tuple[int, ...]
    inter_layers: int
    cells: int
    ring: int
    out_dim: int
    codebooks: int
    card: int
    code_dim: int
    token_budget: int
    m_rope: bool = True

    @property
    def token_pixels(self) -> int:
        """Edge of the square of pixels that becomes one token."""
        return self.patch * self.merge

    @property
    def patch_dim(self) -> int:
        """Numbers in one spatiotemporal patch: 3 colours x frames x patch x patch."""
        return 3 * self.patch_frames * self.patch**2


@dataclass(frozen=True, slots=True, kw_only=True)
class TemporalSizes:
    """The Temporal Transformer (paper section 6.4).

    Attributes:
        rope_sections: rotary frequencies given to the temporal, height and width position, in this order.
        frame_ring, vision_ring: positions each modality's key-value ring keeps.
        visibility: row sees column, over the position kinds (frame, vision): the paper's modality mask M. Guests see
            all and are seen by all; every position sees itself.
        m_rope: a vision token stands at (instant, row, column); without, every token has a number in one sequence
            (the paper's ablation).
        rms_norm: without, the layers run on what comes (the paper's ablation).
    """

    dim: int
    layers: int
    heads: int
    kv_heads: int
    head_dim: int
    ff: int
    rope_base: float
    rope_sections: tuple[int, int, int]
    frame_ring: int
    vision_ring: int
    visibility: tuple[tuple[bool, ...], ...] = ((True, True), (True, True))
    m_rope: bool = True
    rms_norm: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class DepthSizes:
    """The Depth Transformer (paper section 6.5).

    Attributes:
        weight_sets: which set of layers each step uses, text first, then semantic, then acoustic.
    """

    dim: int
    layers: int
    heads: int
    ff: int
    weight_sets: tuple[int, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class TextSizes:
    """The text vocabulary and the ids the step needs by name.

    Attributes:
        first_special: special tokens, and ids that mean nothing, begin here.
        end_id: ends a turn.
    """

    tokenizer: str
    vocabulary: int
    first_special: int
    silence_id: int
    pad_id: int
    end_id: int


@dataclass(frozen=True, slots=True, kw_only=True)
class GuestSizes:
    """A modality that joins from outside: its tokens become positions of a kind of their own.

    Attributes:
        name: of the modality and of the stream that feeds it; its component is `NAME_encoder`.
        codebooks, card: how many codes a token has, and of how many each is one.
        ring: positions its key-value ring keeps.
    """

    name: str
    codebooks: int
    card: int
    ring: int

    @property
    def component(self) -> str:
        """Name of the component that turns the modality into tokens."""
        return f"{self.name}_encoder"


@dataclass(frozen=True, slots=True, kw_only=True)
class ModelSizes:
    """A preset: the sizes of all five components, and of those that joined."""

    name: str
    summary: str
    audio: AudioSizes
    vision: VisionSizes
    temporal: TemporalSizes
    depth: DepthSizes
    text: TextSizes
    guests: tuple[GuestSizes, ...] = ()

    @property
    def components(self) -> tuple[str, ...]:
        """Names of all components; those that joined come last."""
        return COMPONENTS + tuple(guest.component for guest in self.guests)

    def components_for(self, modalities: Sequence[str]) -> tuple[str, ...]:
        """Return the names of the components that a conversation in these modalities calls."""
        return tuple(name for name in self.components if name not in ENCODERS or ENCODERS[name] in modalities)

    @property
    def frame_ms(self) -> float:
        """How long one codec frame lasts."""
        return ms_of_samples(self.audio.frame_samples, self.audio.sample_rate_hz)

    @property
    def streams(self) -> int:
        """Token streams summed into one frame position: text, own audio, the user's audio."""
        return 1 + 2 * self.audio.codebooks


@dataclass(frozen=True, slots=True, kw_only=True)
class CodecSizes:
    """A preset of the audio encoder and decoder alone; it holds no conversation."""

    name: str
    summary: str
    audio: AudioSizes

    @property
    def components(self) -> tuple[str, ...]:
        """Names of its two components."""
        return ("audio_encoder", "audio_decoder")
