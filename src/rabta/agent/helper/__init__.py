"""``rabta helper``: a small server abroad that other Rabtas measure against.

It answers nobody without the token, fetches nothing on request but the services it
was told of, passes nobody's bytes on, and moves no more than it is allowed to.
"""

from rabta.agent.helper.identity import Identity
from rabta.agent.helper.server import Helper, Limits


__all__ = ["Helper", "Identity", "Limits"]
