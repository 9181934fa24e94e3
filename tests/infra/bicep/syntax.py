"""A Bicep file as declarations. tree-sitter parses it."""

import re
from dataclasses import dataclass, field
from pathlib import Path

import tree_sitter
import tree_sitter_bicep
from tree_sitter import Node

PARSER = tree_sitter.Parser(tree_sitter.Language(tree_sitter_bicep.language()))
# The parser does not know this statement.
EXTENSION = re.compile(rb"^extension \w+$", re.MULTILINE)
DECORATORS = {
    "parameter": {
        "description",
        "allowed",
        "minLength",
        "maxLength",
        "minValue",
        "maxValue",
        "secure",
    },
    "resource": {"description", "onlyIfNotExists"},
}


class BicepError(Exception):
    """The file cannot be understood any further."""


@dataclass(frozen=True)
class Declaration:
    """One declaration.

    Attributes:
        kind: ``parameter``, ``variable``, ``resource``, ``module`` or ``output``.
        name: Its symbol.
        node: The whole of it.
        decorators: Their calls, by name.
        outer: The resource in whose body it is declared; "" for none.
    """

    kind: str
    name: str
    node: Node
    decorators: dict[str, Node]
    outer: str = ""

    @property
    def is_existing(self) -> bool:
        """Whether it only names a resource that is there already."""
        return any(child.type == "existing" for child in self.node.children)

    @property
    def value(self) -> Node | None:
        """What follows the equals sign; None for a parameter without default."""
        last = self.node.named_children[-1]
        return last if any(child.type == "=" for child in self.node.children) else None

    @property
    def declared_type(self) -> str:
        """The type of a parameter or output, the string of a resource or module."""
        return text(self.node.named_children[1]).strip("'")


@dataclass
class File:
    """A parsed file.

    Attributes:
        path: Where it is.
        scope: Its target scope.
        declarations: By name; outputs, which may have the name of a symbol, apart.
    """

    path: Path
    scope: str = "resourceGroup"
    declarations: dict[str, Declaration] = field(default_factory=dict)
    outputs: dict[str, Declaration] = field(default_factory=dict)
    problems: list[str] = field(default_factory=list)


def parse(path: Path) -> File:
    """Parse a file.

    Raises:
        BicepError: It has a syntax error, or declares a name twice.
    """
    root = PARSER.parse(EXTENSION.sub(b"", path.read_bytes())).root_node
    if root.has_error:
        raise BicepError(f"{path.name}: syntax error near line {_first_error(root)}")
    file = File(path)
    decorators: dict[str, Node] = {}
    for node in root.named_children:
        if node.type == "decorators":
            decorators = {
                callee(each.named_children[0]): each.named_children[0]
                for each in node.named_children
            }
        elif node.type == "target_scope_assignment":
            file.scope = text(node.named_children[0]).strip("'")
        elif node.type.endswith("_declaration"):
            _declare(file, node, decorators)
            decorators = {}
        elif node.type != "comment":
            raise BicepError(f"{path.name}: line {node.start_point.row + 1} is not understood")
    return file


def _declare(file: File, node: Node, decorators: dict[str, Node], outer: str = "") -> None:
    kind = node.type.removesuffix("_declaration")
    declaration = Declaration(kind, text(node.named_children[0]), node, decorators, outer)
    for unknown in set(decorators) - DECORATORS.get(kind, {"description"}):
        file.problems.append(f"{file.path.name}: @{unknown} is no decorator of a {kind}")
    there = file.outputs if kind == "output" else file.declarations
    if declaration.name in there:
        raise BicepError(f"{file.path.name}: {declaration.name} is declared twice")
    there[declaration.name] = declaration
    body = declaration.value
    for each in body.named_children if body is not None and body.type == "object" else ():
        if is_nested_resource(each):
            _declare(file, each.named_children[0], {}, declaration.name)


def is_nested_resource(node: Node) -> bool:
    """Whether an entry of a resource's body is a resource in it, and no property."""
    children = node.named_children
    return node.type == "object_property" and children[0].type == "resource_declaration"


def unused_names(file: File) -> list[str]:
    """Parameters, variables and existing resources that nothing refers to."""
    used: set[str] = set()
    for declaration in [*file.declarations.values(), *file.outputs.values()]:
        used |= {
            text(each)
            for child in declaration.node.named_children[1:]
            for each in identifiers(child)
        }
    return [
        f"{file.path.name}: {each.name} is not used"
        for each in file.declarations.values()
        if each.name not in used and (each.kind in ("parameter", "variable") or each.is_existing)
    ]


def identifiers(node: Node) -> list[Node]:
    """All identifiers below a node that may refer to a symbol; not the names of properties."""
    if node.type == "identifier":
        return [node]
    children = node.named_children
    if node.type == "object_property" and len(children) > 1:
        children = children[1:] if children[0].type == "identifier" else children
    return [found for child in children for found in identifiers(child)]


def callee(node: Node) -> str:
    """The function that a call names."""
    return text(node.named_children[0])


def text(node: Node) -> str:
    """The source of a node."""
    return (node.text or b"").decode()


def _first_error(node: Node) -> int:
    if node.type == "ERROR" or node.is_missing:
        return node.start_point.row + 1
    return next(
        _first_error(child) for child in node.children if child.has_error or child.is_missing
    )
