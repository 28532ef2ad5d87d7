"""The tables that `josie-bench model` draws for people."""

from __future__ import annotations

from rich import box
from rich.console import Console
from rich.table import Table

from josie_bench.model.layer_work import Work
from josie_bench.model.memory import FULL
from josie_bench.model.sizes import ModelSizes
from josie_bench.model.work import WindowWork, codec_frame_ms, position_floats, ring_capacities, ring_spans_ms
from josie_bench.terms.accelerator import ACCELERATORS
from josie_bench.terms.precision import STATE_BYTES
from josie_bench.terms.roofline import BANDWIDTH_SHARE, FLOPS_SHARE, MEMORY_SHARE, floor_of, sessions_on
from josie_bench.terms.timebase import s_from_ms

WIDTH = 100
UNITS = (("G", 1e9), ("M", 1e6), ("k", 1e3))


def draw(work: WindowWork) -> None:
    """Print the tables of one window; without a terminal they are 100 columns wide."""
    console = Console(highlight=False)
    if not console.is_terminal:
        console = Console(highlight=False, width=WIDTH)
    sizes = work.sizes
    console.print(f"[bold]{sizes.name}[/]: {sizes.summary}")
    console.print(f"{_window_words(work)}\n")
    console.print(_components(work))
    console.print("\nBoth audio components hold the quantiser; the total counts it once.\n", style="dim")
    console.print(f"State of a session    {_scaled(work.total.state_bytes('fp16'))}B at fp16 and int8")
    built = [_scaled(count) for count in (work.engine_bytes("int8", FULL), work.total.state_bytes(FULL))]
    console.print(
        f"Engines of int8       {built[0]}B of weights, {built[1]}B of state: products alone have 8 bits, all else 32"
    )
    if work.total.constants:
        fixed = _scaled(work.total.constants).strip()
        console.print(f"Fixed bases           {fixed} numbers that nobody learns, held and read like weights")
    if sizes.audio.delay_samples:
        late = f"{sizes.audio.delay_ms:g} ms"
        console.print(f"Delay of the codec    {late}: so much later sound leaves it than its codes say")
    if not isinstance(sizes, ModelSizes):
        return
    kv_bytes = position_floats(sizes.temporal) * STATE_BYTES["fp16"]
    console.print(f"Keys and values       {kv_bytes} B a position at fp16 and int8")
    console.print(f"Streams of a frame    {sizes.streams}: text, {sizes.audio.codebooks} own codes, as many heard\n")
    both = Table.grid(padding=(0, 6))
    both.add_row(_rings(sizes, work), _mask(sizes))
    for table in (both, _floors(work), _sessions(work)):
        console.print(table)
        console.print()
    console.print(
        "int8 is one byte a weight, and 16 bits for what is no weight, as a runtime could have it; engines that are "
        "built here hold more, as said above, and read more. "
        "A floor is all bytes at the published bandwidth or all FLOPs at the published peak, whichever is longer; "
        "kernel launches are left out, so small presets never come near it. Sessions in time step together and read "
        f"the weights once, at {BANDWIDTH_SHARE:.0%} of the bandwidth, then compute at {FLOPS_SHARE:.0%} of the peak; "
        f"in memory their states share {MEMORY_SHARE:.0%} of it, less half a GiB, with the weights.",
        style="dim",
    )


def _window_words(work: WindowWork) -> str:
    window = work.window
    words = f"A window of {work.window_ms:g} ms: {window.frames} frames of {codec_frame_ms(work.sizes.audio):g} ms"
    if isinstance(work.sizes, ModelSizes):
        words += f", {window.tokens} vision tokens, {window.context} positions in the rings"
    return words


def _components(work: WindowWork) -> Table:
    """Return the component table; each kind of number in one unit, so that columns can be compared."""
    total = work.total
    of_size, size = _unit(total.parameters)
    of_flops, flops = _unit(total.flops)
    of_read, read = _unit(total.read_bytes("int8"))
    table = _table("", "\ncomponent")
    columns = [
        f"params\n{of_size}",
        *(f"{name}\n{of_size}B" for name in ("fp32", "fp16", "int8")),
        f"FLOPs\n{of_flops}",
    ]
    for column in (*columns, f"read fp16\n{of_read}B", f"read int8\n{of_read}B"):
        table.add_column(column, justify="right")

    def add(name: str, part: Work) -> None:
        held = (part.parameters, *(part.weight_bytes(precision) for precision in ("fp32", "fp16", "int8")))
        done = (part.flops / flops, part.read_bytes("fp16") / read, part.read_bytes("int8") / read)
        table.add_row(name, *(f"{count / size:.1f}" for count in held), *(f"{count:.2f}" for count in done))

    for name, part in work.components.items():
        add(name, part)
    table.add_section()
    add("total", total)
    return table


def _rings(sizes: ModelSizes, work: WindowWork) -> Table:
    table = _table("Key-value rings", "kind")
    table.add_column("positions", justify="right")
    table.add_column("hold", justify="right")
    spans = ring_spans_ms(sizes, work.window)
    for kind, positions in ring_capacities(sizes).items():
        span_ms = spans[kind]
        table.add_row(kind, f"{positions}", "no limit" if span_ms is None else f"{s_from_ms(span_ms):.1f} s")
    return table


def _mask(sizes: ModelSizes) -> Table:
    kinds = ("frame", "vision")
    table = _table("Mask M, causal", "row sees column")
    for kind in kinds:
        table.add_column(kind, justify="center")
    for kind, row in zip(kinds, sizes.temporal.visibility, strict=True):
        table.add_row(kind, *("yes" if sees else "no" for sees in row))
    return table


def _floors(work: WindowWork) -> Table:
    table = _table("Floor of a session's window", "\nGPU")
    for name in ("GiB", "GB/s", "TFLOPS"):
        table.add_column(f"\n{name}", justify="right")
    for precision in ("fp16", "int8"):
        for name in ("ms", "of hop"):
            table.add_column(f"{precision}\n{name}", justify="right")
        table.add_column("\nbound by")
    for gpu in ACCELERATORS:
        cells = [gpu.name, f"{gpu.memory_gib:.1f}", f"{gpu.bandwidth_gb_per_s:g}", f"{gpu.fp16_tflops:g}"]
        for precision in ("fp16", "int8"):
            floor = floor_of(work.demand(precision), gpu)
            cells += [_at_least(floor.ms, 0.01), _at_least(100.0 * floor.share, 0.1, " %"), floor.binds]
        table.add_row(*cells)
    return table


def _sessions(work: WindowWork) -> Table:
    table = _table("Sessions at once", "\nGPU")
    for precision in ("fp16", "int8"):
        for name in ("in time", "in memory", "both"):
            table.add_column(f"{precision}\n{name}", justify="right")
        table.add_column("\nbound by")
    for gpu in ACCELERATORS:
        cells = [gpu.name]
        for precision in ("fp16", "int8"):
            sessions = sessions_on(work.demand(precision), gpu)
            cells += [f"{sessions.in_time}", f"{sessions.in_memory}", f"[bold]{sessions.count}[/]", sessions.binds]
        table.add_row(*cells)
    return table


def _table(title: str, first: str) -> Table:
    table = Table(title=title or None, title_justify="left", title_style="bold", box=box.SIMPLE_HEAD, show_edge=False)
    table.add_column(first, no_wrap=True)
    return table


def _at_least(number: float, least: float, unit: str = "") -> str:
    """Return the number to the decimals of `least`, or that it is below."""
    decimals = 2 if least < 0.1 else 1
    return f"<{least}{unit}" if number < least else f"{number:.{decimals}f}{unit}"


def _unit(total: float) -> tuple[str, float]:
    """Return the largest unit of which a total has at least five: 2787 M, 28.6 G."""
    return next(((name, size) for name, size in UNITS if total >= 5 * size), ("", 1.0))


def _scaled(count: float) -> str:
    name, size = next(((name, size) for name, size in UNITS if count >= size), ("", 1.0))
    return f"{count / size:.1f} {name}" if name else f"{count:.0f} "
