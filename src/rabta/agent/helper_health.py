"""Whether the helper that is configured answers, for ``rabta doctor``."""

from collections.abc import Sequence

from rabta.agent.addresses import family_of
from rabta.agent.blocking_test import ways
from rabta.agent.helper_client import aim_at
from rabta.clock import Clock
from rabta.config import Vantage, read_secret
from rabta.errors import ConfigError
from rabta.model import Message, Uplink
from rabta.probes.helper import ask_for


async def ask(
    helper: Vantage, uplinks: Sequence[Uplink], clock: Clock
) -> tuple[bool, Message]:
    """Ask *helper* once over the first line that fits; whether it answers, and how."""
    try:
        token = read_secret(helper.token_file) if helper.token_file else ""
    except ConfigError as error:
        return False, Message.of("doctor.helper.secret", problem=str(error))
    failed = "no_route"
    for way in ways(uplinks):
        aim = aim_at(helper, way, clock)
        if family_of(aim.address) != way.line.family:
            continue
        asked = await ask_for(aim, f"{helper.url}/", token, helper.fingerprint)
        if not asked.failure:
            return True, Message.of(
                "doctor.helper.answers", url=helper.url, seconds=asked.connect
            )
        failed = asked.failure
    return False, Message.of("doctor.helper.silent", url=helper.url, failure=failed)
