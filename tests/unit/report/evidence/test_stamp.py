"""A time-stamping authority signs when a checkpoint existed; OpenSSL's does here."""

import shutil
import time

import pytest

from rabta.clock import HOUR, SECOND
from rabta.probes import certificate_trust
from rabta.report.evidence import Mark, bundle, encode, shapes, stamp, verify
from rabta.report.evidence.authority import ask
from rabta.store.evidence import Leaves
from tests.unit.report.evidence.authority import Authority
from tests.unit.report.evidence.office import Office
from tests.unit.report.evidence.test_chain import said
from tests.unit.store.helpers import T0


pytestmark = pytest.mark.skipif(not shutil.which("openssl"), reason="no openssl")


@pytest.fixture(scope="module")
def authority(tmp_path_factory):
    made = Authority(tmp_path_factory.mktemp("authority"))
    yield made
    made.close()


@pytest.fixture
def office(tmp_path, authority):
    authority.answer = None
    made = Office(tmp_path)
    made.clock.step(time.time_ns() // 1000 // HOUR * HOUR - 3 * HOUR - T0)
    made.start = made.clock.now()
    made.work(2, targets=1, interval=600)
    return made


@pytest.fixture
def trusting(authority, monkeypatch):
    monkeypatch.setenv("SSL_CERT_FILE", str(authority.root))
    monkeypatch.setenv("SSL_CERT_DIR", str(authority.root.parent / "none"))
    certificate_trust.trust_store.cache_clear()
    yield
    certificate_trust.trust_store.cache_clear()


def checked(office, change=None):
    made = bundle(office.path, office.start, office.start + 2 * HOUR)
    return verify(encode(made if change is None else change(made)))


@pytest.mark.usefixtures("trusting")
def test_a_stamp_of_a_trusted_authority_proves_by_when_records_existed(
    office, authority
):
    assert ask(office.path, authority.url)

    verified = checked(office)

    assert not verified.broken
    assert "time" not in said(verified, Mark.UNPROVEN)
    (told,) = [
        f.says for f in verified.findings.found if f.says.key.endswith("stamped")
    ]
    args = dict(told.args)
    assert args["authorities"] == ("Keeper of Time",)
    assert args["count"] == 2
    assert 2 * 3600 <= args["span"] <= 4 * 3600


def test_an_authority_nobody_knows_proves_nothing(office, authority):
    assert ask(office.path, authority.url)

    verified = checked(office)

    assert not verified.broken
    assert {"authority", "time"} <= said(verified, Mark.UNPROVEN)


@pytest.mark.usefixtures("trusting")
def test_it_is_asked_once_a_day_and_again_until_it_answers(office, authority):
    authority.answer, before = b"no", authority.asked
    assert not ask(office.path, authority.url)
    assert not ask(office.path, authority.url)
    assert authority.asked == before + 2
    authority.answer = None
    assert ask(office.path, authority.url)
    assert not ask(office.path, authority.url)
    assert authority.asked == before + 3
    office.wait(24 * HOUR)
    office.work(1, targets=1, interval=600)
    assert ask(office.path, authority.url)


def test_a_line_that_is_down_is_no_error(office):
    assert not ask(office.path, "http://127.0.0.1:9/tsa")


def test_an_answer_to_another_question_is_not_taken(office, authority):
    question, nonce = stamp.request("something else")
    other = authority.reply(question)
    with pytest.raises(ValueError, match="something else"):
        stamp.read(other, "this")
    assert stamp.read(other, "something else", nonce=nonce)
    with pytest.raises(ValueError, match="another question"):
        stamp.read(other, "something else", nonce=nonce + 1)
    authority.answer = other
    assert not ask(office.path, authority.url)
    with Leaves.read(office.path) as leaves:
        assert leaves.last_stamped() is None


@pytest.mark.usefixtures("trusting")
def test_a_token_that_was_moved_or_changed_is_found(office, authority):
    ask(office.path, authority.url)
    question, _ = stamp.request("another checkpoint")
    other = authority.reply(question)

    def moved(made):
        (one,) = made.earlier
        return shapes.msgspec.structs.replace(
            made, earlier=(shapes.msgspec.structs.replace(one, token=other),)
        )

    assert said(checked(office, moved), Mark.BROKEN) == {"token"}

    def flipped(made):
        (one,) = made.earlier
        token = bytearray(one.token)
        token[-20] ^= 1  # in the signature
        return shapes.msgspec.structs.replace(
            made, earlier=(shapes.msgspec.structs.replace(one, token=bytes(token)),)
        )

    assert "stamped" not in said(checked(office, flipped), Mark.PROVEN)


@pytest.mark.usefixtures("trusting")
def test_the_time_is_the_authoritys_not_the_machines(office, authority):
    question, _ = stamp.request("x")
    told = stamp.read(authority.reply(question), "x")

    assert told.believed
    assert abs(told.time - time.time_ns() // 1000) < 10 * SECOND
