"""``rabta demo``: the dashboard over a simulated office and month."""

import click


@click.command()
@click.option("--port", type=click.IntRange(1, 65535), default=4881, show_default=True)
@click.option("--seed", default=1, show_default=True, help="Another seed, other noise.")
@click.option("--once", is_flag=True, help="Simulate the month, list its events.")
def command(*, port: int, seed: int, once: bool) -> None:
    """Show the dashboard over a simulated office and month.

    Two uplinks, a cable degradation, a Wi-Fi fault, an ISP fault, a blocked service, a
    service-side outage, a power cut: all invented, and marked as such everywhere.
    """
    from rabta.api.up import demo

    demo(port, seed, once=once, say=click.echo)
