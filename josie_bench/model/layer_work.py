"""What a layer holds, computes and reads, from its sizes alone: the arithmetic under `work.py`. No torch here.

A multiplication and the addition behind it are two FLOPs. Only matrix products and convolutions count: norms,
activations, rotations and softmax are a fraction of a percent. Weights are read from memory once a pass, however many
positions go through in it; of a table only the rows that are looked up.
"""

from __future__ import annotations

from dataclasses import dataclass, fields, replace

from josie_bench.terms.precision import STATE_BYTES, WEIGHT_BYTES

COUNTER_BYTES = 8  # an int64
SPARE = 1  # slot of a ring that catches what is dropped: attended over and masked, like every empty slot


@dataclass(frozen=True, slots=True, kw_only=True)
class Work:
    """What a part holds, and does in one pass or one window.

    Attributes:
        parameters: numbers it learns.
        constants: numbers that are held and multiplied with like weights, but fixed: the bases of Fourier transforms.
        products: of the parameters, weights of matrix products: what 8-bit precisions narrow.
        multiplied: of parameters and constants, weights of products and convolutions, codebooks that are searched
            among them: what some runtimes lay out once more for their kernels.
        convolved: of these, weights of convolutions.
        transposed: of these, weights of transposed ones.
        weights_read: of parameters and constants, numbers read from memory, each pass anew.
        flops: floating-point operations of one session.
        state_floats, state_counters: numbers one session carries between steps, floats and int64.
        ring_floats: of the floats, keys and values.
        state_read: of the floats, numbers read from memory, each pass anew.
    """

    parameters: int = 0
    constants: int = 0
    products: int = 0
    multiplied: int = 0
    convolved: int = 0
    transposed: int = 0
    weights_read: int = 0
    flops: int = 0
    state_floats: int = 0
    state_counters: int = 0
    ring_floats: int = 0
    state_read: int = 0

    def __add__(self, other: Work) -> Work:
        """Return the work of both parts, one behind the other."""
        return Work(**{field.name: getattr(self, field.name) + getattr(other, field.name) for field in fields(Work)})

    def copied(self, count: int) -> Work:
        """Return the work of `count` such parts, each with weights and state of its own."""
        return Work(**{field.name: getattr(self, field.name) * count for field in fields(Work)})

    def idle(self) -> Work:
        """Return the part as it lies there, doing nothing."""
        return replace(self, weights_read=0, flops=0, state_read=0)

    def again(self) -> Work:
        """Return one more pass through the part: it does the same and holds nothing more."""
        return replace(
            self,
            parameters=0,
            constants=0,
            products=0,
            multiplied=0,
            convolved=0,
            transposed=0,
            state_floats=0,
            state_counters=0,
            ring_floats=0,
        )

    def fixed(self) -> Work:
        """Return the part with weights that nobody learns."""
        return replace(self, parameters=0, constants=self.parameters, products=0)

    def weight_bytes(self, precision: str) -> int:
        """Return what parameters and constants take at `precision`; the scales of int8 are left out."""
        return (self.parameters + self.constants) * WEIGHT_BYTES[precision]

    def held_bytes(self, precision: str, rest: str) -> int:
        """Return what all weights take where those of products lie at `precision` and the others at `rest`."""
        others = self.parameters + self.constants - self.products
        return self.products * WEIGHT_BYTES[precision] + others * WEIGHT_BYTES[rest]

    def packed_bytes(self, precision: str, rest: str) -> int:
        """Return what weights that are multiplied take, those of products at `precision` and the others at `rest`.

        Those of convolutions are not among them.
        """
        others = self.multiplied - self.products - self.convolved
        return self.products * WEIGHT_BYTES[precision] + others * WEIGHT_BYTES[rest]

    def convolved_bytes(self, rest: str) -> int:
        """Return what weights of convolutions take at `rest`."""
        return self.convolved * WEIGHT_BYTES[rest]

    def pooled_bytes(self, rest: str) -> int:
        """Return what weights of transposed convolutions take at `rest`."""
        return self.transposed * WEIGHT_BYTES[rest]

    def ring_bytes(self, precision: str) -> int:
        """Return what keys and values take, with the counters that say which place holds which position."""
        return self.ring_floats * STATE_BYTES[precision] + self.state_counters * COUNTER_BYTES

    def state_bytes(self, precision: str) -> int:
        """Return what one session carries at `precision`."""
        return self.state_floats * STATE_BYTES[precision] + self.state_counters * COUNTER_BYTES

    def weight_read_bytes(self, precision: str) -> int:
        """Return what is read of the weights at `precision`, by all sessions together."""
        return self.weights_read * WEIGHT_BYTES[precision]

    def state_read_bytes(self, precision: str) -> int:
        """Return what one session reads of its state at `precision`."""
        return self.state_read * STATE_BYTES[precision]

    def read_bytes(self, precision: str) -> int:
        """Return all that one session alone reads at `precision`."""
        return self.weight_read_bytes(precision) + self.state_read_bytes(precision)


def chain(*parts: Work) -> Work:
    """Return the work of parts in sequence."""
    return sum(parts, Work())


def linear(rows: int, dim: int, out: int, *, bias: bool = False) -> Work:
    """Return the work of a linear map: dim · out weights, read once; 2 · rows · dim · out FLOPs."""
    products, weights = dim * out, dim * out + out * bias
    return Work(
        parameters=weights,
        products=products,
        multiplied=products,
        weights_read=weights,
        flops=2 * rows * products,
    )


def vectors(count: int, dim: int) -> Work:
    """Return the work of `count` learned vectors that scale or shift; their FLOPs are not counted."""
    return Work(parameters=count * dim, weights_read=count * dim)


def table(rows: int, dim: int, *, looked_up: int) -> Work:
    """Return the work of a table: rows · dim weights, of which `looked_up` rows are read."""
    return Work(parameters=rows * dim, weights_read=looked_up * dim)


def convolution(
    steps: int, channels: int, out: int, kernel: int, *, stride: int = 1, dilation: int = 1, bias: bool = True
) -> Work:
    """Return the work of a causal convolution: 2 · steps · channels · out · kernel FLOPs for `steps` that come out.

    Carries the (kernel − 1) · dilation + 1 − stride steps before the next one.
    """
    products = channels * out * kernel
    weights = products + out * bias
    carried = channels * ((kernel - 1) * dilation + 1 - stride)
    return Work(
        parameters=weights,
        multiplied=products,
        convolved=products,
        weights_read=weights,
        flops=2 * steps * products,
        state_floats=carried,
        state_read=carried,
    )


def transposed_convolution(
    steps: int, channels: int, out: int, stride: int, *, kernel: int | None = None, groups: int = 1, bias: bool = True
) -> Work:
    """Return the work of a transposed convolution, of kernel 2 · stride unless said otherwise.

    2 · steps · channels · out · kernel / groups FLOPs for `steps` that go in. Carries the kernel − stride last of its
    output, to which the next step adds.
    """
    kernel = kernel or 2 * stride
    products = channels * out * kernel // groups
    weights = products + out * bias
    carried = out * (kernel - stride)
    return Work(
        parameters=weights,
        multiplied=products,
        convolved=products,
        transposed=products,
        weights_read=weights,
        flops=2 * steps * products,
        state_floats=carried,
        state_read=carried,
    )


def attention(queries: int, keys: int, dim: int) -> Work:
    """Return the work of QKᵀ and of the sum of V: 2 · 2 · queries · keys · dim FLOPs, whatever the mask leaves out."""
    return Work(flops=4 * queries * keys * dim)


def ring(kv_dim: int, capacity: int, *, held: int) -> Work:
    """Return a layer's keys and values: (capacity + 1) slots of kv_dim each, of which `held` are read."""
    floats = 2 * kv_dim * (capacity + SPARE)
    return Work(state_floats=floats, ring_floats=floats, state_read=2 * kv_dim * held)


def ring_clock(*capacities: int) -> Work:
    """Return the bookkeeping of rings: one counter for each slot of all of them, and one for each ring."""
    return Work(state_counters=sum(capacities) + SPARE + len(capacities))


def feed_forward(rows: int, dim: int, ff: int, *, is_gated: bool, bias: bool = False) -> Work:
    """Return the work of two maps between dim and ff, three where it is gated."""
    upward = linear(rows, dim, ff, bias=bias).copied(2 if is_gated else 1)
    return upward + linear(rows, ff, dim, bias=bias)


def ring_layer(
    time: int,
    *,
    dim: int,
    query_dim: int,
    kv_dim: int,
    ff: int,
    capacity: int,
    held: int,
    is_gated: bool = False,
    has_bias: bool = False,
) -> Work:
    """Return the work of a transformer layer over a key-value ring, its norms left to the caller.

    Each of `time` positions attends over the `held` positions of the ring, its spare slot and the `time` new ones.
    """
    return chain(
        linear(time, dim, query_dim, bias=has_bias),
        linear(time, dim, kv_dim, bias=has_bias).copied(2),
        linear(time, query_dim, dim),
        attention(time, held + SPARE + time, query_dim),
        ring(kv_dim, capacity, held=held),
        feed_forward(time, dim, ff, is_gated=is_gated),
    )


def residual_quantizer(dim: int, code_dim: int, codebooks: int, card: int) -> Work:
    """Return the weights of a chain of codebooks, with a map to their width and one back; idle."""
    return chain(linear(0, dim, code_dim), linear(0, code_dim, dim), vectors(codebooks * card, code_dim)).idle()


def quantizer_search(rows: int, dim: int, code_dim: int, codebooks: int, card: int) -> Work:
    """Return the work of a search, on weights that are counted elsewhere.

    A map to the codebooks' width, then the product with every entry of every codebook.
    """
    products = linear(rows, code_dim, card).copied(codebooks)
    return (linear(rows, dim, code_dim) + products).again() + Work(multiplied=codebooks * card * code_dim)


def quantizer_lookup(rows: int, dim: int, code_dim: int, codebooks: int) -> Work:
    """Return the work of looking codes up, on weights that are counted elsewhere.

    An entry of each codebook for each row, summed, then mapped back.
    """
    return (table(0, code_dim, looked_up=rows * codebooks) + linear(rows, code_dim, dim)).again()
