"""The OpenAPI description, where it cannot be derived from the routes alone."""

from typing import Any

from fastapi import FastAPI
from fastapi.openapi.utils import get_openapi
from pydantic import TypeAdapter

from rabta.api.problems import Problem


# Sentences leave the API spoken, see rabta.locale.spoken
_MESSAGE = {
    "type": "object",
    "title": "Message",
    "description": "A sentence: its key and arguments, and its text in each language.",
    "properties": {
        "key": {"type": "string"},
        "args": {
            "type": "object",
            "additionalProperties": {
                "type": ["string", "number", "array"],
                "items": {"type": "string"},
            },
        },
        "en": {"type": "string"},
        "ur": {"type": "string"},
    },
    "required": ["key", "args", "en", "ur"],
}


def described(app: FastAPI) -> None:
    """Describe *app*, once, when somebody asks for it."""

    def openapi() -> dict[str, Any]:
        if app.openapi_schema is None:
            document = get_openapi(
                title=app.title,
                version=app.version,
                summary=app.summary,
                routes=app.routes,
            )
            schemas = document["components"]["schemas"]
            schemas["Message"] = _MESSAGE
            schemas["Problem"] = TypeAdapter(Problem).json_schema()
            app.openapi_schema = document
        return app.openapi_schema

    app.openapi = openapi  # type: ignore[method-assign]  # FastAPI's documented way
