"""The catalogue holds every sentence by its key, in every language; what a language lacks is said in English."""

from __future__ import annotations

import string
from collections.abc import Mapping

import attrs

from booking_engine.adapters.agent.speech import english, hindi
from booking_engine.adapters.agent.speech.voice import Voice

FALLBACK = "en"
RECORD = "record."
"""Sentences that state what is stored: only ``Speech.confirmation`` says them, from a record."""


@attrs.frozen(kw_only=True)
class Language:
    """One language: its sentences by key, and the voice that says its days and times."""

    sentences: Mapping[str, str]
    voice: Voice = attrs.field(factory=english.EnglishVoice)


@attrs.frozen
class Catalogue:
    """The languages by their code; English is always there."""

    languages: Mapping[str, Language] = attrs.field(
        factory=lambda: {
            FALLBACK: Language(sentences=english.SENTENCES, voice=english.EnglishVoice()),
            "hi": Language(sentences=hindi.SENTENCES, voice=hindi.HindiVoice()),
        }
    )

    def with_language(self, code: str, sentences: Mapping[str, str], *, voice: Voice | None = None) -> Catalogue:
        """This catalogue with one more language, or with sentences of one replaced.

        Raises ``ValueError`` for a key that English does not have, and for a sentence with other blanks to fill.
        """
        known = self.languages[FALLBACK].sentences
        for key, sentence in sentences.items():
            if key not in known:
                raise ValueError(f"there is no sentence {key!r}")
            if blanks(sentence) != blanks(known[key]):
                raise ValueError(f"{key!r} has the blanks {sorted(blanks(sentence))}, not {sorted(blanks(known[key]))}")
        before = self.languages.get(code)
        language = Language(
            sentences={**(before.sentences if before else {}), **sentences},
            voice=voice or (before.voice if before else self.languages[FALLBACK].voice),
        )
        return Catalogue({**self.languages, code: language})

    def language(self, code: str) -> Language:
        """The language of a code such as ``hi`` or ``hi-IN``; English for one that is not there."""
        return self.languages.get(code.partition("-")[0].lower(), self.languages[FALLBACK])

    def missing(self, code: str) -> tuple[str, ...]:
        """The keys that are said in English for want of a sentence."""
        return tuple(sorted(self.languages[FALLBACK].sentences.keys() - self.languages[code].sentences.keys()))

    def sentence(self, key: str, code: str) -> str:
        """The sentence of a key with its blanks; ``KeyError`` for a key that is not there."""
        found = self.language(code).sentences.get(key)
        return self.languages[FALLBACK].sentences[key] if found is None else found

    def first(self, keys: tuple[str, ...]) -> str:
        """The first of the keys that has a sentence; the last must."""
        known = self.languages[FALLBACK].sentences
        return next(key for key in keys if key in known)

    def say(self, key: str, lang: str, **values: str) -> str:
        """The sentence with its blanks filled in.

        Raises ``ValueError`` for a sentence about a record: that can be had from a stored ``Appointment`` only.
        """
        if key.startswith(RECORD):
            raise ValueError(f"{key!r} is said of a stored appointment only: use Speech.confirmation")
        return self.sentence(key, lang).format(**values)


def blanks(sentence: str) -> frozenset[str]:
    """The names of a sentence's blanks."""
    return frozenset(name for _, name, _, _ in string.Formatter().parse(sentence) if name is not None)


CATALOGUE = Catalogue()
"""English and Hindi."""


def say(key: str, lang: str, **values: str) -> str:
    """The sentence of the shipped catalogue; see ``Catalogue.say``."""
    return CATALOGUE.say(key, lang, **values)
