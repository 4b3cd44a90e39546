"""A local SOCKS5 and HTTP proxy that picks the uplink for every connection."""
