"""Looking at the address of a button: a browser does so that loads again what followed a press, without the form."""

from fastapi import APIRouter, Response

from durchwahl.errors import Problem
from durchwahl.web.portal.problem_pages import problem_page
from durchwahl.web.portal.rendering import Renderer

BUTTONS = {
    "/termin/neu/{hold_id}/": ("angaben", "mehr-zeit", "freigeben", "buchen"),
    "/termin/{booking_id}/": ("verlegen", "kontakt", "absagen", "loeschen"),
}


def button_routes(renderer: Renderer, language: str) -> APIRouter:
    """Return what says so in one language; to come before the routes that would take these words for a token."""
    router = APIRouter(include_in_schema=False)

    async def go_back() -> Response:
        """Say that this is no page, and how to get back to one."""
        answer = renderer.response(problem_page(Problem("method-not-allowed"), language), language)
        answer.headers["allow"] = "POST"
        return answer

    for place, words in BUTTONS.items():
        for word in words:
            router.get(f"{place}{word}")(go_back)
    return router
