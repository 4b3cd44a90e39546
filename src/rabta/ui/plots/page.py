"""A page that holds drawings and says in two languages what they show.

One file that asks for nothing: no script, no font, no link out; its policy forbids it.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from html import escape

from rabta.locale import DIRECTION
from rabta.ui.plots.shapes import Figure
from rabta.ui.plots.svg import svg


_STYLE = """
:root{color-scheme:light dark;font:16px/1.5 system-ui,sans-serif}
body{margin:0 auto;padding:1rem;max-width:62rem}
svg{max-width:100%;height:auto;display:block;margin-block:1rem}
table{border-collapse:collapse;width:100%;margin-block:.5rem 1.5rem}
th,td{padding:.3rem .6rem;text-align:start;border-block-end:1px solid #8886}
.wide{overflow-x:auto}
[lang=ur]{font-family:"Noto Nastaliq Urdu","Jameel Noori Nastaleeq",serif;
line-height:2.2}
input[name=language]{position:absolute;opacity:0}
label{display:inline-block;padding:.1rem .8rem;border:1px solid #8886;cursor:pointer}
input:focus-visible+label{outline:2px solid}
input:checked+label{font-weight:700;border-color:currentcolor}
.said{display:none}
#en:checked~main .said[lang=en],#ur:checked~main .said[lang=ur]{display:block}
"""
_POLICY = "default-src 'none'; style-src 'unsafe-inline'"
_NAMES = {"en": "English", "ur": "اردو"}


@dataclass(frozen=True, slots=True)
class Said:
    """What stands around one drawing, in one language."""

    language: str
    title: str
    before: tuple[str, ...]
    """Paragraphs above the drawing."""
    head: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    """A table of the disruptions; cells may be empty."""
    after: tuple[str, ...]
    """Paragraphs below the table."""


def page(entries: Sequence[tuple[Figure, Sequence[Said]]], language: str) -> str:
    """Return the whole page; *language* is the one shown first."""
    title = next(said.title for said in entries[0][1] if said.language == language)
    switches = "".join(
        f'<input type="radio" name="language" id="{code}"'
        f"{' checked' if code == language else ''}>"
        f'<label for="{code}" lang="{code}">{name}</label> '
        for code, name in _NAMES.items()
    )
    sections = "".join(_section(figure, said) for figure, said in entries)
    return (
        f'<!doctype html><html lang="{language}" dir="{DIRECTION[language]}">'
        f'<head><meta charset="utf-8">'
        f'<meta http-equiv="Content-Security-Policy" content="{_POLICY}">'
        f'<meta name="viewport" content="width=device-width">'
        f"<title>{escape(title)}</title><style>{_STYLE}</style></head>"
        f"<body>{switches}<main>{sections}</main></body></html>\n"
    )


def _section(figure: Figure, said: Sequence[Said]) -> str:
    above = "".join(
        _block(
            one,
            f"<h1>{escape(one.title)}</h1>"
            + "".join(f"<p>{escape(text)}</p>" for text in one.before),
        )
        for one in said
    )
    below = "".join(
        _block(
            one,
            _table(one) + "".join(f"<p>{escape(text)}</p>" for text in one.after),
        )
        for one in said
    )
    return f"<section>{above}{svg(figure, words=False)}{below}</section>"


def _block(one: Said, content: str) -> str:
    direction = DIRECTION[one.language]
    return f'<div class="said" lang="{one.language}" dir="{direction}">{content}</div>'


def _table(one: Said) -> str:
    if not one.rows:
        return ""
    head = "".join(f'<th scope="col">{escape(cell)}</th>' for cell in one.head)
    rows = "".join(
        f"<tr>{''.join(f'<td><bdi>{escape(cell)}</bdi></td>' for cell in row)}</tr>"
        for row in one.rows
    )
    return (
        f'<div class="wide"><table><thead><tr>{head}</tr></thead>'
        f"<tbody>{rows}</tbody></table></div>"
    )
