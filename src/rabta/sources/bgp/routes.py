"""The table of a collector: which peer has which prefix from which origin.

A prefix has a chain of routes, one for each origin that was ever seen; a route has a
bit for each peer. Everything lies in flat arrays of int64:

- prefix *q*, four words: address (two words), version and length, first route + 1
- route *r*, 2 + words: next route + 1 and origin, watched route + 1 and network + 1
  with a bit that says CHANGED, then the peers, 63 to a word
- *slots* finds prefixes: number + 1, 0 where there is none; at most half are taken
"""

from rabta.sources.bgp.kernel import ANNOUNCED, RIB, STATE, WITHDRAWN
from rabta.sources.bgp.octets import Buffer, place, whole


# places in the array of state
PREFIXES, ROUTES, WORDS, WATCHED, NEIGHBOURS, CLOCK, BOUND, DUMP, SEEDED = range(9)
FLOOR, ODD, WHY, TOUCHED, FRESH, STALE = range(9, 15)
"""TOUCHED keeps what was read ahead of its use from being left out as useless; FRESH
prefixes changed hands since the last look, where STALE is set perhaps all of them."""
PLACES = 15

AT_ONCE = 256
"""Rows, or prefixes of a sweep, of which what they need is read ahead."""

NEXT_BIN, NEXT_DUMP = 1, 2
"""Why rows were left over: their time is beyond BOUND, or another dump begins."""

WITHDRAWALS, NEW_NEIGHBOURS, WAYS_OUT = range(3)
ACTS = 3
"""What is counted of each network between two snapshots."""

PEERS_OF_WORD = 63
UP = 6
"""The state of a session that is established (RFC 4271, 8.2.2)."""
SETTLING = 15 * 60 * 1_000_000
"""Microseconds until a peer whose session began has told its table."""
UNTOLD = -1
"""A peer of which no table was seen, nor the beginning of a session."""
DUMP_LASTS = 60 * 60 * 1_000_000
_AHEAD = 24 * DUMP_LASTS
"""A row later than this after all others of its file is damage."""
CHANGED = 1 << 31
NETWORK = CHANGED - 1
_LOW = 0xFFFFFFFF


def slot_of(hi: int, lo: int, meta: int, size: int) -> int:
    """Return where to begin to look in *size* slots, a power of two."""
    mixed = (hi >> 32) ^ hi ^ (lo >> 32) ^ (lo << 1) ^ (meta << 5)
    return (((mixed & _LOW) * 0x61C88647) >> 20) & (size - 1)


def seek(
    hi: int, lo: int, meta: int, size: int, slots: Buffer, prefixes: Buffer
) -> int:
    """Return the slot of a prefix, or the free one where it belongs."""
    slot = slot_of(hi, lo, meta, size)
    while True:
        taken = whole(slots[place(slot)])
        if taken == 0:
            return slot
        at = 4 * (taken - 1)
        if (
            prefixes[place(at)] == hi
            and prefixes[place(at + 1)] == lo
            and prefixes[place(at + 2)] == meta
        ):
            return slot
        slot = (slot + 1) & (size - 1)


def reach(
    start: int,
    stop: int,
    versions: Buffer,
    highs: Buffer,
    lows: Buffer,
    lengths: Buffer,
    slots: Buffer,
    prefixes: Buffer,
    routes: Buffer,
    stride: int,
    upstreams: Buffer,
    pairs: Buffer,
    found: Buffer,
) -> int:
    """Find the prefixes of rows ahead of their use: *found* gets number + 1, or 0.

    Also reads the heads of their routes and the slots of their pairs, so that the
    loads of many rows wait for memory together and not one after the other.
    """
    size = len(slots)
    touched = 0
    last_hi, last_lo, last_meta, last = 0, 0, -1, 0
    for i in range(start, stop):
        row = place(i)
        hi = whole(highs[row])
        lo = whole(lows[row])
        meta = (whole(versions[row]) << 8) | whole(lengths[row])
        if hi != last_hi or lo != last_lo or meta != last_meta:
            last_hi, last_lo, last_meta = hi, lo, meta
            last = whole(slots[place(seek(hi, lo, meta, size, slots, prefixes))])
        found[place(i - start)] = last
    for i in range(stop - start):
        taken = whole(found[place(i)])
        if taken:
            first = whole(prefixes[place(4 * taken - 1)])
            touched ^= whole(routes[place((first - 1) * stride)])
    for i in range(stop - start):
        taken = whole(found[place(i)])
        if taken:
            first = whole(prefixes[place(4 * taken - 1)])
            network = whole(routes[place((first - 1) * stride + 1)]) & NETWORK
            pair = (network << 32) | whole(upstreams[place(start + i)])
            if pair != last:
                last = pair
                touched ^= whole(pairs[place(slot_of(pair, 0, 0, len(pairs)))])
    return touched


def refill(state: Buffer, slots: Buffer, prefixes: Buffer) -> int:
    """Fill *slots*, which are larger now and empty."""
    size = len(slots)
    for q in range(whole(state[PREFIXES])):
        at = 4 * q
        slots[
            seek(
                whole(prefixes[at]),
                whole(prefixes[at + 1]),
                whole(prefixes[at + 2]),
                size,
                slots,
                prefixes,
            )
        ] = q + 1
    return size


def forget(peer: int, state: Buffer, routes: Buffer, sizes: Buffer) -> int:
    """Take all routes of a peer away; of every peer where it is -1."""
    words = whole(state[WORDS])
    stride = 2 + words
    word = 2 + peer // PEERS_OF_WORD
    kept = ~(1 << (peer % PEERS_OF_WORD)) if peer >= 0 else 0
    for r in range(whole(state[ROUTES])):
        if peer >= 0:
            routes[r * stride + word] &= kept
        else:
            for i in range(words):
                routes[r * stride + 2 + i] = 0
    state[STALE] = 1
    if peer >= 0:
        sizes[2 * peer] = 0
        sizes[2 * peer + 1] = 0
    else:
        for i in range(len(sizes)):
            sizes[i] = 0
    return 0


def note(at: int, q: int, state: Buffer, routes: Buffer, changed: Buffer) -> None:
    """Take note that a route at *at* of prefix *q* changed, if it is watched."""
    mark = whole(routes[place(at + 1)])
    if mark and not mark & CHANGED:
        routes[place(at + 1)] = mark | CHANGED
        changed[place(whole(state[FRESH]))] = q
        state[FRESH] += 1


def meet(state: Buffer, pairs: Buffer, network: int, neighbour: int) -> int:
    """Take note of a network's neighbour; 1 where it was not known.

    *pairs* are slots of ``network << 32 | neighbour``, 0 where there is none.
    """
    size = len(pairs)
    pair = ((network + 1) << 32) | neighbour
    slot = slot_of(pair, 0, 0, size)
    while pairs[place(slot)]:
        if pairs[place(slot)] == pair:
            return 0
        slot = (slot + 1) & (size - 1)
    pairs[place(slot)] = pair
    state[NEIGHBOURS] += 1
    return 1


def reseat(old: Buffer, pairs: Buffer) -> int:
    """Move the pairs of *old* into *pairs*, which are more and empty."""
    size = len(pairs)
    for i in range(len(old)):
        pair = whole(old[i])
        if pair:
            slot = slot_of(pair, 0, 0, size)
            while pairs[place(slot)]:
                slot = (slot + 1) & (size - 1)
            pairs[place(slot)] = pair
    return size


def apply(
    start: int,
    stop: int,
    times: Buffer,
    kinds: Buffer,
    numbers: Buffer,
    versions: Buffer,
    highs: Buffer,
    lows: Buffer,
    lengths: Buffer,
    origins: Buffer,
    upstreams: Buffer,
    foreigns: Buffer,
    peer_of: Buffer,
    state: Buffer,
    slots: Buffer,
    prefixes: Buffer,
    routes: Buffer,
    sizes: Buffer,
    told: Buffer,
    networks: Buffer,
    watched: Buffer,
    changed: Buffer,
    acts: Buffer,
    pairs: Buffer,
    ways: Buffer,
    ahead: Buffer,
) -> int:
    """Apply rows of a batch to the table; return the first that was not, and WHY.

    Arguments after the columns: *peer_of*, the file's numbers of peers to ours;
    *sizes*, how many prefixes a peer has, IPv4 and IPv6; *told*, since when its table
    is known; *networks*, the number of each AS that is watched, else -1; *watched*,
    the prefixes of the routes that are; *changed*, those of routes that CHANGED since
    the last look; *acts*, counts per network; *pairs* of network
    and neighbour; *ways*, the way out last seen, per watched route and peer, or none;
    *ahead*, room for what ``reach`` finds of AT_ONCE rows.
    There is room for one more of everything per row.
    """
    words = whole(state[WORDS])
    stride = 2 + words
    across = words * PEERS_OF_WORD
    size = len(slots)
    clock = whole(state[CLOCK])
    seeded = whole(state[SEEDED])
    dump = whole(state[DUMP])
    floor = whole(state[FLOOR])
    bound = whole(state[BOUND])
    state[WHY] = 0
    slot = 0
    done = stop
    block = start
    beyond = start
    touched = 0
    last_network, last_neighbour = -1, 0  # most rows of a message are of the same two
    for i in range(start, stop):
        if i == beyond:
            block, beyond = i, min(i + len(ahead), stop)
            touched ^= reach(
                block,
                beyond,
                versions,
                highs,
                lows,
                lengths,
                slots,
                prefixes,
                routes,
                stride,
                upstreams,
                pairs,
                ahead,
            )
        row = place(i)
        kind = whole(kinds[row])
        time = whole(times[row])
        peer = whole(peer_of[place(whole(numbers[row]))])
        if time > max(clock, floor) + _AHEAD:
            state[ODD] += 1
            continue
        if kind == RIB:
            if dump == 0 or time > dump + DUMP_LASTS:
                state[WHY] = NEXT_DUMP
                done = i
                break
            if told[peer] == UNTOLD or told[peer] > time:
                told[peer] = time
        else:
            if time >= bound:
                state[WHY] = NEXT_BIN
                done = i
                break
            if dump:
                dump = 0
            clock = max(clock, time)
            if told[peer] == UNTOLD and seeded:
                told[peer] = time + SETTLING  # it was down while the table was written
        if kind == STATE:
            if sizes[2 * peer] or sizes[2 * peer + 1]:
                forget(peer, state, routes, sizes)
            told[peer] = time + SETTLING if origins[row] == UP else UNTOLD
            continue
        hi = whole(highs[row])
        lo = whole(lows[row])
        version = whole(versions[row])
        meta = (version << 8) | whole(lengths[row])
        family = 2 * peer + (version == 6)
        q = whole(ahead[place(i - block)]) - 1
        if q < 0:
            slot = seek(hi, lo, meta, size, slots, prefixes)
            q = whole(slots[place(slot)]) - 1
        word = 2 + peer // PEERS_OF_WORD
        bit = 1 << (peer % PEERS_OF_WORD)
        if kind == WITHDRAWN:
            if q < 0:
                continue
            r = whole(prefixes[place(4 * q + 3)]) - 1
            while r >= 0:
                at = r * stride
                if whole(routes[place(at + word)]) & bit:
                    routes[place(at + word)] ^= bit
                    sizes[family] -= 1
                    mark = whole(routes[place(at + 1)])
                    if mark:
                        note(at, q, state, routes, changed)
                        acts[ACTS * ((mark & NETWORK) - 1) + WITHDRAWALS] += 1
                    break
                r = (whole(routes[place(at)]) >> 32) - 1
            continue
        origin = whole(origins[row])
        if q < 0:
            q = whole(state[PREFIXES])
            state[PREFIXES] = q + 1
            slots[place(slot)] = q + 1
            at = 4 * q
            prefixes[place(at)] = hi
            prefixes[place(at + 1)] = lo
            prefixes[place(at + 2)] = meta
            prefixes[place(at + 3)] = 0
        first = whole(prefixes[place(4 * q + 3)])
        r = first - 1
        found = -1
        had = -1
        while r >= 0:
            at = r * stride
            head = whole(routes[place(at)])
            if head & _LOW == origin:
                found = r
            if whole(routes[place(at + word)]) & bit:
                had = r
            r = (head >> 32) - 1
        if found < 0:
            found = whole(state[ROUTES])
            state[ROUTES] = found + 1
            at = found * stride
            network = whole(networks[place(origin)]) if origin < len(networks) else -1
            mark = 0
            if network >= 0:
                number = whole(state[WATCHED])
                state[WATCHED] = number + 1
                watched[place(number)] = q
                mark = ((number + 1) << 32) | (network + 1)
            routes[place(at)] = (first << 32) | origin
            routes[place(at + 1)] = mark
            for k in range(words):
                routes[place(at + 2 + k)] = 0
            prefixes[place(4 * q + 3)] = found + 1
        at = found * stride
        if had != found:
            routes[place(at + word)] |= bit
            note(at, q, state, routes, changed)
            if had >= 0:
                routes[place(had * stride + word)] ^= bit
                note(had * stride, q, state, routes, changed)
            else:
                sizes[family] += 1
        mark = whole(routes[place(at + 1)])
        if mark == 0:
            continue
        network = (mark & NETWORK) - 1
        neighbour = whole(upstreams[row])
        if neighbour and (network != last_network or neighbour != last_neighbour):
            last_network, last_neighbour = network, neighbour
            new = meet(state, pairs, network, neighbour)
            if new and seeded and kind == ANNOUNCED:
                acts[ACTS * network + NEW_NEIGHBOURS] += 1
        way = whole(foreigns[row])
        if way and len(ways):
            where = ((mark >> 32) - 1) * across + peer
            before = whole(ways[place(where)])
            if before and before != way and kind == ANNOUNCED:
                acts[ACTS * network + WAYS_OUT] += 1
            ways[place(where)] = way
    state[CLOCK] = clock
    state[DUMP] = dump
    state[TOUCHED] = touched
    return done
