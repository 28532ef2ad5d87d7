"""What both layouts of Mimi's weights share: the order of SEANet's layers, and how a quantiser is stored."""

from __future__ import annotations

from josie_bench.model.published import Rule, codebooks, pointwise, renamed
from josie_bench.model.sizes import AudioSizes

USAGE_FLOOR = 1e-5  # Mimi divides each codebook entry's sum by its usage, at least by this


def seanet_rules(sizes: AudioSizes, encoder: str, decoder: str, conv: str, upward: str) -> tuple[Rule, ...]:
    """Return the rules of SEANet's convolutions.

    The published modules are numbered with the activations between them: a stage is its residual units, an
    activation and the strided convolution.

    Args:
        sizes: of the codec.
        encoder: prefix of the encoder's stack.
        decoder: prefix of the decoder's stack.
        conv: what stands between a module's number and `.weight`.
        upward: likewise for transposed convolutions.
    """
    units = len(sizes.dilations)
    names = [("audio_encoder.seanet.first.conv", f"{encoder}.0.{conv}")]
    number = 1
    for stage in range(len(sizes.ratios)):
        names += _unit_names(f"audio_encoder.seanet.units.{stage}", f"{encoder}.", number, units, conv)
        names.append((f"audio_encoder.seanet.downs.{stage}.conv", f"{encoder}.{number + units + 1}.{conv}"))
        number += units + 2
    names.append(("audio_encoder.seanet.last.conv", f"{encoder}.{number + 1}.{conv}"))
    names.append(("audio_decoder.seanet.first.conv", f"{decoder}.0.{conv}"))
    number = 2
    for stage in range(len(sizes.ratios)):
        names.append((f"audio_decoder.seanet.ups.{stage}.conv", f"{decoder}.{number}.{upward}"))
        names += _unit_names(f"audio_decoder.seanet.units.{stage}", f"{decoder}.", number + 1, units, conv)
        number += units + 2
    names.append(("audio_decoder.seanet.last.conv", f"{decoder}.{number}.{conv}"))
    kinds = {kind: kind for kind in ("weight", "bias")}
    return tuple(rule for ours, theirs in names for rule in renamed(ours, theirs, kinds))


def _unit_names(ours: str, stack: str, number: int, units: int, conv: str) -> list[tuple[str, str]]:
    return [
        (f"{ours}.{unit}.{part}.conv", f"{stack}{number + unit}.block.{inner}.{conv}")
        for unit in range(units)
        for part, inner in (("dilated", 1), ("pointwise", 3))
    ]


def quantizer_rules(ours: str, theirs: str, levels: int, entry: str, total: str) -> list[Rule]:
    """Return the rules of one stream's quantiser.

    Args:
        ours: prefix of our quantiser.
        theirs: prefix of the published one.
        levels: how many codebooks are taken.
        entry: where a level's codebook lies below `theirs`, with `{}` for its number.
        total: name of the sum of latents beside `cluster_usage`.
    """
    entries = [f"{theirs}.{entry.format(level)}" for level in range(levels)]
    pairs = tuple(f"{place}.{part}" for place in entries for part in (total, "cluster_usage"))
    return [
        Rule(ours=f"{ours}.inward.weight", theirs=(f"{theirs}.input_proj.weight",), make=pointwise),
        Rule(ours=f"{ours}.outward.weight", theirs=(f"{theirs}.output_proj.weight",), make=pointwise),
        Rule(ours=f"{ours}.codebooks", theirs=pairs, make=codebooks(USAGE_FLOOR)),
    ]
