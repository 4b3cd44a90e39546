"""Ports to which faults redirect traffic, and that of the ndt7 servers."""

NDT = 4443
PORTAL_HTTP, PORTAL_TLS, PORTAL_DNS, MIDDLEBOX = 8080, 8443, 8053, 9443
