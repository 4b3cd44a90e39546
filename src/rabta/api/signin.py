"""Signing in: by a link that works once, or with the token."""

from dataclasses import dataclass
from typing import Any
from urllib.parse import parse_qs

import msgspec
from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import HTMLResponse, RedirectResponse, Response

from rabta.api.guard import COOKIE, Keys
from rabta.api.problems import answers, problem
from rabta.api.reader import Pages


_LONGEST_FORM = 4096
_MONTH = 2_592_000


@dataclass(frozen=True, slots=True)
class Link:
    """A way in for one browser."""

    path: str
    """Good once, for ten minutes."""


def router(keys: Keys, pages: Pages) -> APIRouter:
    """Build the sign-in page and the making of links."""
    routes = APIRouter(tags=["sign-in"])

    def admit(request: Request, outcome: str) -> Response:
        if outcome != "done":
            code = 401 if outcome == "wrong" else 200
            return pages.page(request, "signin.html", code=code, outcome=outcome)
        # A page, not a redirect: behind a redirect from a link in a mail, browsers
        # would hold a SameSite=Strict cookie back.
        answer = pages.page(request, "signin.html", outcome="done")
        answer.set_cookie(
            COOKIE, keys.cookie, max_age=_MONTH, httponly=True, samesite="strict"
        )
        return answer

    @routes.get("/signin", include_in_schema=False, response_class=HTMLResponse)
    def ask(request: Request, key: str = "") -> Any:
        if not keys.needed:
            return RedirectResponse("/", 303)
        if not key:
            return admit(request, "")
        return admit(request, "done" if keys.redeem(key) else "wrong")

    @routes.post("/signin", include_in_schema=False, response_class=HTMLResponse)
    async def enter(request: Request) -> Any:
        form = b""
        async for chunk in request.stream():
            form += chunk
            if len(form) > _LONGEST_FORM:
                return problem(422, "the form is too long")
        token = parse_qs(form.decode("utf-8", "replace")).get("token", [""])[0]
        return admit(request, "done" if keys.is_token(token) else "wrong")

    @routes.post("/api/signin-links", status_code=201, responses=_answers())
    def link() -> Response:
        """Make a link that signs one browser in: good once, for ten minutes."""
        if not keys.needed:
            return problem(404, "nobody has to sign in here")
        made = msgspec.json.encode(Link(keys.link()))
        return Response(made, 201, media_type="application/json")

    return routes


def _answers() -> dict[int | str, dict[str, Any]]:
    found = answers(Link, 401, 403, 404)
    found[201] = found.pop(200)
    return found
