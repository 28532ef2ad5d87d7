"""Group `tensorrt` of a case: what it asks of TensorRT's engines, and engines that cannot be so."""

from __future__ import annotations

from josie_bench.backends import options_of
from josie_bench.plugins import find_member, member_names
from josie_bench.suites.groups import TensorRTKeys
from josie_bench.terms.engine_choice import EngineChoice
from josie_bench.terms.plan_options import PlanOptions


def asked_options(keys: TensorRTKeys) -> PlanOptions:
    """Return the options that the settings ask for."""
    return PlanOptions(**dict(keys))


def options_misfit(engines: EngineChoice) -> tuple[tuple[str, ...], str] | None:
    """Return why a case's engines cannot have their options: the settings to mend, and what is wrong with how.

    None where they can. Engines of other backends beside some of TensorRT are what they are without options.
    """
    if not (told := engines.options.told()):
        return None
    offered = {name: options_of(find_member("backends", name)) for name in member_names("backends")}
    backends = [backend for backend, _ in engines.pairs()]
    asked = [backend for backend in backends if offered[backend] is not None] or backends
    for option, value in told.items():
        able = [name for name, options in offered.items() if options is not None and option in options]
        for backend in asked:
            if backend not in able:
                told_as = str(value).lower()  # as YAML writes it
                what = f"tensorrt.{option} {told_as}: engines of {backend} have no such option"
                return (f"tensorrt.{option}", "backend"), f"{what}: take {' or '.join(able)}, or leave it out"
    return None
