"""What a territory is called, in English and French."""

from __future__ import annotations

import re
from typing import Any, Final

_AROUND: Final = re.compile(r"^([\d.]+) km around (.+)$")
_MORE: Final = re.compile(r"^(.+) and (\d+) more$")
_INVENTED: Final = re.compile(r"^(\w+) territory of (\d+)$")
_ARTICLES: Final = (("Le ", "du "), ("Les ", "des "))
_VOWELS: Final = "aàâeéèêiîoôuœhy"


def label(section: Any, name: str, language: str) -> str:
    """Return what a territory is called in a language.

    `section`: that of the scenario; its `label_fr` is for French. `name`: what it is called in
    English; a name that no one chose is put into French.
    """
    if language != "fr":
        return name
    if section.label_fr or section.label:
        return str(section.label_fr or name)
    return french(name)


def french(name: str) -> str:
    """Return the French of a name that was made from a choice of communes, others as they are.

    >>> french("10 km around Thiers"), french("5.5 km around Issoire"), french("Royat and 2 more")
    ('10 km autour de Thiers', "5,5 km autour d'Issoire", 'Royat et 2 de plus')
    """
    if found := _AROUND.match(name):
        return f"{found[1].replace('.', ',')} km autour {of_place(found[2])}"
    if found := _MORE.match(name):
        return f"{found[1]} et {found[2]} de plus"
    if found := _INVENTED.match(name):
        return f"territoire inventé de {found[2]} habitants (profil {found[1]})"
    return name


def of_place(place: str) -> str:
    """Return a name after "de".

    >>> of_place("Le Puy-en-Velay"), of_place("Écully"), of_place("La Rochelle")
    ('du Puy-en-Velay', "d'Écully", 'de La Rochelle')
    """
    for article, short in _ARTICLES:
        if place.startswith(article):
            return short + place.removeprefix(article)
    return f"d'{place}" if place[0].lower() in _VOWELS else f"de {place}"
