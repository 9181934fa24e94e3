"""The values of a file's symbols."""

from collections.abc import Callable, Mapping
from typing import Any

from tests.infra.bicep.syntax import BicepError, Declaration


class Symbols:
    """Evaluates each symbol once, when it is needed, and notes what it uses.

    Args:
        declarations: The file's, by name.
        evaluate: Returns the value of a declaration, or raises `BicepError`.
    """

    def __init__(
        self, declarations: Mapping[str, Declaration], evaluate: Callable[[Declaration], Any]
    ) -> None:
        self._declarations, self._evaluate = declarations, evaluate
        self._values: dict[str, Any] = {}
        self._used: dict[str, set[str]] = {}
        self._using: list[set[str]] = [set()]  # of what is being evaluated, the innermost last

    def used_by(self, name: str) -> set[str]:
        """Return the resources and modules that a symbol's value uses; not those behind them."""
        return self._used[name]

    def value(self, name: str) -> Any:
        """Return the value of a symbol.

        Raises:
            BicepError: There is no such symbol, or its value is wrong or depends on itself.
        """
        declaration = self._declarations.get(name)
        if declaration is None:
            raise BicepError(f"there is no symbol {name}")
        if name not in self._values:
            self._find(declaration)
        is_deployed = declaration.kind in ("resource", "module")
        self._using[-1].update({name} if is_deployed else self._used[name])
        if isinstance(self._values[name], BicepError):
            raise self._values[name]
        return self._values[name]

    def _find(self, declaration: Declaration) -> None:
        name = declaration.name
        self._values[name] = BicepError(f"{name} depends on itself")
        self._used[name] = set()
        self._using.append(self._used[name])
        try:
            self._values[name] = self._evaluate(declaration)
        except BicepError as error:
            self._values[name] = error
        self._using.pop()
