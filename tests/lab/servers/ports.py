"""Ports on which faults redirect traffic to servers of the lab."""

PORTAL_HTTP, PORTAL_TLS, MIDDLEBOX = 8080, 8443, 9443
