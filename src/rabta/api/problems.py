"""Errors as problem documents (RFC 9457): what went wrong and what to do."""

from dataclasses import dataclass
from typing import Any

import msgspec
from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from starlette.exceptions import HTTPException
from starlette.responses import Response

from rabta.api.reader import Pages
from rabta.errors import RabtaError, StoreError, UsageError


@dataclass(frozen=True, slots=True)
class Problem:
    """A problem document; *cure* is Rabta's own member: what to do about it."""

    type: str
    title: str
    status: int
    detail: str
    cure: str


PROBLEM_TYPE = "application/problem+json"
PROBLEM_SCHEMA = {"$ref": "#/components/schemas/Problem"}
_TITLES = {
    400: "The request cannot be read",
    401: "Sign in first",
    403: "Not allowed from there",
    404: "There is no such thing",
    405: "Not that way",
    406: "Not in that form",
    421: "Not the name of this machine",
    422: "A parameter cannot be used",
    500: "Rabta made a mistake",
    503: "Not at the moment",
}


def problem(
    status: int, detail: str, cure: str = "", headers: dict[str, str] | None = None
) -> Response:
    """Build the answer."""
    title = _TITLES.get(status, "The request failed")
    document = Problem("about:blank", title, status, detail, cure)
    return Response(
        msgspec.json.encode(document),
        status,
        media_type=PROBLEM_TYPE,
        headers=headers,
    )


def answers(
    model: Any, *problems: int, also: str = ""
) -> dict[int | str, dict[str, Any]]:
    """Say in OpenAPI what a route answers with, in good and in bad times.

    *also* is a media type beside JSON.
    """
    found: dict[int | str, dict[str, Any]] = {
        200: {"model": model, "description": "The answer"}
    }
    if also:
        found[200]["content"] = {also: {"schema": {"type": "string"}}}
    for status in problems:
        content = {PROBLEM_TYPE: {"schema": PROBLEM_SCHEMA}}
        found[status] = {"description": _TITLES[status], "content": content}
    return found


def install(app: FastAPI, pages: Pages) -> None:
    """Answer errors with a problem document; what is missing, to people, by a page."""

    @app.exception_handler(HTTPException)
    async def http(request: Request, error: HTTPException) -> Response:
        missing = error.status_code == 404
        if missing and _is_for_people(request):
            return pages.page(request, "missing.html", code=404)
        cure = "see /api/docs for what there is" if missing else ""
        headers = dict(error.headers) if error.headers else None
        return problem(error.status_code, str(error.detail), cure, headers)

    @app.exception_handler(RequestValidationError)
    async def invalid(_: Request, error: RequestValidationError) -> Response:
        wrong = "; ".join(
            f"{'.'.join(str(part) for part in one['loc'][1:])}: {one['msg']}"
            for one in error.errors()
        )
        return problem(422, wrong, "see /api/docs for the accepted forms")

    @app.exception_handler(RabtaError)
    async def rabta(_: Request, error: RabtaError) -> Response:
        match error:
            case UsageError():
                status = 422
            case StoreError():
                status = 503
            case _:
                status = 500
        return problem(status, error.message, error.hint)


def _is_for_people(request: Request) -> bool:
    asked = request.headers.get("accept", "")
    return "text/html" in asked and not request.url.path.startswith("/api/")
