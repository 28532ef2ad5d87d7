"""Writing a corpus's manifest, once, from its packages; whoever adds a corpus runs `josie-bench corpus freeze`."""

from __future__ import annotations

import hashlib
from dataclasses import replace
from pathlib import Path

from josie_bench.corpora._fetching import file_sha256
from josie_bench.corpora._manifests import item_counts, items_sha256, languages_of
from josie_bench.corpora._packages import read_package
from josie_bench.errors import CorpusError, UnavailableError
from josie_bench.terms.corpus import SAMPLE_RATE_HZ, Corpus, FileMark, Manifest
from josie_bench.terms.timebase import ms_of_samples, s_from_ms

S_PER_MIN = 60.0


def freeze(corpus: Corpus, packages: Path, root: Path) -> Manifest:
    """Return the manifest of a corpus whose packages lie in a folder, and leave its files in `root`.

    Raises:
        CorpusError: a package is not the one whose sha256 the corpus names.
        UnavailableError: a package is not there.
    """
    files: dict[str, FileMark] = {}
    for index, source in enumerate(corpus.sources):
        package = packages / source.file
        if not package.is_file():
            raise UnavailableError(f"{packages}: holds no {source.file}", mend="put it there")
        if (found := file_sha256(package)) != source.sha256:
            raise CorpusError(f"{package}: its sha256 is {found}: name that in the corpus, or take another")
        for path, content in read_package(package, corpus.keeps):
            files[path] = FileMark(sha256=hashlib.sha256(content).hexdigest(), byte_count=len(content), source=index)
            (root / path).parent.mkdir(parents=True, exist_ok=True)
            (root / path).write_bytes(content)
    return replace(_described(corpus, root), files=files)


def _described(corpus: Corpus, root: Path) -> Manifest:
    items = corpus.read_items(root)
    heard_ms = 0.0
    if corpus.hear is not None:
        for item in items:
            if item.audio is not None:
                heard_ms += ms_of_samples(len(corpus.hear(root, item, SAMPLE_RATE_HZ).audio), SAMPLE_RATE_HZ)
    return Manifest(
        item_counts=item_counts(items),
        minutes=s_from_ms(heard_ms) / S_PER_MIN if heard_ms else None,
        languages=languages_of(items),
        items_sha256=items_sha256(items),
    )
