"""The limits that decorators give parameters."""

from typing import Any

from tests.infra.bicep.expressions import Expressions
from tests.infra.bicep.syntax import BicepError, Declaration


def check_limits(declaration: Declaration, value: Any, expressions: Expressions) -> None:
    """Check a parameter's value against its decorators.

    Raises:
        BicepError: The value is outside of the limits.
    """
    for name, call in declaration.decorators.items():
        arguments = [expressions.value(each) for each in call.named_children[1].named_children]
        if _is_outside(name, value, *arguments[:1]):
            raise BicepError(f"is outside of @{name}")


def _is_outside(name: str, value: Any, limit: Any = None) -> bool:
    size = len(value) if name.endswith("Length") else value
    if name == "allowed":
        return value not in limit
    if name.startswith("min"):
        return bool(size < limit)
    return name.startswith("max") and bool(size > limit)
