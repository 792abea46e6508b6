"""Which signature a call means, and its arguments brought to the types of that signature."""

from __future__ import annotations

from collections.abc import Sequence

from backend.domain.expressions.coercion import can_cast, common_type, convert, exact_type
from backend.domain.expressions.errors import ExpressionCode, ExpressionInvalid, Position
from backend.domain.expressions.folding import fold_call
from backend.domain.expressions.functions.signature import Function, Parameter, Signature
from backend.domain.expressions.nodes import Call, Cast, Literal, Node
from backend.domain.expressions.types import BOOLEAN, MAX_PRECISION, DataType, Kind


def resolve_call(function: Function, arguments: Sequence[Node], position: Position) -> Node:
    """The typed call, or its value when it is one already; raises ``ExpressionInvalid``."""
    fitting = [signature for signature in function.signatures if _takes(signature, len(arguments))]
    if not fitting:
        raise ExpressionInvalid(
            ExpressionCode.WRONG_ARGUMENTS, f"It is written {function.form}.", position, suggestion=function.example
        )
    for constants_convert in (False, True):
        for signature in fitting:
            converted = _match(signature, arguments, constants_convert=constants_convert)
            if converted is not None:
                return _build(function, signature, converted, position)
    raise _mismatch(function, arguments, position)


def common_call_type(nodes: Sequence[Node], position: Position) -> DataType:
    """The type that all results of a CASE share."""
    common = common_type(nodes)
    if common is None or common.kind is Kind.INTERVAL:
        kinds = " and ".join(dict.fromkeys(str(node.type) for node in nodes))
        raise ExpressionInvalid(
            ExpressionCode.TYPE_MISMATCH, f"{kinds} have no type in common.", position, suggestion="CAST one side"
        )
    return common


def convert_all(nodes: Sequence[Node], to: DataType) -> tuple[Node, ...]:
    """The nodes brought to a type that ``common_call_type`` gave."""
    return tuple(convert(node, to) or node for node in nodes)


def _takes(signature: Signature, count: int) -> bool:
    return signature.fewest <= count and (signature.most is None or count <= signature.most)


def _build(function: Function, signature: Signature, arguments: tuple[Node, ...], position: Position) -> Node:
    if function.check is not None:
        function.check(arguments)
    result = signature.result if isinstance(signature.result, DataType) else signature.result(arguments)
    return fold_call(Call(type=result, function=function.name, arguments=arguments, position=position))


def _match(signature: Signature, arguments: Sequence[Node], *, constants_convert: bool) -> tuple[Node, ...] | None:
    matched: list[Node] = []
    for index, argument in enumerate(arguments):
        found = _match_argument(signature.parameter(index), argument, constants_convert=constants_convert)
        if found is None:
            return None
        matched.append(found)
    return _unify(signature, matched)


def _match_argument(parameter: Parameter, argument: Node, *, constants_convert: bool) -> Node | None:
    if parameter.constant and not isinstance(argument, Literal):
        if argument.type.kind not in parameter.kinds:
            return None
        raise ExpressionInvalid(
            ExpressionCode.LITERAL_REQUIRED,
            f"{parameter.name} must be written out here, not computed.",
            argument.position,
        )
    if argument.type.kind is Kind.NULL:
        return argument if parameter.same else convert(argument, parameter.preferred)
    if argument.type.kind in parameter.kinds:
        return _converted(argument, parameter.convert_to)
    if constants_convert and is_quoted(argument) and parameter.preferred.kind in {Kind.DATE, Kind.LOCAL_TIMESTAMP}:
        return convert(argument, parameter.preferred)
    return None


def _converted(argument: Node, to: DataType | None) -> Node | None:
    if to is None or argument.type == to:
        return argument
    if to.kind is Kind.TEXT and can_cast(argument.type.kind, Kind.TEXT):
        return Cast(type=to, operand=argument, position=argument.position)
    return convert(argument, to)


def _unify(signature: Signature, arguments: list[Node]) -> tuple[Node, ...] | None:
    shared = [node for index, node in enumerate(arguments) if signature.parameter(index).same]
    if not shared:
        return tuple(arguments)
    common = common_type(shared)
    if common is None:
        return None
    if signature.result == BOOLEAN and _compare_exactly(shared, common):
        return tuple(convert(node, common) or node if is_quoted(node) else node for node in arguments)
    unified: list[Node] = []
    for index, node in enumerate(arguments):
        converted = convert(node, common) if signature.parameter(index).same else node
        if converted is None:
            return None
        unified.append(converted)
    return tuple(unified)


def _compare_exactly(shared: Sequence[Node], common: DataType) -> bool:
    """Whether numbers of different digits are compared as they stand: their common type holds all of them."""
    exact = {Kind.INTEGER, Kind.DECIMAL, Kind.NULL}
    if common.kind is not Kind.DECIMAL or not all(node.type.kind in exact or is_quoted(node) for node in shared):
        return False
    whole = max(digits[0] - digits[1] for digits in (exact_type(node).digits for node in shared))
    return whole + common.digits[1] <= MAX_PRECISION


def is_quoted(node: Node) -> bool:
    """Whether the node is a text constant, or NULL, whose type its neighbours decide."""
    return isinstance(node, Literal) and node.type.kind in {Kind.TEXT, Kind.NULL}


def _mismatch(function: Function, arguments: Sequence[Node], position: Position) -> ExpressionInvalid:
    kinds = " and ".join(str(argument.type) for argument in arguments) or "no argument"
    has_text = any(argument.type.kind is Kind.TEXT for argument in arguments)
    suggestion = "CAST the text to a number or date" if has_text and len(arguments) > 1 else function.example
    return ExpressionInvalid(
        ExpressionCode.TYPE_MISMATCH, f"{function.form} does not take {kinds}.", position, suggestion=suggestion
    )
