"""`prompts`: voice prompts of a telephone system in French, Italian and Russian, to train a codec on.

One voice a language, studio sound at 16 kHz, without transcripts. A prompt is in the same split in all languages. None
tests: a voice that was trained on cannot. The Spanish prompts of the same series are left out: they seem to be spoken
by the voice of the English ones, which test.
"""

from __future__ import annotations

from pathlib import Path

from josie_bench.corpora._asterisk import NOT_SPOKEN, SOUNDS, SUFFIX, VERSION, package_file
from josie_bench.corpora._sound import read_sound
from josie_bench.corpora._texts import split_of
from josie_bench.terms.corpus import Corpus, Item, Source

VOICES = {"fr": "fr_CA_f_June", "it": "it_IT_m_Carlo", "ru": "ru_RU_f_IvrvoiceRU"}
DIGESTS = {
    "fr": "7add61d5e42279ecff1bbdf842a5a946ac3644fac9a0fe44384731aa7270c8e0",
    "it": "46b4cf7afc508a5fcfc051b7ea233251c0d195dd4ef83cc4b7facb4c6429b016",
    "ru": "673b4238a6b8269960f055d868c6a11083f7a0d00979167cb01554046b48ed9b",
}
VALID_SHARE = 0.1


def keeps(path: str) -> bool:
    """Return whether a file of the packages is a prompt."""
    return path.startswith(f"{SOUNDS}/") and path.endswith(SUFFIX)


def read_items(root: Path) -> tuple[Item, ...]:
    """Return every prompt in which somebody speaks."""
    items = []
    for language, voice in VOICES.items():
        folder = root / SOUNDS / voice
        for path in sorted(folder.rglob(f"*{SUFFIX}")):
            name = path.relative_to(folder).as_posix().removesuffix(SUFFIX)
            if name not in NOT_SPOKEN and path.stat().st_size:  # one Russian file is empty
                items.append(
                    Item(
                        id=f"{language}/{name}",
                        split=split_of(name, valid=VALID_SHARE, test=0.0),
                        language=language,
                        speaker=f"asterisk-{voice}",
                        audio=path.relative_to(root).as_posix(),
                        group=name,
                    )
                )
    return tuple(items)


def _source(language: str) -> Source:
    name = f"asterisk-core-sounds-{language}-g722"
    return Source(kind="deb", name=name, version=VERSION, file=package_file(name), sha256=DIGESTS[language])


CORPUS = Corpus(
    summary="French, Italian and Russian telephone prompts, one voice each, no transcripts",
    kind="fetched",
    license="CC-BY-SA-3.0 (fr), CC-BY-3.0 (it, ru)",
    splits=("train", "valid"),
    ships_weights=True,
    read_items=read_items,
    hear=read_sound,
    credit="June Wallack, Carlo Flora, Maxim Topal (ivrvoice.ru), Digium, Inc.",
    sources=tuple(_source(language) for language in VOICES),
    keeps=keeps,
)
