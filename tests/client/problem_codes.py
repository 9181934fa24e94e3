"""Write the problem codes that the client knows: those of the service.

``python -m tests.client.problem_codes`` rewrites ``client/src/problems.ts``.
"""

from acs_tokens import problems
from acs_tokens.problems import Problem
from tests.serving import ROOT

FILE = ROOT / "client" / "src" / "problems.ts"
COMMAND = ".venv/bin/python -m tests.client.problem_codes"
HEAD = f"""\
// Generated from acs_tokens/problems.py by {COMMAND}

/** The problem types of the service: the ends of their URNs. docs/errors.md explains each. */
export type ProblemCode =
"""


def text() -> str:
    """Return the module's text for the problem classes as they are."""
    classes = [value for value in vars(problems).values() if isinstance(value, type)]
    slugs = sorted(
        each.slug for each in classes if issubclass(each, Problem) and each is not Problem
    )
    return HEAD + "".join(f'  | "{slug}"\n' for slug in slugs).removesuffix("\n") + ";\n"


if __name__ == "__main__":
    FILE.write_text(text())
