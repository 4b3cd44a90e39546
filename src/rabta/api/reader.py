"""Who reads a page: language, theme, time zone; and the page's frame."""

from typing import Any

from starlette.requests import Request
from starlette.responses import HTMLResponse

from rabta.api.settings import ApiSettings
from rabta.locale import LANGUAGES
from rabta.ui import Look, Words, render


LANGUAGE_COOKIE, THEME_COOKIE = "rabta-lang", "rabta-theme"
_YEAR = 31_536_000


class Pages:
    """Renders templates for the reader who asks."""

    def __init__(self, settings: ApiSettings) -> None:
        self._settings = settings

    def words(self, request: Request) -> Words:
        """Return the voice in which this reader is spoken to."""
        return Words(self._language(request), self._settings.zone)

    def page(
        self, request: Request, template: str, *, code: int = 200, **context: Any
    ) -> HTMLResponse:
        """Render *template*; a language asked for is remembered."""
        words = self.words(request)
        theme = request.cookies.get(THEME_COOKIE, "")
        look = Look(
            language=words.language,
            theme=theme if theme in {"light", "dark"} else "",
            path=request.url.path,
            simulated=self._settings.simulated,
            zone=getattr(self._settings.zone, "key", ""),
        )
        answer = HTMLResponse(
            render(template, look, words, **context),
            code,
            headers={"cache-control": "no-store", "vary": "cookie"},
        )
        if request.query_params.get("lang") == words.language:
            answer.set_cookie(
                LANGUAGE_COOKIE, words.language, max_age=_YEAR, samesite="strict"
            )
        return answer

    def _language(self, request: Request) -> str:
        for wish in (
            request.query_params.get("lang"),
            request.cookies.get(LANGUAGE_COOKIE),
        ):
            if wish in LANGUAGES:
                return wish
        return self._settings.language
