"""Does the whole line suffer what its first link suffers?"""

from rabta.attribute.line import LineState


def suffers_alike(line: LineState) -> bool:
    """Whether all beyond the gateway suffers what the gateway suffers, or a part.

    A radio that loses and delays may show beyond by either: what is usual there varies
    more, and each is proven in its own time.
    """
    near = line.gateway
    far = [g for g in (line.first_hop, line.anycast) if g.total]
    slower = bool(near.extra_rtt and far) and all(
        g.extra_rtt >= near.extra_rtt / 3 or g.later >= near.extra_rtt / 2 for g in far
    )
    lossy = bool(near.extra_loss) and line.loss_beyond >= max(
        (near.loss or 0.0) / 4, 0.02
    )
    return slower or lossy
