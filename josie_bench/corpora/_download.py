"""Getting a package: each kind by the package manager it belongs to, whose settings say from where, or as it lies."""

from __future__ import annotations

import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

from josie_bench.errors import CorpusError, UnavailableError
from josie_bench.terms.corpus import Source

PROGRAMS = {"deb": "apt-get", "wheel": "pip", "npm": "npm"}
LONGEST_S = 3600.0


def download(source: Source, folder: Path) -> Path:
    """Return the package of a source in `folder`, fetched there by its package manager; or where it lies already.

    Raises:
        UnavailableError: the program is not here, or it did not bring the package.
        CorpusError: there is something else under that name.
    """
    if source.kind == "hub":
        return _from_hub(source, folder)
    if source.kind == "folder":
        return _in_folder(source)
    program = PROGRAMS[source.kind]
    mend = f"download {source.file} elsewhere and name its folder with --from"
    if source.kind != "wheel" and shutil.which(program) is None:
        raise UnavailableError(f"{source.name}: {program} is not here to fetch it", mend=mend)
    folder.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=folder, prefix=".fetching-") as scratch:
        try:
            done = subprocess.run(
                command(source), cwd=scratch, capture_output=True, text=True, timeout=LONGEST_S, check=False
            )
        except subprocess.TimeoutExpired as error:
            raise UnavailableError(f"{source.name}: {program} took longer than an hour", mend=mend) from error
        found = sorted(Path(scratch).iterdir())
        if done.returncode or len(found) != 1:
            raise UnavailableError(f"{source.name} {source.version}: {program}: {_reason(done.stderr)}", mend=mend)
        return found[0].replace(folder / source.file)


def command(source: Source) -> list[str]:
    """Return the command that brings a package into the folder it is called in."""
    pinned = {"deb": "=", "wheel": "==", "npm": "@"}[source.kind].join((source.name, source.version))
    if source.kind == "deb":
        return ["apt-get", "download", pinned]
    if source.kind == "npm":
        return ["npm", "pack", "--silent", pinned]
    return [sys.executable, "-m", "pip", "download", "--quiet", "--no-deps", "--only-binary=:all:", pinned]


def _in_folder(source: Source) -> Path:
    found = Path(source.name).expanduser() / source.file
    if not found.is_file():
        raise UnavailableError(f"{found}: no such file", mend="put the package there, or name its folder with --from")
    return found


def _from_hub(source: Source, folder: Path) -> Path:
    try:
        from huggingface_hub import errors, hf_hub_download
    except ImportError as error:
        raise UnavailableError(
            "huggingface_hub is not installed", mend="pip install 'josie-bench[hub]', or name a folder with --from"
        ) from error
    try:
        found = hf_hub_download(
            source.name, source.file, revision=source.version, repo_type="dataset", local_dir=str(folder)
        )
    except (errors.RepositoryNotFoundError, errors.RevisionNotFoundError, errors.EntryNotFoundError) as error:
        raise CorpusError(
            f"{source.name}@{source.version}: no {source.file} there: name another with --from"
        ) from error
    except OSError as error:
        mend = f"go online, or download {source.file} elsewhere and name its folder with --from"
        raise UnavailableError(f"{source.name}: the hub cannot be reached", mend=mend) from error
    return Path(found)


def _reason(said: str) -> str:
    """Return the line in which a program says why; the last that speaks of an error, else the last."""
    lines = [line.strip() for line in said.strip().splitlines() if line.strip()]
    told = [line for line in lines if line.lower().startswith(("e:", "error", "npm error", "npm err"))]
    return (told or lines or ["it said nothing"])[-1].removeprefix("E: ").removeprefix("ERROR: ")
