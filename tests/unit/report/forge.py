"""Ways in which the owner of the key may forge a report before sealing it again.

Each changes the document, told as JSON, and leaves its evidence as it is. Whoever has
the key can seal whatever he likes: what gives him away is that it does not follow.
"""

import json
import re
from dataclasses import replace

from rabta.locale import LANGUAGES
from rabta.report.document import encoded, report_of
from rabta.report.evidence import document as form
from rabta.report.evidence import open_document, seal_document
from rabta.report.evidence.keys import fingerprint
from rabta.report.paper import paper_of
from rabta.report.pdf import pdf


def resealed(content, change, key, dice):
    """Return the sealed JSON report *content* with *change* made, sealed by *key*."""
    document = json.loads(open_document(content).document)
    change(document, dice)
    return seal_document(b"", "json", json.dumps(document).encode(), key)


def reworded(content, change, key, dice):
    """Return the sealed HTML report *content*, its page changed, sealed by *key*."""
    opened = open_document(content)
    page = change(opened.page.decode(), dice).encode()
    return seal_document(page, "html", opened.document, key)


def redrawn(content, change, key, dice):
    """Return the sealed PDF report *content*, its page changed, sealed by *key*."""
    opened = open_document(content)
    page = change(opened, dice)
    return seal_document(page, "pdf", opened.document, key)


def sealed_again(content, key):
    """Return the PDF *content*, whose bytes were changed, under a seal that holds."""
    body = content[: content.rindex(b"%rabta-seal")]
    sign = key.sign(form._signed(body)).hex()
    told = f"rabta-seal 1 {key.public.hex()} {sign}"
    return form._with_seal(body, "pdf", told.encode())


def _line(document, dice):
    return dice.choice(document["lines"])


def _hour(document, dice):
    return dice.choice(_line(document, dice)["hours"])


def omit_hour(document, dice):
    hours = _line(document, dice)["hours"]
    del hours[dice.randrange(len(hours))]


def keep_the_worst(document, dice):
    """Three hours of all, the figures and terms made of them."""
    line = _line(document, dice)
    line["hours"] = sorted(
        sorted(line["hours"], key=lambda one: -one["lost"])[:3],
        key=lambda one: one["start"],
    )
    line["nearby"] |= {"hours": 3, "loss": {"low": 0.97, "high": 0.99}}
    for judgement in document["judgements"]:
        for result in judgement["results"]:
            result["outcome"] = "violated"


def alter_hour(document, dice):
    hour = _hour(document, dice)
    hour["lost"] = hour["sent"] - hour["lost"] + 1


def slow_hour(document, dice):
    _line(document, dice)["hours"][0]["delay"] += 0.1 + dice.random()


def double_hour(document, dice):
    hours = _line(document, dice)["hours"]
    hours.append(dice.choice(hours))


def move_hour(document, dice):
    _hour(document, dice)["start"] += dice.choice((1, 7)) * 3_600_000_000 - 1


def alter_loss(document, dice):
    _line(document, dice)["nearby"]["loss"] = {"low": 0.97, "high": 0.99}


def alter_delay(document, dice):
    name = dice.choice(("median", "p95", "p99", "maximum"))
    told = _line(document, dice)["nearby"][f"delay_{name}"]
    told["low"] = told["low"] * 2


def alter_availability(document, dice):
    _line(document, dice)["availability"]["share"]["high"] = 0.5 * dice.random()


def prolong_outage(document, dice):
    told = _line(document, dice)["availability"]["longest_seconds"]
    told["low"] += 3600 * dice.randint(1, 20)


def repair_late(document, dice):
    """A longest outage that the provider had to end sooner."""
    found = [
        one
        for judgement in document["judgements"]
        for one in judgement["results"]
        if one["term"]["measure"] == "longest-outage"
    ]
    result = dice.choice(found)
    result["figure"] = {"low": 1e6, "high": 2e6}
    result["outcome"] = "violated"


def know_all(document, dice):
    """Tell that nothing was unknown."""
    line = _line(document, dice)
    line["unknown"] = []
    if "unmeasured" in line:
        line["unmeasured"] = []
    line["availability"]["unknown_seconds"] = 0.0


def hide_figures(document, dice):
    del _line(document, dice)["nearby"]


def drop_lines(document, dice):
    document["lines"] = []


def forget_lines(document, dice):
    del document["lines"]


def mangle_lines(document, dice):
    document["lines"] = {"fibre": document["lines"]}


def double_line(document, dice):
    document["lines"].append(dice.choice(document["lines"]))


def drop_series(document, dice):
    series = _line(document, dice)["series"]
    del series[dice.randrange(len(series))]


def other_probe(document, dice):
    dice.choice(_line(document, dice)["series"])[2] = "tcp"


def other_period(document, dice):
    document["stop"] += dice.randint(1, 30) * 86_400_000_000


def _result(document, dice):
    return dice.choice(dice.choice(document["judgements"])["results"])


def violate_term(document, dice):
    result = _result(document, dice)
    result["outcome"] = "met" if result["outcome"] == "violated" else "violated"


def alter_term(document, dice):
    found = [
        one
        for judgement in document["judgements"]
        for one in judgement["results"]
        if one["figure"]["low"] is not None
        and one["term"]["measure"] in {"loss", "delay", "variation"}
    ]
    figure = dice.choice(found)["figure"]
    figure["low"] = figure["low"] / 2 + 0.3
    figure["high"] = figure["low"] + 0.01


def drop_term(document, dice):
    results = dice.choice(document["judgements"])["results"]
    del results[dice.randrange(len(results))]


def judge_another(document, dice):
    dice.choice(document["judgements"])["uplink"] = "other"


def alter_day(document, dice):
    day = dice.choice(_line(document, dice)["days"])
    day["availability"]["low"] = 0.5 * dice.random()


def alter_provider(document, dice):
    _line(document, dice)["provider"]["down_seconds"]["high"] += 3600.0


def alter_together(document, dice):
    document["together"]["outages"] += dice.randint(1, 9)


def drop_incident(document, dice):
    """What counts is no incident that is told."""
    uplink = _line(document, dice)["uplink"]
    document["incidents"] = [
        one for one in document["incidents"] if one["entity"] != f"uplink/{uplink}"
    ]


def lengthen_trouble(document, dice):
    dice.choice(_line(document, dice)["troubles"])["end"] += 3_600_000_000


def drop_troubles(document, dice):
    del _line(document, dice)["troubles"]


def excuse_outage(document, dice):
    """The provider's own fault, told as a power cut."""
    for one in _line(document, dice)["troubles"]:
        one["cause"] = "power" if one["cause"] == "isp" else "isp"


def leave_out_more(document, dice):
    start = document["start"]
    dice.choice(document["judgements"])["excluded"].append([start, start + 3600])


def raise_credit(document, dice):
    for one in document["judgements"]:
        if one["credit"]["high"] is not None:
            one["credit"]["high"] += dice.randint(1, 1000)


def alter_rate(document, dice):
    line = _line(document, dice)
    dice.choice(line["downloads"])["bits_per_second"] *= 0.9


def drop_rate(document, dice):
    tests = _line(document, dice)["downloads"]
    del tests[dice.randrange(len(tests))]


def fake_rate(document, dice):
    line = _line(document, dice)
    line["uploads"].append(dict(dice.choice(line["uploads"])))


OWNER = (
    omit_hour,
    keep_the_worst,
    alter_hour,
    slow_hour,
    double_hour,
    move_hour,
    alter_loss,
    alter_delay,
    alter_availability,
    prolong_outage,
    repair_late,
    know_all,
    hide_figures,
    drop_lines,
    forget_lines,
    mangle_lines,
    double_line,
    drop_series,
    other_probe,
    other_period,
    violate_term,
    alter_term,
    drop_term,
    judge_another,
    alter_day,
    alter_provider,
    alter_together,
    drop_incident,
    lengthen_trouble,
    drop_troubles,
    excuse_outage,
    leave_out_more,
)
CLAIM = (raise_credit, alter_rate, drop_rate, fake_rate)
"""In a report with a contract and throughput tests."""
CLIENT = (
    alter_availability,
    prolong_outage,
    know_all,
    alter_day,
    alter_together,
    drop_incident,
    lengthen_trouble,
    drop_troubles,
)
"""In a report for a client, who sees neither causes nor figures."""


# the page, in the facts' place


def other_figure(page, dice):
    """One digit of what people read."""
    body = page.index("<main>")
    places = [at.start() for at in re.finditer(r"(?<=>)\d", page) if at.start() > body]
    at = dice.choice(places)
    return page[:at] + str((int(page[at]) + dice.randint(1, 9)) % 10) + page[at + 1 :]


def other_mood(page, dice):
    """What is bad looks good."""
    return page.replace(".bad{color:var(--bad)}", ".bad{color:var(--good)}", 1)


def hide_some(page, dice):
    """Told, and not shown."""
    return page.replace("</style>", "section:nth-child(2){display:none}</style>", 1)


def say_more(page, dice):
    return page.replace("</main>", "<p>All of it by your fault.</p></main>", 1)


def say_less(page, dice):
    texts = list(re.finditer(r"<p>[^<]+</p>\n", page))
    one = dice.choice(texts)
    return page[: one.start()] + page[one.end() :]


def draw_another(page, dice):
    boxes = list(re.finditer(r"<rect [^>]*/>", page))
    one = dice.choice(boxes)
    return page[: one.start()] + page[one.end() :]


def other_language(page, dice):
    return page.replace('<html lang="en"', '<html lang="ur"', 1)


# the page of a PDF


def other_verdict(opened, dice):
    """Typeset anew from the same facts, with another first sentence."""
    facts = json.loads(opened.document)
    facts.pop("evidence")
    data = encoded(facts)
    report = report_of(data)
    paper = paper_of(report, dice.choice(LANGUAGES), fingerprint(opened.public))
    said = f"{dice.randint(2, 99)} terms were violated."
    return pdf(replace(paper, verdict=said), data, report.made_at)


def other_facts(opened, dice):
    """A page of other figures than are enclosed."""
    facts = json.loads(opened.document)
    facts.pop("evidence")
    prolong_outage(facts, dice)
    data = encoded(facts)
    report = report_of(data)
    paper = paper_of(report, "en", fingerprint(opened.public))
    return pdf(paper, data, report.made_at)


def other_stroke(opened, dice):
    """One byte of what is drawn."""
    page = bytearray(opened.page)
    streams = [at.end() for at in re.finditer(rb"stream\n", opened.page)]
    page[dice.choice(streams[:-1]) + 9] ^= 1 << dice.randrange(8)
    return bytes(page)


DRAWN = (other_verdict, other_facts, other_stroke)
WORDS = (
    other_figure,
    other_mood,
    hide_some,
    say_more,
    say_less,
    draw_another,
    other_language,
)
