"""Where each key of a TOML document stands."""

import tomllib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rabta.config.lines import lines_of


DOCUMENT = '''\
# a comment with = and [brackets]
services = [
  "github",   # one
  'it"s',
  """many
lines""",
]
a.b = 1

[dashboard]  # here
port = 4880
"quo.ted" = "x # not a comment"

[[uplink]]
name = "a"
inline = { x = 1, y = [2, 3] }

[[uplink]]
name = "b"
date = 1979-05-27 07:32:00
[uplink.sub]
deep = true
[[uplink.more]]
z = 0
'''


@pytest.mark.parametrize(
    ("path", "line"),
    [
        (("services",), 2),
        (("services", 0), 3),
        (("services", 1), 4),
        (("services", 2), 5),
        (("a", "b"), 8),
        (("dashboard",), 10),
        (("dashboard", "port"), 11),
        (("dashboard", "quo.ted"), 12),
        (("uplink", 0), 14),
        (("uplink", 0, "name"), 15),
        (("uplink", 0, "inline", "x"), 16),
        (("uplink", 0, "inline", "y", 1), 16),
        (("uplink", 1, "name"), 19),
        (("uplink", 1, "date"), 20),
        (("uplink", 1, "sub", "deep"), 22),
        (("uplink", 1, "more", 0, "z"), 24),
    ],
)
def test_every_kind_of_key_has_its_line(path, line):
    assert lines_of(DOCUMENT)[path] == line


_KEY = st.from_regex(r"[a-z][a-z0-9_-]{0,8}", fullmatch=True)
_VALUE = st.recursive(
    st.one_of(
        st.integers().map(str),
        st.booleans().map(lambda truth: str(truth).lower()),
        st.sampled_from(['"a # b"', "'c = [d]'", '"""e\n]f"""', '"\\"g\\""', "1.5e3"]),
    ),
    lambda inner: st.lists(inner, max_size=3).map(
        lambda items: "[" + ",\n # and\n ".join(items) + "\n]"
    ),
    max_leaves=6,
)
_TABLE = st.dictionaries(_KEY, _VALUE, max_size=5)


@given(
    st.lists(
        st.tuples(st.booleans(), _KEY, _TABLE), max_size=6, unique_by=lambda t: t[1]
    )
)
def test_the_line_of_a_key_holds_that_key(tables):
    text = "".join(
        f"[[{name}]]\n" if repeated else f"[{name}]\n"
        for repeated, name, _ in tables[:0]
    )
    for repeated, name, pairs in tables:
        text += f"[[{name}]]\n" if repeated else f" [ {name} ]  # table\n"
        text += "".join(f"\n{key} = {value}\n" for key, value in pairs.items())
    parsed = tomllib.loads(text)
    lines = text.splitlines()

    found = lines_of(text)

    for repeated, name, pairs in tables:
        assert name in parsed
        for key in pairs:
            path = (name, 0, key) if repeated else (name, key)
            assert lines[found[path] - 1].startswith(f"{key} = ")


@given(st.text(alphabet="[]{}\"'=#,.ab1 \n", max_size=40))
def test_any_text_ends(text):
    """Text that is no TOML gives some answer, quickly, and no exception."""
    lines_of(text)
