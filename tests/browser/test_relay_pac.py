"""A browser reads the relay's file for automatic configuration as it is meant."""

import json

from rabta.steer.relay.pac import pac


NEAR = (
    *("localhost", "app.localhost", "printer", "NAS.local", "nas.home.arpa"),
    *("127.0.0.1", "10.1.2.3", "172.16.0.1", "192.168.1.1", "169.254.1.1"),
    *("::1", "[::1]", "fd00::1", "fe80::1"),
)
FAR = (
    *("zoom.us", "10.example.com", "192.168.1.evil.com", "local.example", "fd.example"),
    *("8.8.8.8", "172.32.0.1", "2606:4700::1", "[2606:4700::1]"),
)


def test_the_neighbourhood_is_reached_directly_and_all_else_by_the_relay(browser):
    page = browser.new_page()
    text = pac("127.0.0.1:4882") + (
        "; HOSTS.map(host => FindProxyForURL(`http://${host}/`, host))"
    )
    told = page.evaluate(
        f"(() => {{ const HOSTS = {json.dumps(NEAR + FAR)};"
        f" return eval({json.dumps(text)}); }})()"
    )
    page.close()
    assert told == ["DIRECT"] * len(NEAR) + ["PROXY 127.0.0.1:4882"] * len(FAR)
