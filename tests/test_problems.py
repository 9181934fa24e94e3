"""The problem types."""

import re

import pytest

from acs_tokens import problems
from acs_tokens.problems import Problem
from tests.serving import ROOT

DOCUMENT = (ROOT / "docs" / "errors.md").read_text()


def problem_types() -> list[type[Problem]]:
    found = [value for value in vars(problems).values() if isinstance(value, type)]
    return [value for value in found if issubclass(value, Problem) and value is not Problem]  # fmt: skip


@pytest.mark.parametrize("problem", problem_types(), ids=lambda problem: problem.slug)
def test_each_has_its_paragraph_in_the_document_and_its_place_in_the_tree(
    problem: type[Problem],
) -> None:
    assert re.search(rf"^### {problem.slug}\n\n\*\*{problem.status}\*\* ", DOCUMENT, re.MULTILINE)
    assert re.search(
        rf"── {problem.__name__} +{problem.status} {problem.slug}\n", problems.__doc__ or ""
    )


def test_the_document_has_no_other_problem() -> None:
    explained = set(re.findall(r"^### (.+)$", DOCUMENT, re.MULTILINE))

    assert explained == {problem.slug for problem in problem_types()}


def test_no_two_are_alike() -> None:
    slugs = [problem.slug for problem in problem_types()]

    assert len(slugs) == len(set(slugs)) > 0


def test_the_log_and_the_caller_are_told_different_things() -> None:
    error = problems.MisconfiguredError("ACS_ENDPOINT", "is wrong.")

    assert str(error) == "ACS_ENDPOINT is wrong."
    assert "ACS_ENDPOINT" not in (error.detail or "")
    assert error.type == "urn:problem-type:acs-tokens:misconfigured"
