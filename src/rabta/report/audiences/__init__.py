"""Who reads it: one file each, from facts to what stands on the pages."""

from collections.abc import Callable, Mapping

from rabta.report.audiences import client, freelancer, isp, management, regulator
from rabta.report.audiences.common import Content
from rabta.report.facts import Report
from rabta.report.voice import Voice


AUDIENCES: Mapping[str, Callable[[Report, Voice], Content]] = {
    "client": client.content,
    "isp": isp.content,
    "regulator": regulator.content,
    "management": management.content,
    "freelancer": freelancer.content,
}
