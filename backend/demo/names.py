"""Names of people as a client master holds them: mixed case, several alphabets' letters, hyphens and apostrophes."""

from __future__ import annotations

import unicodedata
from typing import Final

FIRST_NAMES: Final = (
    "Anna", "Jean-Luc", "María", "Zoë", "Björn", "Łucja", "Søren", "Ångström", "Chloé", "Željko", "Nuno", "Siobhán",
    "Ioana", "Ágnes", "Jiří", "Giulia", "Mehmet", "Aoife", "Ville", "Jānis", "Inés", "Jo", "Dilan", "Kęstutis",
)  # fmt: skip
SURNAMES: Final = (
    "Müller", "O'Brien", "García Márquez", "Núñez", "Kowalska", "Świątek", "Ørsted", "Åkerlund", "Dvořák", "Na",
    "Lefèvre", "d'Alençon", "Papadopoulou", "Horvatić", "Nieminen", "Bērziņš", "Æbelø", "van Rijn", "Rossi", "Đurić",
    "Silva Gonçalves", "Ní Dhomhnaill", "Škoda", "Fürstenberg-Wälchli",
)  # fmt: skip

_KEY_LENGTH = 5
# Letters that do not fall apart into a base letter and a mark.
_LETTERS = str.maketrans({"Ł": "L", "Ø": "O", "Æ": "AE", "Đ": "D", "ß": "SS"})


def short_name_key(first_names: str, surnames: str) -> str:
    """Five letters of the first name and five of the surname, A to Z only, filled up with ``#``."""
    return _key(first_names.split(" ", maxsplit=1)[0]) + _key(surnames)


def _key(name: str) -> str:
    plain = unicodedata.normalize("NFKD", name.upper().translate(_LETTERS))
    letters = "".join(letter for letter in plain if "A" <= letter <= "Z")
    return letters[:_KEY_LENGTH].ljust(_KEY_LENGTH, "#")
