"""Components recomputed plainly over a whole stream at once: no steps, no state, no rings, and no code of the package.

Only weights (a `state_dict`) and sizes are taken from it. One session, so there is no batch axis: `[time, dim]`.
"""

from __future__ import annotations

import math

import torch
import torch.nn.functional as F

QUERIES_AT_ONCE = 500  # what is computed in blocks of queries only spares memory: a mask row spans the whole stream


def linear(weights, name, x):
    return x @ weights[f"{name}.weight"].T + weights.get(f"{name}.bias", 0.0)


def rms_norm(weights, name, x):
    return x / (x.square().mean(-1, keepdim=True) + 1e-6).sqrt() * weights[f"{name}.weight"]


def silu(x):
    return x / (1 + torch.exp(-x))


def gelu(x):
    return x * (1 + torch.erf(x / math.sqrt(2))) / 2


def frequencies(count, base=1e4):
    """Return θ_i = base^(−i/count), in FP32 as published models hold them; FP32 is part of what the model is."""
    return (1.0 / base ** (torch.arange(count, dtype=torch.float32) / count)).double()


def turned(x, angle):
    """Return `x` `[time, heads, head_dim]` with its pairs (i, i + head_dim/2) turned by `angle` `[time, pairs]`."""
    first, second = x.chunk(2, dim=-1)
    cosine, sine = angle.cos()[:, None], angle.sin()[:, None]
    return torch.cat((first * cosine - second * sine, second * cosine + first * sine), dim=-1)


def visible_blocks(kinds, capacities, sees):
    """Return `(rows, columns, mask)` of each block of queries; columns that none of the block sees are left out.

    A key is visible to itself, and to later positions that see its kind while fewer than its capacity of later
    positions of its kind exist, counted at the query.
    """
    length = len(kinds)
    place = torch.arange(length)
    count = F.one_hot(kinds, len(capacities)).cumsum(0).int()  # of each kind up to here
    own_count, capacity = count[place, kinds], torch.tensor(capacities).int()[kinds]
    table = torch.tensor(sees)
    blocks = []
    for start in range(0, length, QUERIES_AT_ONCE):
        rows = place[start : start + QUERIES_AT_ONCE]
        later = count[rows][:, kinds] - own_count
        mask = (place <= rows[:, None]) & (later < capacity) & table[kinds[rows]][:, kinds]
        mask |= place == rows[:, None]
        columns = mask.any(0).nonzero()[:, 0]
        blocks.append((rows, columns, mask[:, columns]))
    return blocks


def attention(query, key, value, blocks):
    """Return softmax(QKᵀ/√d + M)V, `[time, heads * head_dim]`; consecutive query heads share a key head."""
    shared = query.shape[1] // key.shape[1]
    key, value = key.repeat_interleave(shared, 1), value.repeat_interleave(shared, 1)
    out = torch.zeros_like(query)
    for rows, columns, mask in blocks:
        scores = torch.einsum("qhd,khd->hqk", query[rows], key[columns]) / math.sqrt(query.shape[-1])
        scores = torch.where(mask, scores, torch.tensor(-math.inf, dtype=scores.dtype))
        out[rows] = torch.einsum("hqk,khd->qhd", scores.softmax(-1), value[columns])
    return out.flatten(1)


def transformer_layer(weights, name, x, *, heads, kv_heads, angle, blocks):
    normed = rms_norm(weights, f"{name}.attention_norm", x)
    query = turned(linear(weights, f"{name}.query", normed).unflatten(-1, (heads, -1)), angle)
    key = turned(linear(weights, f"{name}.key", normed).unflatten(-1, (kv_heads, -1)), angle)
    value = linear(weights, f"{name}.value", normed).unflatten(-1, (kv_heads, -1))
    x = x + linear(weights, f"{name}.out", attention(query, key, value, blocks))
    return x + feed_forward(weights, f"{name}.feed", rms_norm(weights, f"{name}.feed_norm", x))


def feed_forward(weights, name, x):
    up = linear(weights, f"{name}.up", x)
    has_gate = f"{name}.gate.weight" in weights
    return linear(weights, f"{name}.down", silu(linear(weights, f"{name}.gate", x)) * up if has_gate else silu(up))


# JODIO


def convolved(weights, name, x, *, stride=1, dilation=1):
    """Return Σ_i w_i x_{t−d·i} `[out, time / stride]` of a whole signal `[channels, time]`, zeros before it."""
    taps = weights[f"{name}.weight"]
    count = x.shape[1] // stride
    padded = F.pad(x, ((taps.shape[2] - 1) * dilation + 1 - stride, 0))
    out = weights[f"{name}.bias"][:, None].repeat(1, count)
    for tap in range(taps.shape[2]):
        start = tap * dilation
        out += taps[:, :, tap] @ padded[:, start : start + (count - 1) * stride + 1 : stride]
    return out


def spread(weights, name, x, *, stride):
    """Return the transposed convolution of the whole signal: each value adds its kernel where it stands."""
    taps = weights[f"{name}.weight"]  # [channels, out, 2 * stride]
    count = x.shape[1]
    out = torch.zeros(taps.shape[1], (count + 1) * stride, dtype=x.dtype)
    for tap in range(taps.shape[2]):
        out[:, tap : tap + count * stride : stride] += taps[:, :, tap].T @ x
    return out[:, : count * stride] + weights[f"{name}.bias"][:, None]


def _residual_units(weights, name, x, sizes):
    for index, dilation in enumerate(sizes.dilations):
        hidden = convolved(weights, f"{name}.{index}.dilated.conv", silu(x), dilation=dilation)
        x = x + convolved(weights, f"{name}.{index}.pointwise.conv", silu(hidden))
    return x


def codec_transformer(weights, x, sizes):
    blocks = visible_blocks(torch.zeros(len(x), dtype=torch.int64), (sizes.ring,), ((True,),))
    angle = torch.arange(len(x)).double()[:, None] * frequencies(sizes.dim // sizes.heads // 2)
    for index in range(sizes.layers):
        name = f"transformer.layers.{index}"
        x = transformer_layer(weights, name, x, heads=sizes.heads, kv_heads=sizes.heads, angle=angle, blocks=blocks)
    return x


def audio_latents(weights, sizes, sound):
    """Return `[frames, dim]`, what the quantiser gets, for `sound` `[samples]`."""
    x = convolved(weights, "seanet.first.conv", sound[None])
    for stage, ratio in enumerate(reversed(sizes.ratios)):
        x = _residual_units(weights, f"seanet.units.{stage}", x, sizes)
        x = convolved(weights, f"seanet.downs.{stage}.conv", silu(x), stride=ratio)
    x = convolved(weights, "seanet.last.conv", silu(x))
    x = codec_transformer(weights, x.T, sizes)
    return convolved(weights, "downsample.conv", x.T, stride=sizes.half).T


def nearest(weights, name, latents):
    """Return codes `[frames, levels]`, and how much farther the second nearest entry lies, squared; search in FP32."""
    rest = (latents @ weights[f"{name}.inward.weight"].T).float()
    codes, margins = [], []
    for codebook in weights[f"{name}.codebooks"].float():
        far = torch.cdist(rest.double(), codebook.double(), compute_mode="donot_use_mm_for_euclid_dist")
        two = far.square().topk(2, largest=False).values
        codes.append(far.argmin(-1))
        margins.append(two[:, 1] - two[:, 0])
        rest = rest - codebook[codes[-1]]
    return torch.stack(codes, -1), torch.stack(margins, -1)


def entries(weights, name, codes):
    found = sum(weights[f"{name}.codebooks"][level][codes[:, level]] for level in range(codes.shape[1]))
    return found @ weights[f"{name}.outward.weight"].T


def audio_codes(weights, latents):
    """Return codes and margins `[frames, codebooks]`: acoustic codes quantise what the semantic one leaves."""
    semantic, clear = nearest(weights, "quantizer.semantic", latents)
    acoustic, margins = nearest(
        weights, "quantizer.acoustic", latents - entries(weights, "quantizer.semantic", semantic)
    )
    return torch.cat((semantic, acoustic), -1), torch.cat((clear, margins), -1)


def audio_sound(weights, sizes, codes):
    """Return `[samples]` for `codes` `[frames, codebooks]`."""
    x = entries(weights, "quantizer.semantic", codes[:, :1]) + entries(weights, "quantizer.acoustic", codes[:, 1:])
    x = codec_transformer(weights, spread(weights, "upsample.conv", x.T, stride=sizes.half).T, sizes)
    x = convolved(weights, "seanet.first.conv", x.T)
    for stage, ratio in enumerate(sizes.ratios):
        x = spread(weights, f"seanet.ups.{stage}.conv", silu(x), stride=ratio)
        x = _residual_units(weights, f"seanet.units.{stage}", x, sizes)
    return convolved(weights, "seanet.last.conv", silu(x))[0]


# The Temporal Transformer


def _summed(table, ids):
    """Return the sum of each stream's row; every stream has an equal share of the table, and −1 adds nothing."""
    card = len(table) // ids.shape[1]
    rows = [table[stream * card + ids[:, stream].clamp_min(0)] for stream in range(ids.shape[1])]
    return sum(row * (ids[:, stream, None] >= 0) for stream, row in enumerate(rows))


def temporal_hidden(weights, sizes, named, *, rings, sees):
    """Return `[time, dim]`; `named` are the component's inputs without their batch axis."""
    tokens, temporal = named["tokens"], sizes.temporal
    x = _summed(weights["text.table.weight"], tokens[:, :1]) + _summed(weights["audio.table.weight"], tokens[:, 1:])
    x = x + _summed(weights["vision.table.weight"], named["vision"])
    for guest in sizes.guests:
        x = x + _summed(weights[f"guest.{guest.name}.table.weight"], named[guest.name])
    axis = [axis for axis, section in enumerate(temporal.rope_sections) for _ in range(section)]
    angle = named["positions"].double()[:, axis] * frequencies(temporal.head_dim // 2, temporal.rope_base)
    blocks = visible_blocks(named["kind"], rings, sees)
    for index in range(temporal.layers):
        x = transformer_layer(
            weights, f"layers.{index}", x, heads=temporal.heads, kv_heads=temporal.kv_heads, angle=angle, blocks=blocks
        )
    return rms_norm(weights, "norm", x)


# JOVIO


def vision_latents(weights, sizes, seen):
    """Return a list of `[tokens, out_dim]`, what the quantiser gets.

    Args:
        seen: for each temporal patch, of whatever resolution: patches `[patches, patch_dim]`, their rows and columns
            `[patches, 2]`, and their cells `[patches]`.
    """
    every = sizes.layers // sizes.inter_layers
    x = [linear(weights, "embed", patches) for patches, _, _ in seen]
    for index in range(sizes.layers):
        is_full = sizes.window_tokens is None or index in sizes.full_layers
        x = [
            among_patches(weights, f"intra.{index}", sizes, patches, grid, is_full=is_full)
            for patches, (_, grid, _) in zip(x, seen, strict=True)
        ]
        if (index + 1) % every == 0:
            answers = over_time(weights, f"inter.{index // every}", sizes, x, [cell for _, _, cell in seen])
            x = [patches + answer for patches, answer in zip(x, answers, strict=True)]
    tokens = [rms_norm(weights, "merge_norm", patches).reshape(-1, sizes.merge**2 * sizes.dim) for patches in x]
    return [linear(weights, "merge_out", gelu(linear(weights, "merge_in", token))) for token in tokens]


def among_patches(weights, name, sizes, x, grid, *, is_full):
    half = sizes.dim // sizes.heads // 2
    if sizes.m_rope:
        angle = torch.cat([place[:, None].double() * frequencies(half // 2) for place in grid.T], dim=-1)
    else:
        angle = torch.arange(len(x)).double()[:, None] * frequencies(half)
    window = grid.div(sizes.merge * (sizes.window_tokens or 1), rounding_mode="floor")
    mask = torch.tensor([[is_full or bool((a == b).all()) for b in window] for a in window])
    everyone = torch.arange(len(x))
    normed = rms_norm(weights, f"{name}.attention_norm", x)
    query, key, value = linear(weights, f"{name}.qkv", normed).reshape(len(x), 3, sizes.heads, -1).unbind(1)
    out = attention(turned(query, angle), turned(key, angle), value, [(everyone, everyone, mask)])
    x = x + linear(weights, f"{name}.out", out)
    return x + feed_forward(weights, f"{name}.feed", rms_norm(weights, f"{name}.feed_norm", x))


def over_time(weights, name, sizes, x, cells):
    """Return what each patch is told of its cell's past: one attention a cell, over its means of the last patches.

    A cell without patches counts as a mean of zero: it has a place in the ring like any other.
    """
    length = len(x)
    when = torch.arange(length)
    angle = when.double()[:, None] * frequencies(sizes.dim // sizes.heads // 2)
    mask = (when[:, None] >= when) & (when[:, None] - when < sizes.ring)
    answers = [torch.zeros_like(patches) for patches in x]
    for place in range(sizes.cells**2):
        members = [(cell == place).nonzero()[:, 0] for cell in cells]
        nothing = torch.zeros(sizes.dim, dtype=x[0].dtype)
        means = [p[m].mean(0) if len(m) else nothing for p, m in zip(x, members, strict=True)]
        normed = rms_norm(weights, f"{name}.norm", torch.stack(means))
        query, key, value = (
            linear(weights, f"{name}.{part}", normed).unflatten(-1, (sizes.heads, -1))
            for part in ("query", "key", "value")
        )
        told = attention(turned(query, angle), turned(key, angle), value, [(when, when, mask)])
        told = linear(weights, f"{name}.out", told)
        for t, m in enumerate(members):
            answers[t][m] = told[t]
    return answers
