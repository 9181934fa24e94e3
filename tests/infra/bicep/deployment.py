"""A template evaluated with some parameters: the resources that Azure would create."""

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import Any

from tree_sitter import Node

from tests.infra.bicep.azure_types import check_body, check_primitive
from tests.infra.bicep.expressions import Expressions
from tests.infra.bicep.functions import functions
from tests.infra.bicep.parameters import check_limits
from tests.infra.bicep.resources import Deployment, Module, Resource, check_kind, resource_id
from tests.infra.bicep.symbols import Symbols
from tests.infra.bicep.syntax import BicepError, Declaration, File, parse, unused_names

KNOWN_FIRST = {"name", "parent", "scope"}  # Azure has to know them before it begins


def deploy(path: Path, parameters: Mapping[str, Any], group: str = "") -> Deployment:
    """Evaluate a template.

    Args:
        path: Its file.
        parameters: Values of its parameters.
        group: The resource group, for a template of that scope.
    """
    try:
        file = parse(path)
    except (BicepError, FileNotFoundError) as error:
        return Deployment(problems=[str(error)])
    return _Evaluation(file, parameters, group).run()


class _Evaluation:
    def __init__(self, file: File, parameters: Mapping[str, Any], group: str) -> None:
        self._file, self._parameters, self._group = file, parameters, group
        self._result = Deployment(problems=[*file.problems, *unused_names(file)])
        self._symbols = Symbols(file.declarations, self._declared)
        self._reads = True
        self._branches: set[tuple[int, bool]] = set()
        self._expressions = Expressions(self._symbols.value, functions(group), self._branches)

    def run(self) -> Deployment:
        for name in set(self._parameters) - set(self._file.declarations):
            self._problem(name, "is no parameter")
        for declaration in self._file.declarations.values():
            self._guarded(declaration.name, partial(self._symbols.value, declaration.name))
        for output in self._file.outputs.values():
            self._guarded(output.name, partial(self._output, output))
        positions = ((self._file.path.name, *branch) for branch in self._branches)
        self._result.branches.update(positions)
        return self._result

    def _guarded(self, name: str, step: Callable[[], Any]) -> None:
        try:
            step()
        except BicepError as error:
            self._problem(name, str(error))

    def _problem(self, name: str, problem: str) -> None:
        found = f"{self._file.path.name}: {name}: {problem}"
        if found not in self._result.problems:
            self._result.problems.append(found)

    def _declared(self, declaration: Declaration) -> Any:
        return getattr(self, f"_{declaration.kind}")(declaration)

    def _parameter(self, declaration: Declaration) -> Any:
        if declaration.name in self._parameters:
            value = self._parameters[declaration.name]
        elif declaration.value is not None:
            value = self._expressions.value(declaration.value)
        else:
            raise BicepError("has no value and no default")
        if problem := check_primitive(declaration.declared_type, value):
            raise BicepError(problem)
        check_limits(declaration, value, self._expressions)
        return value

    def _variable(self, declaration: Declaration) -> Any:
        return self._expressions.value(_required(declaration.value))

    def _output(self, declaration: Declaration) -> None:
        value = self._expressions.value(_required(declaration.value))
        self._result.outputs[declaration.name] = value
        if problem := check_primitive(declaration.declared_type, value):
            raise BicepError(problem)

    def _resource(self, declaration: Declaration) -> Any:
        body = _required(declaration.value)
        kind, outer = self._kind(declaration)
        if body.type != "for_statement":
            return self._one_resource(declaration, kind, outer, body, self._expressions)
        return [
            self._one_resource(declaration, kind, outer, body.named_children[-1], inner)
            for inner in self._expressions.loop(body)
        ]

    def _kind(self, declaration: Declaration) -> tuple[str, Resource | None]:
        kind, outer = declaration.declared_type, None
        if declaration.outer:
            outer = self._symbols.value(declaration.outer)
            inner, _, version = kind.partition("@")
            kind = f"{outer.type}/{inner}@{version or outer.kind.partition('@')[2]}"
        check_kind(kind)
        return kind, outer

    def _one_resource(
        self,
        declaration: Declaration,
        kind: str,
        outer: Resource | None,
        node: Node,
        inner: Expressions,
    ) -> Resource:
        node, condition = self._conditional(node, inner)
        body = self._body(node, inner)
        parent, scope = _other(body, "parent") or outer, _other(body, "scope")
        name = str(body.get("name", body.get("uniqueName", body.get("appId"))))
        resource = Resource(
            kind=kind,
            name=name,
            id=resource_id(kind, name, self._group, parent, scope),
            body=body,
            is_deployed=condition and not declaration.is_existing,
            is_there=condition,
            decorators=frozenset(declaration.decorators),
            scope=scope,
            depends_on=self._symbols.used_by(declaration.name),
            may_be_read=lambda: self._reads,
        )
        self._note(declaration, resource)
        return resource

    def _note(self, declaration: Declaration, resource: Resource) -> None:
        if resource.is_deployed:
            self._result.resources.append((declaration.name, resource))
        problems = check_body(resource.kind, resource.body, exists=declaration.is_existing)
        for problem in problems:
            self._problem(declaration.name, problem)

    def _conditional(self, node: Node, inner: Expressions) -> tuple[Node, bool]:
        if node.type != "if_statement":
            return node, True
        with self._known_first():
            return node.named_children[1], inner.condition(node.named_children[0])

    def _body(self, node: Node, inner: Expressions) -> dict[str, Any]:
        with self._known_first():
            for each in node.named_children:
                if (
                    each.type == "object_property"
                    and (each.named_children[0].text or b"").decode() in KNOWN_FIRST
                ):
                    inner.value(each.named_children[1])
        body = inner.value(node)
        if not isinstance(body, dict):
            raise BicepError("its body is not an object")
        return body

    def _module(self, declaration: Declaration) -> Module:
        node, condition = self._conditional(_required(declaration.value), self._expressions)
        body = self._body(node, self._expressions)
        for name in set(body) - {"name", "scope", "params", "dependsOn"}:
            raise BicepError(f"a module has no {name}")
        scope = body.get("scope")
        group = (
            self._group if scope is None else getattr(scope, "group", getattr(scope, "name", ""))
        )
        path = self._file.path.parent / declaration.declared_type
        inner = deploy(path, body.get("params", {}), group)
        self._result.problems += inner.problems if condition else []
        self._result.branches |= inner.branches if condition else set()
        self._result.resources += inner.resources if condition else []
        return Module(str(body.get("name")), inner.outputs, condition)

    @contextmanager
    def _known_first(self) -> Iterator[None]:
        """Refuse what Azure knows only when it has created a resource."""
        before, self._reads = self._reads, False
        try:
            yield
        finally:
            self._reads = before


def _required(node: Node | None) -> Node:
    if node is None:
        raise BicepError("has no value")
    return node


def _other(body: Mapping[str, Any], name: str) -> Resource | None:
    other = body.get(name)
    if other is not None and not isinstance(other, Resource):
        raise BicepError(f"{name} must be a resource")
    return other
