"""Routes as collectors saw them: MRT archives of RIPE RIS and RouteViews."""

from rabta.sources.bgp.mrt import Batch, Peer, read


__all__ = ["Batch", "Peer", "read"]
