"""Texts that would do more than read, made by the grammar of a dialect from a seed.

``attacks`` are bad by construction: what is changed in them (case, blanks, comments, quotes, the place they stand in)
changes nothing for the server. ``distortions`` are spoilt anywhere, so that a reader and a server may disagree on
where a text or comment ends; some are harmless, and only a database can tell which.
"""

import random
import re
from collections.abc import Callable, Iterator

from tests.factories.sql_attack_texts import ATTACKS

_PIECE = re.compile(
    r"""--[^\n]*|\#[ ][^\n]*|/\*(?:(?!\*/|/\*).|/\*.*?\*/)*\*/|[nN]?[qQ]'\[.*?\]'|[nN]?[qQ]'\{.*?\}'|[nN]?[qQ]'!.*?!'
    |[eE]'(?:\\.|[^'\\]|'')*'|[nNxX]?'(?:[^']|'')*'|"(?:[^"]|"")*"|`[^`]*`|\[[^\]]*\]|\$\w*\$.*?\$\w*\$
    |[@#\w$.]+|\s+|::|:=|[^\w\s]""",
    re.VERBOSE | re.DOTALL,
)
_WORD = re.compile(r"[@#\w$.]+")
ODD_BLANKS = "\u00a0\u1680\u2003\u2028\u3000\u200b\u200d\u2060\ufeff\v\f\x1c\x85\x01\x00\r"
HOMOGLYPHS = str.maketrans({"e": "е", "o": "о", "a": "а", "c": "с", "i": "ı", "s": "ſ", "k": "\u212a", "p": "ｐ"})


_VALUE_PLACES = (
    *("select {x} as a", "select id, {x} as a from trades", "select id from trades where {x} is not null"),
    *("with a as (select {x} as b) select b from a", "select id from trades union all select {x}"),
    *("select (select {x}) as a", "select case when 1 = 1 then {x} end as a", "select coalesce({x}, null) as a"),
    *("select id from trades order by {x}", "select a.id from trades a join trades b on {x} is not null"),
    *("select x.id from (select {x} as id) x", "select count(*) as n from trades having {x} is not null"),
)
_TABLE_PLACES = (
    *("select * from {x}", "select t.id from trades t, {x}", "select * from trades cross join {x}"),
    *("with a as (select * from {x}) select * from a", "select id from trades where exists (select 1 from {x})"),
    "select (select count(*) from {x}) as a",
)
_STATEMENT_PLACES = (
    *(
        "{x}",
        "{x};",
        "select 1 as a; {x}",
        "select id from trades;{x};",
        "select 1 as a;\n;{x}",
        "({x})",
        "with a as ({x}) {x}",
    ),
    *(
        "select ';' as a; {x}",
        "begin; {x}; commit",
        "explain {x}",
        "with a as (select 1 as b) {x}",
        "select 1 as a;\t{x};;",
    ),
)
_PART_PLACES = (
    *("with a as ({x}) select * from a", "with b as (select 1 as c), a as ({x}) select * from a"),
    *("select * from (with a as ({x}) select * from a) y", "select (with a as ({x}) select 1 from a) as z"),
)
_SMUGGLED = (
    *("select 1 as a {d} ; {s} ; {e}", "select {d}, {x} as b, {e} as c", "select '{d}', {x} as b, '{e}' as c"),
    *("select 1 {d} + {x} {e}", "select 1 as a /*{d}*/ , {x} as b /*{e}*/", "select 1 as a -- {d}, {x} as b\n{e}"),
    *(
        'select "{d}", {x} as b, "{e}" from trades',
        "select 1 as a {d}{x}{e}",
        "{d}{s}{e}",
        "select 1 as a {d}\n;{s};\n{e}",
    ),
    *("select id from trades {d} where {x} is not null {e}", "select '{d}' ; {s} ; select '{e}'"),
)
_FILLERS = ("x", ":p", "'", '"', "; select 1", "*", "drop table trades", "\U0001f600", "", "select", "\\", "(", "$$")


class Attacker:
    """Makes texts of one dialect; the same seed makes the same ones. Files are written to ``folder``."""

    def __init__(self, dialect: str, seed: int, folder: str = "/nowhere") -> None:
        self._attack = ATTACKS[dialect]
        self._folder = folder
        self._random = random.Random(seed)
        self._functions = {
            name
            for text in (*self._attack.calls, *self._attack.tables)
            for name in re.findall(r"(?<![.\w'\"])([a-z_0-9]+)\(", text)
        } - {"table", "from", "with"}

    def attacks(self, count: int) -> Iterator[str]:
        """Texts that are bad by construction."""
        makers = [self._call, self._statement, self._statement]
        makers += [self._call, self._call] if self._attack.calls else []
        makers += [self._table] if self._attack.tables else []
        makers += [self._ending] if self._attack.endings else []
        makers += [self._part] if self._attack.parts else []
        for _ in range(count):
            yield self.disguised(self._random.choice(makers)())

    def distortions(self, count: int, legal: list[str]) -> Iterator[str]:
        """Texts spoilt anywhere: of attacks, of ``legal`` queries, and of what is hidden in texts and comments."""
        for _ in range(count):
            kind = self._random.random()
            if kind < 0.5:
                text = self._smuggled()
            elif kind < 0.75:
                text = self._random.choice((self._call, self._statement))()
            else:
                text = self._random.choice(legal)
            for _ in range(self._random.choice((0, 1, 1, 2)) if kind < 0.5 else self._random.choice((1, 2, 3))):
                text = self._random.choice(self._spoilers)(text)
            yield text

    def disguised(self, text: str) -> str:
        """The same for the server, in other letters, blanks, comments and quotes."""
        pieces = _PIECE.findall(text)
        parts: list[str] = []
        for place, piece in enumerate(pieces):
            following = pieces[place + 1] if place + 1 < len(pieces) else ""
            if piece.isspace():
                kept = (
                    piece if place and pieces[place - 1].startswith(("--", "# ")) else ""
                )  # what ends a comment stays
                parts.append(kept + self._gap(is_narrow=bool(place and _WORD.fullmatch(pieces[place - 1]))))
            elif _WORD.fullmatch(piece):
                parts.append(self._word(piece, is_called=following == "("))
            else:
                parts.append(piece)
            if piece in ("(", ")", ",") and following not in (":", "::", ".") and self._random.random() < 0.2:
                parts.append(self._gap())
        return (
            self._random.choice(("", "", "\n", " ")) + "".join(parts) + self._random.choice(("", "", "\n", " /* x */"))
        )

    def _word(self, word: str, *, is_called: bool) -> str:
        if is_called and word in self._functions:
            schema = self._random.choice(self._attack.schemas) + "." if self._attack.schemas else ""
            schema = schema if self._random.random() < 0.3 else ""
            if self._random.random() < 0.3:
                quote = self._random.choice(("`", '"') if self._attack.quotes == '"`[' else (self._attack.quotes,))
                return f"{schema}{quote[0]}{word}{quote[-1]}"
            return schema + self._cased(word)
        return self._cased(word)

    def _cased(self, word: str) -> str:
        kind = self._random.random()
        if kind < 0.4:
            return word
        if kind < 0.7:
            return word.upper()
        return "".join(self._random.choice((one.lower(), one.upper())) for one in word)

    def _gap(self, *, is_narrow: bool = False) -> str:
        if self._random.random() < 0.7:
            return self._random.choice((" ", " ", "  ", "\n", "\t", "\r\n", "\n\n "))
        comment = self._random.choice(self._attack.comments).replace("%", self._random.choice(_FILLERS))
        return comment if is_narrow and self._random.random() < 0.5 else f" {comment} "

    def _chosen(self, texts: tuple[str, ...]) -> str:
        return self._random.choice(texts).replace("{folder}", self._folder)

    def _call(self) -> str:
        if not self._attack.calls:
            return self._table()
        return self._random.choice(_VALUE_PLACES).replace("{x}", self._chosen(self._attack.calls))

    def _table(self) -> str:
        return self._random.choice(_TABLE_PLACES).replace("{x}", self._chosen(self._attack.tables))

    def _statement(self) -> str:
        places = (
            _STATEMENT_PLACES if self._attack.needs_semicolon else (*_STATEMENT_PLACES, *("select 1 as a {x}",) * 6)
        )
        return self._random.choice(places).replace("{x}", self._chosen(self._attack.statements))

    def _ending(self) -> str:
        beginning = self._random.choice(("select id from trades", "select t.id from trades t where t.id > 1"))
        return f"{beginning} {self._chosen(self._attack.endings).replace('of trades', '')}"

    def _part(self) -> str:
        return self._random.choice(_PART_PLACES).replace("{x}", self._chosen(self._attack.parts))

    def _smuggled(self) -> str:
        delimiters = self._attack.delimiters
        marks = {"d": "".join(self._random.choices(delimiters, k=self._random.choice((1, 1, 2))))}
        marks["e"] = "".join(self._random.choices((*delimiters, marks["d"], marks["d"][::-1], ""), k=1))
        marks["s"] = self._chosen(self._attack.statements)
        marks["x"] = self._chosen(self._attack.calls)
        return re.sub(r"\{([desx])\}", lambda found: marks[found[1]], self._random.choice(_SMUGGLED))

    @property
    def _spoilers(self) -> tuple[Callable[[str], str], ...]:
        return (
            self._inserted,
            self._inserted,
            self._odd_blank,
            self._look_alike,
            self._without,
            self._doubled,
            self._coded,
        )

    def _inserted(self, text: str) -> str:
        place = self._random.randint(0, len(text))
        return text[:place] + self._random.choice(self._attack.delimiters) + text[place:]

    def _odd_blank(self, text: str) -> str:
        odd = self._random.choice(ODD_BLANKS)
        places = [place for place, one in enumerate(text) if one == " "]
        place = (
            self._random.choice(places)
            if places and self._random.random() < 0.7
            else self._random.randint(0, len(text))
        )
        return text[:place] + odd + text[place + (text[place : place + 1] == " ") :]

    def _look_alike(self, text: str) -> str:
        words = list(_WORD.finditer(text))
        if not words:
            return text
        word = self._random.choice(words)
        if self._random.random() < 0.5:
            letters = word.group().translate(HOMOGLYPHS)
        else:
            letters = "".join(chr(ord(one) + 0xFEE0) if "!" <= one <= "~" else one for one in word.group())
        return text[: word.start()] + letters + text[word.end() :]

    def _without(self, text: str) -> str:
        place = self._random.randint(0, len(text))
        return text[:place] + text[place + 1 :]

    def _doubled(self, text: str) -> str:
        begin = self._random.randint(0, len(text))
        end = min(len(text), begin + self._random.randint(1, 8))
        return text[:end] + text[begin:end] + text[end:]

    def _coded(self, text: str) -> str:
        if not text:
            return text
        place = self._random.randrange(len(text))
        form = self._random.choice(("\\u{:04x}", "\\{:04x}", "%{:02x}", "&#x{:x};", "\\x{:02x}", "chr({})", "\\{:o}"))
        return text[:place] + form.format(ord(text[place])) + text[place + 1 :]
