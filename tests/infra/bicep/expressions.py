"""The values of Bicep's expressions."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from tree_sitter import Node

from tests.infra.bicep.functions import Functions
from tests.infra.bicep.syntax import BicepError, callee, is_nested_resource, text

ESCAPES = {"\\'": "'", "\\\\": "\\", "\\n": "\n", "\\r": "\r", "\\t": "\t", "\\$": "$"}
POSTFIX = ("member_expression", "subscript_expression", "call_expression")
OPERATORS: Mapping[str, Callable[[Any, Any], Any]] = {
    "==": lambda one, other: one == other,
    "!=": lambda one, other: one != other,
    ">": lambda one, other: one > other,
    "<": lambda one, other: one < other,
    ">=": lambda one, other: one >= other,
    "<=": lambda one, other: one <= other,
}


@dataclass(frozen=True)
class Expressions:
    """Evaluates expressions of one file.

    Attributes:
        symbol: Returns the value of a symbol, or raises `BicepError`.
        functions: What may be called.
        branches: Where it notes each condition and the value it had: position in the file, value.
        local: The variables of loops.
    """

    symbol: Callable[[str], Any]
    functions: Functions
    branches: set[tuple[int, bool]] = field(default_factory=set)
    local: Mapping[str, Any] = field(default_factory=dict)

    def value(self, node: Node) -> Any:
        """Return the value of an expression.

        Raises:
            BicepError: It names something that does not exist, or is not understood.
        """
        evaluate = getattr(self, f"_{node.type}", None)
        if evaluate is None:
            raise BicepError(f"line {node.start_point.row + 1}: {node.type} is not understood")
        if node.type in POSTFIX and node.named_children[0].type == "ternary_expression":
            # The parser reads a ? b : c.d as (a ? b : c).d, and Bicep does not.
            raise BicepError(f"line {node.start_point.row + 1}: put the last part in parentheses")
        return evaluate(node)

    def condition(self, node: Node) -> bool:
        """Return the value of a condition, and note it."""
        value = self.value(node)
        if not isinstance(value, bool):
            raise BicepError(f"the condition {text(node)} is not of type bool")
        self.branches.add((node.start_byte, value))
        return value

    def loop(self, node: Node) -> Iterator["Expressions"]:
        """Yield what evaluates the body of a loop, once for each item."""
        loop, items = node.named_children[0], self.value(node.named_children[1])
        names = [text(each) for each in (loop.named_children or [loop])]
        for number, item in enumerate(items):
            values = dict(zip(names, (item, number), strict=False))
            yield Expressions(self.symbol, self.functions, self.branches, {**self.local, **values})

    def _identifier(self, node: Node) -> Any:
        name = text(node)
        return self.local[name] if name in self.local else self.symbol(name)

    def _string(self, node: Node) -> str:
        return "".join(self._part(child) for child in node.named_children)

    def _part(self, node: Node) -> str:
        if node.type == "string_content":
            return text(node)
        if node.type == "escape_sequence":
            return ESCAPES[text(node)]
        value = self.value(node.named_children[0])
        if not isinstance(value, str | int):
            raise BicepError(f"{text(node)} is not of type string")
        return str(value)

    def _number(self, node: Node) -> int:
        return int(text(node))

    def _boolean(self, node: Node) -> bool:
        return text(node) == "true"

    def _null(self, _: Node) -> None:
        return None

    def _array(self, node: Node) -> list[Any]:
        return [self.value(child) for child in node.named_children if child.type != "comment"]

    def _object(self, node: Node) -> dict[str, Any]:
        found: dict[str, Any] = {}
        for child in node.named_children:
            if child.type == "comment" or is_nested_resource(child):
                continue
            name, value = child.named_children[0], child.named_children[1]
            key = text(name) if name.type == "identifier" else self.value(name)
            if key in found:
                raise BicepError(f"{key} is given twice")
            found[key] = self.value(value)
        return found

    def _for_statement(self, node: Node) -> list[Any]:
        return [inner.value(node.named_children[-1]) for inner in self.loop(node)]

    def _parenthesized_expression(self, node: Node) -> Any:
        return self.value(node.named_children[0])

    def _ternary_expression(self, node: Node) -> Any:
        condition, then, otherwise = node.named_children
        return self.value(then if self.condition(condition) else otherwise)

    def _unary_expression(self, node: Node) -> bool:
        return not self.condition(node.named_children[0])

    def _binary_expression(self, node: Node) -> Any:
        one, other = node.named_children
        operator = text(node.children[1])
        if operator == "&&":
            return self.condition(one) and self.condition(other)
        if operator == "||":
            return self.condition(one) or self.condition(other)
        if operator not in OPERATORS:
            raise BicepError(f"the operator {operator} is not understood")
        return OPERATORS[operator](self.value(one), self.value(other))

    def _call_expression(self, node: Node) -> Any:
        name = callee(node)
        if name not in self.functions:
            raise BicepError(f"there is no function {name}")
        arguments = [
            self.value(each)
            for each in node.named_children[1].named_children
            if each.type != "comment"
        ]
        try:
            return self.functions[name](*arguments)
        except (AttributeError, TypeError, IndexError):
            raise BicepError(f"{name} does not take these arguments: {text(node)}") from None

    def _member_expression(self, node: Node) -> Any:
        return member(self.value(node.named_children[0]), text(node.named_children[1]))

    def _subscript_expression(self, node: Node) -> Any:
        items, index = (self.value(child) for child in node.named_children)
        try:
            return items[index]
        except (IndexError, KeyError, TypeError):
            raise BicepError(f"{text(node)} does not exist") from None

    def _resource_expression(self, node: Node) -> Any:
        self.value(node.named_children[0])
        return self.symbol(text(node.named_children[1]))


def member(value: Any, name: str) -> Any:
    """Return a property of an object, resource or module.

    Raises:
        BicepError: It has none of that name.
    """
    if hasattr(value, "member"):
        return value.member(name)
    if not isinstance(value, Mapping) or name not in value:
        raise BicepError(f"there is no property {name}")
    return value[name]
