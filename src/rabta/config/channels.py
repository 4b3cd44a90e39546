"""``[[channel]]``: where people are told of disruptions."""

from pathlib import Path

from rabta.config.read import Section
from rabta.config.settings import Channel


KINDS = ("webhook", "email", "telegram", "apprise")
CHANNEL_KEYS = (
    *("name", "kind", "url", "to", "sender", "user", "token_file"),
    *("after", "language"),
)
_FORMS = {
    "webhook": (r"https?://[^\s/@]+(/\S*)?", "an http(s) URL without a password"),
    "email": (r"smtps?://[^\s/@]+", 'a mail server such as "smtps://mail.example.com"'),
    "telegram": (r"https?://[^\s/@]+(/\S*)?", "the address of a Bot API"),
    "apprise": (r"", ""),
}


def channels(root: Section, folder: Path, language: str) -> tuple[Channel, ...]:
    """Read the tables; each kind says what it cannot do without."""
    found: list[Channel] = []
    for table in root.tables("channel", *CHANNEL_KEYS):
        kind = table.choice("kind", ("", *KINDS), "")
        if not kind:
            table.fail("kind", "missing; one of " + ", ".join(KINDS))
        default = "https://api.telegram.org" if kind == "telegram" else ""
        pattern, form = _FORMS[kind]
        url = table.text("url", default, pattern=pattern, form=form)
        if not url and kind != "apprise":
            table.fail("url", f"missing; {form}")
        to = table.text("to")
        if not to and kind in {"email", "telegram"}:
            table.fail("to", "missing; the address or the chat it goes to")
        token_file = table.path("token_file", folder)
        if token_file is None and kind in {"telegram", "apprise"}:
            table.fail("token_file", "missing; a file (chmod 600) with the secret")
        name = table.text("name", kind, pattern=r"[a-z0-9][a-z0-9._-]*", form="a name")
        if any(one.name == name for one in found):
            table.fail("name", f"{name!r} names two channels")
        found.append(
            Channel(
                name=name,
                kind=kind,
                url=url,
                to=to,
                sender=table.text("sender"),
                user=table.text("user"),
                token_file=token_file,
                after=table.seconds("after", 60.0, 0, 86400),
                language=table.choice("language", ("en", "ur"), language),
            )
        )
    return tuple(found)
