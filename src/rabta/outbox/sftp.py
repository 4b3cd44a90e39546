"""A file by sftp: beside its place, on from where it stopped, and then into it.

``reput`` goes on from the length alone, whatever lies there. So the name of what lies
beside the place bears the digest of what is sent: nothing else is ever gone on with.
"""

from collections.abc import Sequence
from urllib.parse import urlsplit

from rabta.model import Upload


DIFFERS = 65
"""The exit code where what came back is not what was sent."""
_SCRIPT = """
go() {
  verb=$1; shift
  { printf '%s "%s" "%s"\\n' "$verb" "$F" "$P"
    if [ -n "$B" ]; then printf 'get "%s" "%s"\\n' "$P" "$B"; else name; fi
  } | sftp -b - "$@"
}
name() { printf 'rename "%s" "%s"\\n' "$P" "$T"; }
go reput "$@"
code=$?
if [ $code = 1 ]; then go put "$@"; code=$?; fi
[ $code = 0 ] && [ -n "$B" ] || exit $code
if cmp -s "$F" "$B"; then name | sftp -b - "$@"; exit; fi
printf 'rm "%s"\\n' "$P" | sftp -b - "$@"
exit DIFFERS
""".replace("DIFFERS", str(DIFFERS))
"""sftp ends with 1 where it does not do what it is told: ``reput`` wants a file that is
there and shorter, so then all of it is put. A name that would end its line or its
quotes is refused before."""


def argv_for(
    work: Upload, sha256: str, back: str, options: Sequence[str]
) -> tuple[str, ...]:
    """Return the command that sends *work*, whose content has the digest *sha256*.

    *back*: where it is read back to and compared; empty for not at all.
    """
    url = urlsplit(work.url)
    user = f"{url.username}@" if url.username else ""
    place = url.path
    named = {
        "F": work.file,
        "T": place,
        "P": f"{place}.{sha256[:16]}.rabta-part",
        "B": back,
    }
    files = [f"{name}={value}" for name, value in named.items()]
    script = ("sh", "-c", _SCRIPT, "sftp")
    return ("env", *files, *script, *options, f"{user}{url.hostname}")
