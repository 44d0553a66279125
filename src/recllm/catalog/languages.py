"""Language codes as the names that people say: "fr", "fre" and "fr-CA" are French."""

from __future__ import annotations

import re

from recllm.catalog.cells import text_of

_TABLE = """
ar ara Arabic|bg bul Bulgarian|bn ben Bengali|ca cat Catalan|cs cze ces Czech|cn zh chi zho Chinese
|cy wel Welsh|da dan Danish|de ger deu German|el gre ell Greek|en eng English|es spa Spanish
|et est Estonian|eu baq Basque|fa per fas Persian|fi fin Finnish|fil tl tgl Filipino
|fr fre fra French|ga gle Irish|gl glg Galician|gu guj Gujarati|he heb Hebrew|hi hin Hindi
|hr hrv Croatian|hu hun Hungarian|hy arm hye Armenian|id ind Indonesian|is ice isl Icelandic
|it ita Italian|ja jpn Japanese|ka geo kat Georgian|kn kan Kannada|ko kor Korean|la lat Latin
|lt lit Lithuanian|lv lav Latvian|mk mac mkd Macedonian|ml mal Malayalam|mn mon Mongolian
|mr mar Marathi|ms may msa Malay|nb nob nn nno no nor Norwegian|ne nep Nepali|nl dut nld Dutch
|pa pan Punjabi|pl pol Polish|ps pus Pashto|pt por Portuguese|ro rum ron Romanian|ru rus Russian
|sk slo slk Slovak|sl slv Slovenian|sq alb sqi Albanian|sr srp Serbian|sv swe Swedish
|sw swa Swahili|ta tam Tamil|te tel Telugu|th tha Thai|tr tur Turkish|uk ukr Ukrainian
|ur urd Urdu|vi vie Vietnamese|yi yid Yiddish|zu zul Zulu|enm Middle English|ang Old English
"""


def _codes() -> dict[str, str]:
    found: dict[str, str] = {}
    for entry in " ".join(_TABLE.split()).split("|"):
        codes, name = re.match(r"((?:[a-z]{2,3} )+)(.+)", entry.strip()).groups()  # type: ignore[union-attr]
        found |= dict.fromkeys(codes.split(), name.strip())
    return found


CODES = _codes()


def language_of(code: object) -> str | None:
    """Return the English name of a language code; None for what is no known code.

    >>> language_of("en-US"), language_of("Klingon")
    ('English', None)
    """
    return CODES.get(re.split(r"[-_]", text_of(code).lower(), maxsplit=1)[0])
