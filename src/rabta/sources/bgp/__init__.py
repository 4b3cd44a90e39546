"""Routes as collectors saw them: MRT archives of RIPE RIS and RouteViews, RIS Live."""
