"""From the element tree of a package and the paths of an author to a message: order, names, groups, and every fault.

Only what is wanted is followed, so recursive schemas are no trouble. Groups of the content model become elements
without a name: the rules of presence then hold for sequences and choices as they do for elements.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any, Final

from xmlschema.validators import XsdElement, XsdGroup

from backend.core.spelling import suggest
from backend.domain.regulations.model import Element
from backend.pipeline.xsd.element_tree import ElementTree
from backend.pipeline.xsd.leaf_types import LeafType, read_leaf_type
from backend.pipeline.xsd.names import Names
from backend.pipeline.xsd.wanted import Wanted

_SHOWN: Final = 5


@dataclass(frozen=True, slots=True)
class MappingFault:
    """What is wrong with a mapping; ``pointer`` starts at the options."""

    pointer: str
    code: str
    detail: str
    suggestion: str | None = None


@dataclass(frozen=True, slots=True)
class _Place:
    """Where a group stands: who wants it, the namespace above, what the model names, how often it may come.

    ``around`` multiplies how often all groups around may come, ``free`` only those whose copies are told apart.
    """

    wanted: Wanted
    namespace: str
    known: frozenset[str]
    around: int | None = 1
    free: int | None = 1
    is_choice: bool = False


class MessageBuilder:
    """One walk through what is wanted. ``leaves`` are the types of columns, ``limits`` of what repeats by parts."""

    def __init__(self, tree: ElementTree, names: Names) -> None:
        self.faults: list[MappingFault] = []
        self.leaves: dict[str, LeafType] = {}
        self.limits: dict[str, int | None] = {}
        self.record: Element | None = None
        self.record_path: tuple[str, ...] = ()
        self.record_limit: int | None = None
        self.record_minimum = 0
        self._tree = tree
        self._names = names
        self._path: list[str] = []

    def build(self, above: Wanted) -> Element | None:
        """The root element with everything that is wanted; None when the schemas have no such element."""
        ((step, wanted),) = above.children.items()
        found = self._tree.named(step.name)
        if not found:
            near = suggest(step.name, self._tree.root_names)
            self._fault(wanted, "xml_path_unknown", f"No document begins with {step.name}.", near)
            return None
        return self._element(found[0], wanted, _Place(above, "", frozenset()))

    def _element(self, xsd: Any, wanted: Wanted, place: _Place, *, required: bool = True, copy: int = 1) -> Element:
        self._path.append(str(xsd.name))
        name, namespace, declared = self._names.element(xsd.name, place.namespace)
        if len(self._path) == 1:
            declared = (*declared, *self._names.declarations())
        if wanted.is_record:
            self.record_path, self.record_limit = tuple(self._path), _times(xsd.max_occurs, place.around)
            self.record_minimum = xsd.min_occurs
        constants, attributes, options = self._attributes(xsd, wanted)
        element = Element(
            name=name,
            children=self._children(xsd, wanted, namespace),
            column=wanted.column,
            attributes=attributes,
            # A group of nothing but texts stands in every record.
            required=required or not wanted.has_values,
            literal=self._content(xsd, wanted),
            instance=copy,
            constants=(*declared, *constants),
            options=options,
            attributes_count=wanted.column is None,
        )
        if wanted.is_record:
            self.record = element
        self._path.pop()
        return element

    def _content(self, xsd: Any, wanted: Wanted) -> str | None:
        """The text of the element; its value is noted."""
        self._check_once(wanted)
        simple = xsd.type if xsd.type.is_simple() else xsd.type.simple_type
        if simple is None:
            if wanted.column is not None or wanted.text is not None:
                self._fault(
                    wanted,
                    "xml_path_has_children",
                    f"{wanted.label} holds elements, no value.",
                    next((f"{wanted.label}/{one.local_name}" for one in _elements(xsd)), None),
                )
            return None
        leaf = read_leaf_type(simple)
        if wanted.column is not None:
            self.leaves[wanted.column] = leaf
            return None
        if wanted.text is None and xsd.fixed is None:
            if not leaf.check("") and not wanted.children:
                self._missing(wanted, wanted.label, "needs a field or a text")
            return None
        text = wanted.text if wanted.text is not None else str(xsd.fixed)
        self._check_text(wanted, leaf, text)
        return text

    def _attributes(self, xsd: Any, wanted: Wanted) -> tuple[Any, Any, Any]:
        """The attributes with the same text in every record, those that must have a value, those that may."""
        constants, required, options = list[tuple[str, str]](), list[tuple[str, str]](), list[tuple[str, str]]()
        known = {one.local_name: (name, one) for name, one in xsd.attributes.items() if name is not None}
        for local, (name, attribute) in known.items():
            given, is_required = wanted.attributes.get(local), attribute.use == "required"
            if given is None and is_required and attribute.fixed is None:
                self._missing(wanted, f"{wanted.label}/@{local}".lstrip("/"), "needs a field or a text", "attribute")
            elif given is None and is_required:
                constants.append((self._names.attribute(name), str(attribute.fixed)))
            elif given is not None and given.text is not None:
                self._check_text(given, read_leaf_type(attribute.type), given.text)
                constants.append((self._names.attribute(name), given.text))
            elif given is not None and given.column is not None:
                self.leaves[given.column] = read_leaf_type(attribute.type)
                (required if is_required else options).append((self._names.attribute(name), given.column))
        for local, given in wanted.attributes.items():
            self._check_once(given)
            if local not in known:
                detail = f"{xsd.local_name} has no attribute {local}."
                self._fault(given, "xml_attribute_unknown", detail, suggest(local, known))
        return tuple(constants), tuple(required), tuple(options)

    def _children(self, xsd: Any, wanted: Wanted, namespace: str) -> tuple[Element, ...]:
        group = xsd.type.model_group
        known = frozenset(name for one in _elements(xsd) for name in self._substitutes(one))
        wild = self._wild(group, wanted, known)
        for step, child in wanted.children.items():
            if step.name not in known and step.name not in wild:
                detail = f"{xsd.local_name} has no element {step.name}."
                self._fault(child, "xml_path_unknown", detail, suggest(step.name, known))
        if group is None:
            return ()
        return tuple(self._group(group, _Place(wanted, namespace, known)))

    def _group(self, group: Any, place: _Place) -> Iterator[Element]:
        """A group as elements without a name, one for each of its copies."""
        around = _times(place.around, group.max_occurs)
        is_choice = group.model == "choice"
        is_single = is_choice and group.max_occurs == 1
        copies = 1 if is_choice else _group_copies(group, place.wanted)
        free = _times(place.free, group.max_occurs) if is_choice or copies > 1 else place.free
        names = set(self._names_in(group, place))
        is_wanted = any(map(place.wanted.copies, names))
        if not is_wanted and (place.is_choice or group.is_emptiable()):
            return
        for number in range(1, copies + 1):
            wanted = place.wanted.only(number) if copies > 1 else place.wanted
            if is_wanted and not any(map(wanted.copies, names)):
                continue  # a number that was left out
            inner = replace(place, wanted=wanted, around=around, free=free, is_choice=is_choice)
            branches = [self._branch(list(one)) for member in group if (one := list(self._member(member, inner)))]
            if not branches:
                if is_choice:
                    self._nothing_chosen(group, place.wanted)
                continue
            if is_single:
                self._check_choice(branches, place.wanted)
            required = not place.is_choice and not group.is_emptiable() and number <= group.min_occurs
            has_values = any(map(_has_values, branches)) or not is_wanted
            yield Element("", tuple(branches), choice=is_single, required=required or not has_values)

    def _branch(self, elements: list[Element]) -> Element:
        return elements[0] if len(elements) == 1 else Element("", tuple(elements))

    def _member(self, member: Any, place: _Place) -> Iterator[Element]:
        if isinstance(member, XsdGroup):
            yield from self._group(member, place)
            return
        if not isinstance(member, XsdElement):
            yield from self._wildcard(member, place)
            return
        found = [(one, *copy) for one in self._alternatives(member) for copy in place.wanted.copies(one.local_name)]
        if not found and not place.is_choice and member.min_occurs:
            yield from self._unwanted(member, place)
        limit = _times(member.max_occurs, place.free)
        for rank, (xsd, step, child) in enumerate(found, 1):
            if child.parts is not None:
                self.limits[child.parts] = _times(member.max_occurs, place.around)
            elif limit is not None and max(rank, step.copy or 1) > limit:
                self._fault(child, "xml_repeats_too_often", f"{step.name} may stand {limit} time(s) there.")
            required = not place.is_choice and rank <= member.min_occurs
            yield self._element(xsd, child, place, required=required, copy=step.copy or 1)
        is_short = 0 < len(found) < member.min_occurs and all(one.parts is None for _, _, one in found)
        if is_short and not place.is_choice:
            self._missing(found[-1][2], found[-1][2].label, f"must stand {member.min_occurs} times: map further copies")

    def _wildcard(self, member: Any, place: _Place) -> Iterator[Element]:
        """Elements of other schemas, where the content model takes any."""
        found = False
        for step, child in place.wanted.children.items():
            element = self._matching(member, step.name) if step.name not in place.known else None
            if element is not None:
                found = True
                yield self._element(element, child, place, required=not place.is_choice and member.min_occurs > 0)
        if not found and member.min_occurs and not place.is_choice:
            self._missing(place.wanted, f"{place.wanted.label}/*".lstrip("/"), "needs an element of another schema")

    def _unwanted(self, member: Any, place: _Place) -> Iterator[Element]:
        """An element that must be there and nobody gave anything for: a fault, unless it can be empty."""
        simple = member.type if member.type.is_simple() else member.type.simple_type
        attributes = [one for name, one in member.attributes.items() if name is not None]
        needs_attribute = any(one.use == "required" and one.fixed is None for one in attributes)
        group = member.type.model_group
        can_be_empty = simple is None and (group is None or group.is_emptiable()) and not member.abstract
        wanted = Wanted(place.wanted.pointer, f"{place.wanted.label}/{member.local_name}".lstrip("/"))
        if needs_attribute or not (can_be_empty or member.fixed is not None):
            self._missing(wanted, wanted.label, "needs a field or a text")
            return
        yield replace(self._element(member, wanted, place), required=True)

    def _nothing_chosen(self, group: Any, wanted: Wanted) -> None:
        names = [str(one.local_name) for one in group.iter_elements() if isinstance(one, XsdElement)]
        shown = ", ".join(names[:_SHOWN]) + (", …" if len(names) > _SHOWN else "")
        first = f"{wanted.label}/{names[0]}".lstrip("/") if names else wanted.label
        self._missing(wanted, first, f"or another of {shown} is needed")

    def _check_choice(self, branches: Sequence[Element], wanted: Wanted) -> None:
        """Branches with values are told apart record by record; one with texts only is always taken."""
        if len(branches) > 1 and not all(map(_has_values, branches)):
            names = ", ".join(one.name or one.children[0].name for one in branches)
            detail = f"Only one of {names} may be written, and one of them is written always: it has nothing but texts."
            texts = [one for one in wanted.children.values() if not one.has_values]
            self._fault(texts[-1] if texts else wanted, "xml_choice_taken_twice", detail)

    def _check_once(self, wanted: Wanted) -> None:
        if wanted.column is not None and wanted.text is not None:
            self._fault(wanted, "xml_path_given_twice", f"{wanted.label} has a field and a text.")

    def _check_text(self, wanted: Wanted, leaf: LeafType, text: str) -> None:
        if "{" not in text and not leaf.check(text):
            self._fault(wanted, "xml_text_invalid", f"{text!r} is not a value of {wanted.label} ({leaf.name}).")

    def _missing(self, wanted: Wanted, path: str, what: str, kind: str = "element") -> None:
        self._fault(wanted, f"xml_{kind}_missing", f"{path} {what}.", path)

    def _fault(self, wanted: Wanted, code: str, detail: str, suggestion: str | None = None) -> None:
        self.faults.append(MappingFault(wanted.pointer, code, detail, suggestion))

    def _alternatives(self, member: Any) -> list[Any]:
        """The element, and those that may stand in its place."""
        return [member, *sorted(member.maps.substitution_groups.get(member.name, ()), key=lambda one: str(one.name))]

    def _substitutes(self, member: Any) -> list[str]:
        return [str(one.local_name) for one in self._alternatives(member)]

    def _names_in(self, group: Any, place: _Place) -> Iterator[str]:
        """The names of wanted elements that may stand somewhere in a group."""
        for one in group.iter_elements():
            if isinstance(one, XsdElement):
                yield from self._substitutes(one)
            else:
                yield from (step.name for step in place.wanted.children if step.name not in place.known)

    def _wild(self, group: Any, wanted: Wanted, known: frozenset[str]) -> set[str]:
        """The names of wanted elements that a wildcard of the group takes."""
        wildcards = [] if group is None else [one for one in group.iter_elements() if not isinstance(one, XsdElement)]
        names = {step.name for step in wanted.children} - known
        return {name for name in names if any(self._matching(one, name) is not None for one in wildcards)}

    def _matching(self, wildcard: Any, name: str) -> Any | None:
        return next((one for one in self._tree.named(name) if wildcard.is_matching(one.name)), None)


def _elements(xsd: Any) -> list[Any]:
    group = xsd.type.model_group
    return [] if group is None else [one for one in group.iter_elements() if isinstance(one, XsdElement)]


def _group_copies(group: Any, wanted: Wanted) -> int:
    """How often a sequence is written: as often as elements that stand once in it are wanted."""
    if group.max_occurs == 1:
        return 1
    single = [one for one in group if isinstance(one, XsdElement) and one.max_occurs == 1]
    numbers = [step.copy or 1 for one in single for step, _ in wanted.copies(one.local_name)]
    return max(numbers, default=1)


def _has_values(element: Element) -> bool:
    has_own = element.column is not None or bool(element.attributes or element.options)
    return has_own or any(map(_has_values, element.children))


def _times(one: int | None, other: int | None) -> int | None:
    """How often something may stand in something; None is without limit."""
    return None if one is None or other is None else one * other
