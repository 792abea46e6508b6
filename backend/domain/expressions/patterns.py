r"""Regular expressions: the subset that DuckDB (RE2), Polars (Rust regex) and XSD read alike.

Both engines take time linear in the text, so no pattern can hang a run; what is bounded here is the memory a
pattern compiles to. A pattern is read into pieces and written again for Rust, because the engines differ in
what a bare ``[`` inside a class or ``\d`` means: in RE2, and therefore here, ``\d \w \s`` are ASCII only.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

MAX_PATTERN_LENGTH: Final = 1_000
MAX_REPETITION: Final = 1_000
"""The most often a piece may be repeated, nested repetitions multiplied: the bound of RE2."""

MAX_WEIGHT: Final = 20_000
"""Most pieces after repetitions are written out."""

_MAX_DEPTH: Final = 20
_META: Final = frozenset(r"\.+*?()|[]{}^$")
_CLASS_META: Final = frozenset(r"\[]^-&~")
_ESCAPED_CONTROL: Final = {"t": r"\t", "n": r"\n", "r": r"\r", "f": r"\f"}
_PERL_CLASS: Final = {"d": "0-9", "w": "0-9A-Za-z_", "s": r"\t\n\f\r "}
_POSIX: Final = frozenset(
    {
        "alnum",
        "alpha",
        "ascii",
        "blank",
        "cntrl",
        "digit",
        "graph",
        "lower",
        "print",
        "punct",
        "space",
        "upper",
        "word",
        "xdigit",
    }
)
_FLAGS: Final = frozenset("is")


class PatternRefused(ValueError):
    """The pattern is wrong or outside the shared subset; ``index`` is where."""

    def __init__(self, message: str, index: int) -> None:
        super().__init__(message)
        self.index = index


@dataclass(frozen=True, slots=True)
class Pattern:
    """A pattern in Rust's spelling and its number of capturing groups."""

    rust: str
    groups: int


def read_pattern(source: str, options: str = "") -> Pattern:
    """Read a pattern; of DuckDB's options ``i`` ignores case and ``s`` lets ``.`` match a newline."""
    if len(source) > MAX_PATTERN_LENGTH:
        raise PatternRefused(f"A pattern may have at most {MAX_PATTERN_LENGTH} characters.", MAX_PATTERN_LENGTH)
    reader = _Reader(source)
    body = reader.read_alternatives(0)
    if not reader.at_end:
        raise PatternRefused("This closing parenthesis has no opening one.", reader.index)
    flags = "".join(flag for flag in "is" if flag in options)
    return Pattern(f"(?{flags}){body.text}" if flags else body.text, reader.groups)


@dataclass(frozen=True, slots=True)
class _Piece:
    """Text for Rust, how many pieces it compiles to, how often its inside repeats, whether it can be repeated."""

    text: str
    weight: int = 1
    repeats: int = 1
    repeatable: bool = True


class _Reader:
    """One pass over a pattern, left to right."""

    def __init__(self, source: str) -> None:
        self.source = source
        self.index = 0
        self.groups = 0

    @property
    def at_end(self) -> bool:
        return self.index >= len(self.source)

    def _peek(self) -> str:
        return self.source[self.index : self.index + 1]

    def _take(self) -> str:
        character = self._peek()
        if not character:
            raise PatternRefused("The pattern ends too early.", self.index)
        self.index += 1
        return character

    def read_alternatives(self, depth: int) -> _Piece:
        """``a|b|c`` up to the end or the closing parenthesis."""
        if depth > _MAX_DEPTH:
            raise PatternRefused(f"Groups may be nested {_MAX_DEPTH} deep.", self.index)
        texts: list[str] = [""]
        weight, repeats = 0, 1
        while not self.at_end and self._peek() != ")":
            if self._peek() == "|":
                self.index += 1
                texts.append("")
                continue
            piece = self._read_repeated(depth)
            texts[-1] += piece.text
            weight += piece.weight
            repeats = max(repeats, piece.repeats)
            if weight > MAX_WEIGHT:
                raise PatternRefused("The pattern is too large once its repetitions are written out.", self.index)
        return _Piece("|".join(texts), weight + 1, repeats)

    def _read_repeated(self, depth: int) -> _Piece:
        start = self.index
        piece = self._read_atom(depth)
        if self._peek() not in {"*", "+", "?", "{"} or self.at_end:
            return piece
        if not piece.repeatable:
            raise PatternRefused("There is nothing here that could be repeated.", self.index)
        text, count = self._read_quantifier()
        if self._peek() == "?":
            self.index += 1
            text += "?"
        if not self.at_end and self._peek() in {"*", "+", "?", "{"}:
            raise PatternRefused("Two repetitions follow each other; put the first in parentheses.", self.index)
        repeats = piece.repeats * count
        if repeats > MAX_REPETITION:
            raise PatternRefused(f"A piece may be repeated at most {MAX_REPETITION} times.", start)
        return _Piece(piece.text + text, piece.weight * max(1, count), max(1, repeats))

    def _read_quantifier(self) -> tuple[str, int]:
        sign = self._take()
        if sign != "{":
            return sign, 1
        end = self.source.find("}", self.index)
        fewest, comma, most = self.source[self.index : max(end, self.index)].partition(",")
        if end < 0 or not _is_count(fewest) or (most and not _is_count(most)):
            raise PatternRefused(
                "A brace starts a repetition such as {2} or {2,5}; write \\{ for the character.", self.index - 1
            )
        self.index = end + 1
        low, high = int(fewest), int(most) if most else int(fewest)
        if high < low or high > MAX_REPETITION:
            raise PatternRefused(f"Repetitions run from fewer to more, at most {MAX_REPETITION}.", end)
        return f"{{{low}{comma}{most}}}", high

    def _read_atom(self, depth: int) -> _Piece:
        start = self.index
        character = self._take()
        if character == "(":
            return self._read_group(depth)
        if character == "[":
            return self._read_class()
        if character == "\\":
            return self._read_escape()
        if character in "^$":
            return _Piece(character, repeatable=False)
        if character in "*+?{":
            raise PatternRefused("There is nothing here that could be repeated.", start)
        if character in {"}", "]"}:
            return _Piece(f"\\{character}")
        return _Piece(character)

    def _read_group(self, depth: int) -> _Piece:
        opening = "("
        if self._peek() == "?":
            self.index += 1
            flags = ""
            while self._peek() in _FLAGS and not self.at_end:
                flags += self._take()
            if self._peek() == ")" and flags:
                self.index += 1
                return _Piece(f"(?{flags})", repeatable=False)
            if self._take() != ":":
                raise PatternRefused("After (? only : and the flags i and s are possible.", self.index - 1)
            opening = f"(?{flags}:"
        else:
            self.groups += 1
        body = self.read_alternatives(depth + 1)
        if self.at_end:
            raise PatternRefused("This parenthesis is never closed.", self.index)
        self.index += 1
        return _Piece(f"{opening}{body.text})", body.weight + 1, body.repeats)

    def _read_escape(self) -> _Piece:
        character = self._take()
        if character in _ESCAPED_CONTROL:
            return _Piece(_ESCAPED_CONTROL[character])
        if character.lower() in _PERL_CLASS:
            negation = "^" if character.isupper() else ""
            return _Piece(f"(?-i:[{negation}{_PERL_CLASS[character.lower()]}])")
        if character == "b":
            return _Piece(r"(?-u:\b)", repeatable=False)
        if character in {"A", "z"}:
            return _Piece(f"\\{character}", repeatable=False)
        if character.isascii() and not character.isalnum() and character.isprintable() and character != " ":
            return _Piece(f"\\{character}" if character in _META else character)
        raise PatternRefused(f"The escape \\{character} is not in the shared subset.", self.index - 1)

    def _read_class(self) -> _Piece:
        text = "["
        if self._peek() == "^":
            self.index += 1
            text += "^"
        first = True
        while first or self._peek() != "]":
            if self.at_end:
                raise PatternRefused("This bracket is never closed.", self.index)
            text += self._read_class_item()
            first = False
        self.index += 1
        return _Piece(text + "]")

    def _read_class_item(self) -> str:
        start = self.index
        low = self._read_class_character()
        if len(low) > 1:
            return low
        if self._peek() != "-" or self.source[self.index + 1 : self.index + 2] in {"]", ""}:
            return _in_class(low)
        self.index += 1
        high = self._read_class_character()
        if len(high) > 1 or high < low:
            raise PatternRefused("A range runs from a lower to a higher character.", start)
        return f"{_in_class(low)}-{_in_class(high)}"

    def _read_class_character(self) -> str:
        """One plain character, or the ready text of a named class."""
        character = self._take()
        if character == "[" and self._peek() == ":":
            return self._read_posix_class()
        if character != "\\":
            return character
        escaped = self._take()
        if escaped.lower() in _PERL_CLASS:
            negation = "^" if escaped.isupper() else ""
            return f"[{negation}{_PERL_CLASS[escaped.lower()]}]"
        if escaped in _ESCAPED_CONTROL:
            return {"t": "\t", "n": "\n", "r": "\r", "f": "\f"}[escaped]
        if escaped.isascii() and not escaped.isalnum() and escaped.isprintable() and escaped != " ":
            return escaped
        raise PatternRefused(f"The escape \\{escaped} is not in the shared subset.", self.index - 1)

    def _read_posix_class(self) -> str:
        end = self.source.find(":]", self.index)
        name = self.source[self.index + 1 : max(end, self.index)].removeprefix("^")
        if end < 0 or name not in _POSIX:
            raise PatternRefused("There is no such named class, e.g. [[:alpha:]].", self.index)
        text = f"[{self.source[self.index : end]}:]"
        self.index = end + 2
        return text


def _is_count(digits: str) -> bool:
    return digits.isascii() and digits.isdecimal() and len(digits) <= len(str(MAX_REPETITION))


def _in_class(character: str) -> str:
    if character in _CLASS_META:
        return f"\\{character}"
    return {"\t": r"\t", "\n": r"\n", "\r": r"\r", "\f": r"\f"}.get(character, character)


def read_replacement(replacement: str, groups: int) -> str:
    r"""DuckDB's ``\1`` in Rust's spelling ``${1}``; raises ``PatternRefused`` for a group the pattern lacks."""
    text: list[str] = []
    index = 0
    while index < len(replacement):
        character = replacement[index]
        index += 1
        if character == "$":
            text.append("$$")
        elif character != "\\":
            text.append(character)
        else:
            following = replacement[index : index + 1]
            if following == "\\":
                text.append("\\")
            elif following.isascii() and following.isdecimal() and int(following) <= groups:
                text.append(f"${{{following}}}")
            else:
                raise PatternRefused(f"After a backslash the number of a group (0 to {groups}) is expected.", index)
            index += 1
    return "".join(text)
