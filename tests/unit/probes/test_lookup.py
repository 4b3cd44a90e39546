"""A question that is no probe, against a name server on loopback."""

import asyncio

import dns.message
import dns.rcode
import dns.rrset

from rabta.clock import SystemClock
from rabta.probes.binding import Binding
from rabta.probes.lookup import look_up


LO = Binding("", "", 4, "none")


async def ask(respond, kind="TXT", domain="IN", patience=2.0):
    """Ask a server that answers with what *respond* makes of the query."""

    class Server(asyncio.DatagramProtocol):
        def connection_made(self, transport):
            self.transport = transport

        def datagram_received(self, data, peer):
            for wire in respond(dns.message.from_wire(data)):
                self.transport.sendto(wire, peer)

    loop = asyncio.get_running_loop()
    transport, _ = await loop.create_datagram_endpoint(
        Server, local_addr=("127.0.0.1", 0)
    )
    port = transport.get_extra_info("sockname")[1]
    try:
        return await look_up(
            *(LO, "127.0.0.1", "me.example", kind, domain),
            clock=SystemClock(),
            patience=patience,
            port=port,
        )
    finally:
        transport.close()


def answer(query, *records, domain="IN", kind="TXT", name="me.example."):
    made = dns.message.make_response(query)
    if records:
        made.answer.append(dns.rrset.from_text(name, 30, domain, kind, *records))
    return made


async def test_texts_are_joined_and_what_it_took_is_counted():
    told, spent = await ask(lambda q: [answer(q, '"17557 | " "39/8"').to_wire()])

    assert told == ("17557 | 39/8",)
    assert spent > 2 * 28


async def test_an_address_and_another_class_can_be_asked_for():
    told, _ = await ask(lambda q: [answer(q, "192.0.2.9", kind="A").to_wire()], "A")
    assert told == ("192.0.2.9",)

    told, _ = await ask(
        lambda q: [answer(q, '"192.0.2.9"', domain="CH").to_wire()], domain="CH"
    )
    assert told == ("192.0.2.9",)


async def test_garbage_and_an_answer_to_another_question_are_passed_over():
    def respond(query):
        foreign = answer(query, '"forged"')
        foreign.id ^= 1
        return [b"\0" * 7, foreign.to_wire(), answer(query, '"true"').to_wire()]

    told, _ = await ask(respond)

    assert told == ("true",)


async def test_no_such_name_and_silence_are_nothing():
    def refuse(query):
        made = answer(query)
        made.set_rcode(dns.rcode.NXDOMAIN)
        return [made.to_wire()]

    assert (await ask(refuse))[0] == ()
    assert (await ask(lambda _: [], patience=0.05))[0] == ()
