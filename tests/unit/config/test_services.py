"""Services by name or URL, and the controls each is judged by."""

from urllib.parse import urlsplit

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rabta.config import Service, load
from rabta.config.catalogue import catalogue, choose
from rabta.config.services import expand
from rabta.config.targets import targets
from rabta.errors import ConfigError
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
    ours = [t for t in found if t.control_for == "github"]
    controls = {t.role: t for t in ours if Probe.FETCH not in t.probes}
    for family in (4, 6):
        asked = {t.role for t in ours if t.families == (family,)}
        assert asked == {"trusted-dns", "public-dns", "non-resolver"}

    assert set(controls) == {
        "",
        "trusted-dns",
        "public-dns",
        "non-resolver",
        "innocuous-sni",
        "neutral-helper",
        "helper-name",
        "sibling",
    }
    assert all(t.rung is Rung.CONTROL for t in controls.values())
    assert controls["sibling"].interval == controls["public-dns"].interval == 900.0
    assert controls["trusted-dns"].query == "github.com"
    assert controls["innocuous-sni"].host == "github.com"
    assert controls["innocuous-sni"].sni != "github.com"
    assert controls["neutral-helper"].host != "github.com"
    assert controls["neutral-helper"].sni == "github.com"
    own = controls["helper-name"]
    assert own.host == own.sni == controls["neutral-helper"].host
    assert len({t.host for t in ours if t.role == "neutral-helper"}) == 2


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


def test_a_page_is_timed_in_pairs_and_visited(tmp_path):
    file = tmp_path / "rabta.toml"
    file.write_text("services = ['github', 'https://shop.test/robots.txt']\n", "utf-8")
    found = {t.name: t for t in targets(load(file, {"HOME": str(tmp_path)}))}
    own, pair = found["github/fetch"], found["github/innocuous-sni-fetch"]

    assert own.probes == pair.probes == (Probe.FETCH,)
    assert own.url == pair.url == found["github/page"].url == "https://github.com/"
    assert found["github"].url == "https://github.com/robots.txt"
    assert (own.host, own.role, own.sni) == (pair.host, "", "github.com")
    assert (pair.role, pair.sni) == ("innocuous-sni", found["github/innocuous-sni"].sni)
    assert found["github/page"].probes == (Probe.HTTP,)
    assert found["shop.test-robots.txt/fetch"].url == "https://shop.test/robots.txt"
    assert "shop.test-robots.txt/innocuous-sni-fetch" in found
    assert "shop.test-robots.txt/page" not in found


def test_the_page_and_the_sibling_of_the_catalogue_are_on_the_right_hosts():
    for name, service in catalogue().items():
        host = urlsplit(service.url).hostname
        assert service.sibling, name
        assert service.sibling != host, name
        if service.page:
            assert urlsplit(service.page).hostname == host, name


def configured(tmp_path, text):
    file = tmp_path / "rabta.toml"
    file.write_text(text, "utf-8")
    return load(file, {"HOME": str(tmp_path), "TZ": "UTC"}).services


def test_a_table_adds_to_a_service_or_adds_one(tmp_path):
    text = """
services = ["https://shop.test/health"]
[[service]]
name = "https://shop.test/health"
sibling = "www.shop.test"
page = "https://shop.test/all"
[[service]]
name = "upwork"
sibling = "192.0.2.9"
"""
    shop, upwork = configured(tmp_path, text)

    assert (shop.sibling, shop.page) == ("www.shop.test", "https://shop.test/all")
    assert upwork.sibling == "192.0.2.9"
    assert upwork.page == catalogue()["upwork"].page
    found = {t.name: t for t in expand(shop)}
    assert found["shop.test-health/sibling"].probes == (Probe.TCP, Probe.TLS)
    assert found["shop.test-health/page"].url == "https://shop.test/all"
    (sibling,) = [t for t in expand(upwork) if t.role == "sibling"]
    assert (sibling.families, sibling.sni) == ((4,), "")


def test_the_sibling_of_a_plain_site_is_connected_to_where_plain_sites_are():
    found = expand(Service("x", "x", "http://shop.test/", sibling="www.shop.test"))
    (sibling,) = [t for t in found if t.role == "sibling"]

    assert (sibling.probes, sibling.port, sibling.sni) == ((Probe.TCP,), 80, "")


@pytest.mark.parametrize(
    ("table", "said"),
    [
        ("sibling = 'a.test'", r":1: service\[1\]: name: missing|:1: .*name: missing"),
        ("name = 'githbu'", r":2: service\[1\]\.name: there is no service"),
        ("name = 'github'\nsibling = 'a b'", r":3: service\[1\]\.sibling: expected an"),
        (
            "name = 'github'\npage = 'https://other.test/'",
            r":3: service\[1\]\.page: expected a URL under https://github.com/, got",
        ),
        ("name = 'github'\n[[service]]\nname = 'github'", r":4: .*has a table already"),
        ("name = 'github'\npages = 'x'", r"did you mean 'page'"),
    ],
)
def test_a_mistake_in_a_table_is_named(tmp_path, table, said):
    with pytest.raises(ConfigError, match=said):
        configured(tmp_path, f"[[service]]\n{table}\n")
