"""The environment a run was measured in, and how this one differs from it."""

from __future__ import annotations

from collections.abc import Mapping

from josie_bench.terms.result import Result

FACTS = ("os", "kernel", "architecture", "cpu", "cpu_cores", "cpu_quota_cores", "memory_mib", "container", "python")
OF_A_GPU = ("name", "driver", "memory_mib")


def environment(host: Mapping[str, object], tool: str) -> dict[str, str]:
    """Return by name what of a machine and its software can change a number: an allow-list, nothing else is told.

    Args:
        host: as `probes.host.host_facts` gives it.
        tool: the version of josie-bench.
    """
    facts = {"josie-bench": tool} | {name: str(host[name]) for name in FACTS if host.get(name) is not None}
    gpus = host.get("gpu")
    for index, gpu in enumerate(gpus if isinstance(gpus, list) else []):
        facts |= {f"gpu {index} {name}": str(gpu[name]) for name in OF_A_GPU if gpu.get(name) is not None}
    git = host.get("git")
    if isinstance(git, dict):
        facts["commit"] = f"{git.get('commit')}{', changed since' if git.get('dirty') else ''}"
    packages = host.get("packages")
    return facts | (dict(sorted(packages.items())) if isinstance(packages, dict) else {})


def environment_of(result: Result) -> dict[str, str]:
    """Return the environment that `result` was measured in."""
    return environment(result.host, result.run.tool)


def differences(then: Mapping[str, str], here: Mapping[str, str]) -> list[str]:
    """Return a line for everything that is not here as it was then."""
    names = [*then, *(name for name in here if name not in then)]
    return [
        f"{name}: {then.get(name, 'none')} then, {here.get(name, 'none')} here"
        for name in names
        if then.get(name) != here.get(name)
    ]
