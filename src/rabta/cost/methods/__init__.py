"""One file a method: an event and the figures in, prices or a refusal out."""

from collections.abc import Callable, Mapping

from rabta.cost.event import Event
from rabta.cost.facts import Facts
from rabta.cost.line import Said
from rabta.cost.methods.commerce import commerce
from rabta.cost.methods.deloitte import deloitte
from rabta.cost.methods.deloitte_people import deloitte_people
from rabta.cost.methods.freelancers import freelancers
from rabta.cost.methods.gdp_share import gdp_share
from rabta.cost.methods.icrier import icrier
from rabta.cost.methods.it_sector import it_sector
from rabta.cost.methods.netloss import netloss
from rabta.cost.methods.pide import pide
from rabta.cost.methods.reported import reported
from rabta.cost.methods.slow_growth import slow_growth
from rabta.cost.methods.speed_exports import speed_exports


Method = Callable[[Event, Facts], list[Said]]

METHODS: Mapping[str, Method] = {
    "gdp_share": gdp_share,
    "deloitte": deloitte,
    "pide": pide,
    "icrier": icrier,
    "it_sector": it_sector,
    "speed_exports": speed_exports,
    "slow_growth": slow_growth,
    "commerce": commerce,
    "freelancers": freelancers,
    "reported": reported,
    "deloitte_people": deloitte_people,
    "netloss": netloss,
}
"""In the order they are shown."""
