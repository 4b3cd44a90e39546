"""Which uplink carries what: the ways that are open, and the choice between them."""
