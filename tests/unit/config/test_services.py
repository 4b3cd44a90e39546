"""Services by name or URL, and the controls each is judged by."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rabta.config import Service, load
from rabta.config.catalogue import catalogue, choose
from rabta.config.services import expand
from rabta.config.targets import targets
from rabta.model import Probe, Rung


def test_every_service_of_the_catalogue_is_well_formed():
    for name, service in catalogue().items():
        assert service.url.startswith("https://"), name
        assert service.title
        assert {target.name.partition("/")[0] for target in expand(service)} == {name}


@pytest.mark.parametrize(
    ("url", "name"),
    [
        ("https://shop.example.pk/health", "shop.example.pk-health"),
        ("https://shop.example.pk", "shop.example.pk"),
        ("http://192.0.2.1:8080/a/b.html", "192.0.2.1-8080-a-b.html"),
        ("https://[2001:db8::1]/", "2001-db8--1"),
    ],
)
def test_a_url_becomes_a_service_with_a_short_name(url, name):
    assert choose(url, catalogue()) == Service(
        name, url.split("/")[2].split(":8080")[0].strip("[]"), url
    )


@given(st.text(max_size=30))
def test_whatever_is_written_is_a_service_or_a_plain_complaint(text):
    try:
        service = choose(text, catalogue())
    except ValueError as error:
        message, hint = error.args
        assert isinstance(message, str)
        assert isinstance(hint, str)
    else:
        assert service.name


def test_a_service_is_probed_on_every_layer():
    main = expand(catalogue()["gmail"])[0]

    assert main.rung is Rung.SERVICE
    assert main.probes == (Probe.DNS, Probe.TCP, Probe.TLS, Probe.HTTP, Probe.QUIC)
    assert (main.interval, main.port, main.sni) == (60.0, 443, "mail.google.com")
    assert main.query == main.host == "mail.google.com"


def test_every_role_of_control_is_there_for_a_shipped_configuration(tmp_path):
    file = tmp_path / "rabta.toml"
    file.write_text("services = ['github']\n", "utf-8")
    found = targets(load(file, {"HOME": str(tmp_path), "TZ": "UTC"}))
    controls = {t.role: t for t in found if t.control_for == "github"}

    assert set(controls) == {
        "",
        "trusted-dns",
        "public-dns",
        "non-resolver",
        "innocuous-sni",
        "neutral-helper",
        "sibling",
    }
    assert all(
        t.rung is Rung.CONTROL and t.interval == 900.0 for t in controls.values()
    )
    assert controls[""].probes == (Probe.FETCH,)
    assert controls["trusted-dns"].query == "github.com"
    assert controls["innocuous-sni"].host == "github.com"
    assert controls["innocuous-sni"].sni != "github.com"
    assert controls["neutral-helper"].host != "github.com"
    assert controls["neutral-helper"].sni == "github.com"


def test_plain_http_has_no_tls_and_no_tls_controls(tmp_path):
    file = tmp_path / "rabta.toml"
    file.write_text("services = ['http://shop.example.pk:8080/']\n", "utf-8")
    found = targets(load(file, {"HOME": str(tmp_path), "TZ": "UTC"}))
    ours = [t for t in found if "shop" in t.name]

    assert ours[0].probes == (Probe.DNS, Probe.TCP, Probe.HTTP)
    assert ours[0].port == 8080
    assert not any(Probe.TLS in t.probes for t in ours)


def test_a_service_at_an_address_is_not_asked_of_any_resolver():
    main, *others = expand(Service("x", "x", "https://192.0.2.1/"))

    assert main.probes == (Probe.TCP, Probe.TLS, Probe.HTTP)
    assert main.families == (4,)
    assert main.sni == ""
    assert [other.probes for other in others] == [(Probe.FETCH,)]
