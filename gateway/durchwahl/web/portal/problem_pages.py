"""A problem as a page that says what to do."""

from durchwahl.errors import Problem
from durchwahl.model.problems import PROBLEMS
from durchwahl.texts import translate
from durchwahl.web.portal.rendering import Page


def problem_page(problem: Problem, language: str, path: str | None = None) -> Page:
    """Return the page of a problem that no form of ours can show beside its fields.

    `path` is its address in every language, where it was looked at and not sent to. Nobody keeps it: what is not found
    now may be there a minute later.
    """
    headers = {"cache-control": "no-store"}
    is_button = problem.code == "method-not-allowed"
    detail = "page.problem.go_back" if is_button else f"problem.{problem.code}.detail"
    if problem.retry_after is not None:
        headers["retry-after"] = str(max(1, round(problem.retry_after)))
    return Page(
        template="problem.html",
        title=translate(f"problem.{problem.code}.title", language),
        path=path,
        values={"texts": [translate(detail, language)]},
        status=PROBLEMS[problem.code],
        headers=headers,
    )
