"""Expressions: the SQL that authors write over named columns, parsed, typed and refused when unknown."""

from backend.domain.expressions.errors import ExpressionCode, ExpressionInvalid
from backend.domain.expressions.nodes import Expression
from backend.domain.expressions.parsing import assign_expression, parse_expression

__all__ = ["Expression", "ExpressionCode", "ExpressionInvalid", "assign_expression", "parse_expression"]
