"""The demonstration's mails: how somebody who tries it finds the citizen's links, and the clerk's."""

import asyncio
import re
from collections.abc import Mapping

from fastapi import APIRouter, Response
from markupsafe import Markup, escape

from durchwahl.errors import Problem
from durchwahl.texts import translate
from durchwahl.web.assembly import Gateway
from durchwahl.web.portal.demonstration.mailbox import MOST_MAILS, Mail, Mailbox
from durchwahl.web.portal.rendering import Link, Page, Renderer

MAILS = "vorfuehrung"
NEVER_KEPT = {"cache-control": "no-store", "x-robots-tag": "noindex, nofollow"}
"""Mails hold links that are somebody's own."""
_ADDRESS = re.compile(r"https?://[^\s<>\"]+")


class DemonstrationRoutes:
    """Each method is a page, or a file."""

    def __init__(self, gateway: Gateway, renderer: Renderer, language: str) -> None:
        settings = gateway.settings
        self._public_url, self._prefix = settings.gateway.public_url, settings.prefix
        self._mailbox = Mailbox(settings.data_dir / settings.mail.path)
        self._renderer = renderer
        self._language = language
        self._to = renderer.addresses(language)

    async def mails(self) -> Response:
        """Show the newest mails."""
        mails = await asyncio.to_thread(self._mailbox.newest)
        values = {"mails": mails, "most": str(MOST_MAILS) if len(mails) == MOST_MAILS else "", "folder": MAILS}
        return self._answer("demonstration/mails.html", translate("page.mails.title", self._language), values, MAILS)

    async def mail(self, mail_id: str) -> Response:
        """Show a mail; its links lead into this gateway, and nowhere else."""
        mail = await self._known(mail_id)
        values = {"mail": mail, "text": self._linked(mail.text), "folder": MAILS}
        title = mail.envelope.subject or translate("page.mails.no_subject", self._language)
        return self._answer("demonstration/mail.html", title, values, f"{MAILS}/{mail_id}", is_one=True)

    async def attachment(self, mail_id: str, number: str) -> Response:
        """Return a file that came with a mail, to be kept and not to be shown."""
        mail = await self._known(mail_id)
        places = {str(place): one for place, one in enumerate(mail.attachments)}
        if number not in places:
            raise Problem("not-found")
        found = places[number]
        kind = "text/calendar; charset=utf-8" if found.is_calendar else "application/octet-stream"
        headers = {**NEVER_KEPT, "content-disposition": f'attachment; filename="{found.name}"'}
        return Response(found.content, headers=headers, media_type=kind)

    async def _known(self, mail_id: str) -> Mail:
        mail = await asyncio.to_thread(self._mailbox.mail, mail_id)
        if mail is None:
            raise Problem("not-found")
        return mail

    def _linked(self, text: str | None) -> Markup | None:
        """Return the text with the addresses of this gateway as links, path-absolute; all others stay text."""
        if text is None:
            return None
        parts, end = [Markup("")], 0
        for found in _ADDRESS.finditer(text):
            path = found[0].removeprefix(self._public_url)
            if path == found[0] or path.startswith("/"):
                continue
            parts.append(escape(text[end : found.start()]))
            parts.append(Markup('<a href="{}">{}</a>').format(f"{self._prefix}/{path}", found[0]))
            end = found.end()
        return Markup("").join([*parts, escape(text[end:])])

    def _answer(
        self, template: str, title: str, values: Mapping[str, object], path: str, *, is_one: bool = False
    ) -> Response:
        back = (Link(self._to.place(MAILS), translate("page.mails.title", self._language)),) if is_one else ()
        page = Page(template, title, values, path=path, breadcrumb=back, headers=NEVER_KEPT)
        return self._renderer.response(page, self._language)


def demonstration_routes(gateway: Gateway, renderer: Renderer, language: str) -> APIRouter:
    """Return the routes. They are for demonstrations only: whoever reaches them reads every mail."""
    router = APIRouter(include_in_schema=False)
    routes = DemonstrationRoutes(gateway, renderer, language)
    router.get(f"/{MAILS}")(routes.mails)
    router.get(f"/{MAILS}/{{mail_id}}")(routes.mail)
    router.get(f"/{MAILS}/{{mail_id}}/{{number}}")(routes.attachment)
    return router
