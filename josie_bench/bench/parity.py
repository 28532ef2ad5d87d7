"""An engine held against the eager FP32 reference in real windows. Nothing here is timed.

First each component is given what the reference was given, call by call, so that an error is blamed on the component
that made it; each side carries its own state. Then both converse by themselves, to see how long they agree. Of a long
case only the first windows are compared call by call; it is conversed in full.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from itertools import islice
from typing import Any

import numpy as np

from josie_bench.backends import Array, EngineSource, Executable
from josie_bench.backends import eager as reference_backend
from josie_bench.bench.token_loss import Arrays, TokenLoss
from josie_bench.engines.manifest import Manifest
from josie_bench.model.sizes import ModelSizes
from josie_bench.runtime.session import open_session
from josie_bench.scenarios import cut_window
from josie_bench.terms.case import Case
from josie_bench.terms.media import Media
from josie_bench.terms.parity import Parity, cosine_distance, largest_error, relative_error, spread_of

CLEAR = (
    0.01  # a code is clear if the latent is further from the nearest other code's border than this share of its norm
)
# Windows in which each component is given the reference's inputs. A minute turns the rings of `nano` over twice, and
# then nothing of an engine's own state is left from before; ten minutes would cost as much again as both conversations.
MOST_FORCED = 200


class Rows:
    """The rows of a comparison as they come."""

    def __init__(self) -> None:
        self.window = 0
        self._rows: list[tuple[int, str, str, float]] = []

    def add(self, component: str, measure: str, value: float) -> None:
        """Note one value of the present window."""
        self._rows.append((self.window, component, measure, float(value)))

    def agree(self, component: str, kind: str, equal: Array) -> None:
        """Note how many of some codes are equal."""
        self.add(component, f"{kind}_equal", int(np.count_nonzero(equal)))
        self.add(component, f"{kind}_total", equal.size)

    def parity(self) -> Parity:
        """Return all rows."""
        columns = list(zip(*self._rows, strict=True)) or [(), (), (), ()]
        return Parity(
            window=np.array(columns[0], dtype=np.int64),
            component=np.array(columns[1], dtype=np.str_),
            measure=np.array(columns[2], dtype=np.str_),
            value=np.array(columns[3], dtype=np.float64),
        )


class Margins:
    """Listens at a reference component's quantiser for how clear each first code is."""

    def __init__(self, module: Any) -> None:
        quantizer = getattr(module, "quantizer", None)
        first = next(
            (q for name in ("semantic", "chain") if (q := getattr(quantizer, name, None)) is not None), quantizer
        )
        self.is_clear: Array | None = None
        if first is not None:
            self._first, self._encode = first, first.encode
            first.encode = self._listen

    def _listen(self, latent: Any) -> Any:
        inward = self._first.inward(latent).double()
        book = self._first.codebooks[0].double()
        distances = (inward[..., None, :] - book).norm(dim=-1)
        near = distances.topk(2, largest=False)
        apart = (book[near.indices[..., 0]] - book[near.indices[..., 1]]).norm(dim=-1).clamp_min(1e-30)
        border = (near.values[..., 1] ** 2 - near.values[..., 0] ** 2) / (2.0 * apart)
        self.is_clear = (border >= CLEAR * inward.norm(dim=-1)).numpy()
        return self._encode(latent)


class SideBySide:
    """The reference, whose answers go on, and beside it an engine that is asked the same.

    Args:
        narrow: the reference at fewer bits.
        spread: at how many, one of `terms.parity.SPREADS`.
        listen: told of each call its inputs, what the reference gave and what the engine gave.
    """

    def __init__(
        self,
        name: str,
        reference: Any,
        engine: Executable,
        narrow: Executable,
        rows: Rows,
        *,
        spread: str,
        listen: Callable[[Arrays, Arrays, Arrays], None],
    ) -> None:
        self.signature = reference.signature
        self._name, self._rows, self._spread, self._listen = name, rows, f"spread_{spread}", listen
        self._sides: tuple[Any, ...] = (reference, engine, narrow)
        self._margins = Margins(reference.module) if name in ("audio_encoder", "vision_encoder") else None

    def step(self, inputs: Mapping[str, Array]) -> dict[str, Array]:
        """Return the reference's outputs, after noting what the others gave."""
        reference, engine, narrow = self._sides
        expected: dict[str, Array] = {name: array.copy() for name, array in reference.step(inputs).items()}
        got = engine.step(inputs)
        for name, array in expected.items():
            if np.issubdtype(array.dtype, np.floating):
                self._note_floats(got[name], array)
            else:
                self._note_codes(got[name], array)
        self._listen(inputs, expected, got)
        for name, array in narrow.step(inputs).items():  # to see how far apart two right answers are
            if np.issubdtype(array.dtype, np.floating):
                self._rows.add(self._name, self._spread, largest_error(array, expected[name]))
        return expected

    def _note_floats(self, got: Array, expected: Array) -> None:
        self._rows.add(self._name, "error", relative_error(got, expected))
        self._rows.add(self._name, "largest", largest_error(got, expected))
        self._rows.add(self._name, "cosine", cosine_distance(got, expected))

    def _note_codes(self, got: Array, expected: Array) -> None:
        first = _first_codes(self._name, got == expected)
        self._rows.agree(self._name, "first", first)
        self._rows.agree(self._name, "all", got == expected)
        if self._margins is not None and self._margins.is_clear is not None:
            self._rows.agree(self._name, "clear", first[self._margins.is_clear.reshape(first.shape)])

    def reset(self) -> None:
        """Return all to the start of a session."""
        for side in self._sides:
            side.reset()

    def undo(self) -> None:
        """Take the last step of all back."""
        for side in self._sides:
            side.undo()

    def state(self, *names: str) -> dict[str, Array]:
        """Return the reference's state: these tensors, or all."""
        found: dict[str, Array] = self._sides[0].state(*names)
        return found


def _first_codes(component: str, codes: Array) -> Array:
    """Return the part that decides most: the first codebook's, or of drawn tokens the text's."""
    return codes[:, 0] if component in ("audio_encoder", "depth_transformer") else codes[..., 0]


def forced_windows(case: Case) -> int:
    """Return in how many windows each component is given the reference's inputs."""
    return min(case.windows, MOST_FORCED)


def windows_run(case: Case) -> int:
    """Return how many windows a comparison runs in all: those call by call, and the conversation."""
    return forced_windows(case) + case.windows


def compare(
    case: Case,
    sizes: ModelSizes,
    media: Media,
    engines: Mapping[str, Manifest],
    on_window: Callable[[int], None] = lambda _: None,
) -> Parity:
    """Return the rows of a comparison of the case's engines with the reference.

    Args:
        case: how many windows, and the rules of the conversation.
        sizes: of the model.
        media: what is heard and seen.
        engines: under test, by component.
        on_window: told after each window, in all as often as `windows_run` says.
    """
    rows = Rows()
    modules = reference_modules(case)
    loaded: dict[str, Executable] = {}
    engine_step = open_session(case, sizes, engines, wrap=loaded.setdefault)
    reference = {name: eager_executable(case, engines[name], modules, "fp32") for name in engines}
    listeners = TokenLoss(reference["depth_transformer"].module, sizes, rows.add).listeners

    def beside(name: str, engine: Executable) -> Executable:
        spread = spread_of(engines[name].recipe.precision)
        narrow = eager_executable(case, engines[name], modules, spread)
        listen = listeners.get(name, lambda *_: None)
        return SideBySide(name, reference[name], engine, narrow, rows, spread=spread, listen=listen)

    asked = engine_step.over({name: beside(name, engine) for name, engine in loaded.items()})
    for slot in islice(case.slots(), forced_windows(case)):
        rows.window = slot.index
        asked(cut_window(case, media, slot, sizes.frame_ms))
        on_window(slot.index)
    alone, other = engine_step.over(reference), engine_step.over(loaded)
    for slot in islice(case.slots(), case.windows):
        rows.window = slot.index
        window = cut_window(case, media, slot, sizes.frame_ms)
        expected, got = alone(window), other(window)
        rows.agree("step", "text", got.text_ids == expected.text_ids)
        rows.agree("step", "semantic", got.codes[:, 0] == expected.codes[:, 0])
        rows.agree("step", "acoustic", got.codes[:, 1:] == expected.codes[:, 1:])
        on_window(slot.index)
    return rows.parity()


def reference_modules(case: Case) -> Callable[[str, str], Any]:
    """Return a function that gives a component's PyTorch module at a precision; `int8` is FP32 rounded as INT8 is."""
    from josie_bench.model.assembly import make_model
    from josie_bench.model.fake_quantized import ROUNDERS, FakeQuantized
    from josie_bench.model.narrowed import at_precision

    model = make_model(case.model.whole)

    def module(name: str, precision: str) -> Any:
        component = model.component(name)
        return FakeQuantized(component, precision) if precision in ROUNDERS else at_precision(component, precision)

    return module


def eager_executable(case: Case, engine: Manifest, modules: Callable[[str, str], Any], precision: str) -> Any:
    """Return the reference's component of an engine at a precision, as `reference_modules` gives it."""
    name = engine.recipe.component
    module = modules(name, precision)
    return reference_backend.load(
        EngineSource(
            component=name, signature=module.signature(), folder=None, module=lambda: module, threads=case.threads
        )
    )
