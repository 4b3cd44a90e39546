"""Trees and proofs are those of RFC 6962."""

from hashlib import sha256

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rabta.report.evidence.merkle import (
    Growing,
    consistency_of,
    grew,
    leaf_hash,
    node_hash,
    proof_of,
    root_by,
    root_of,
)


LEAVES = [
    bytes.fromhex(text)
    for text in (
        "",
        "00",
        "10",
        "2021",
        "3031",
        "40414243",
        "5051525354555657",
        "606162636465666768696a6b6c6d6e6f",
    )
]
"""The inputs of Certificate Transparency's own tests, and the roots over them."""
ROOTS = (
    "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
    "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
    "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
    "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77",
    "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
    "4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4",
    "76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef",
    "ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c",
    "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328",
)

sizes = st.integers(1, 70)


def hashes(size):
    return [leaf_hash(b"%d" % number) for number in range(size)]


def plain(nodes):
    """The recursion of RFC 6962, section 2.1, word for word."""
    if not nodes:
        return sha256().digest()
    if len(nodes) == 1:
        return nodes[0]
    k = 1
    while k * 2 < len(nodes):
        k *= 2
    return node_hash(plain(nodes[:k]), plain(nodes[k:]))


def audit_path(number, nodes):
    """PATH(m, D[n]) of RFC 6962, section 2.1.1."""
    if len(nodes) == 1:
        return []
    k = 1
    while k * 2 < len(nodes):
        k *= 2
    if number < k:
        return [*audit_path(number, nodes[:k]), plain(nodes[k:])]
    return [*audit_path(number - k, nodes[k:]), plain(nodes[:k])]


@pytest.mark.parametrize("size", range(9))
def test_the_roots_are_those_of_certificate_transparency(size):
    assert root_of([leaf_hash(one) for one in LEAVES[:size]]).hex() == ROOTS[size]


@given(st.integers(0, 100))
def test_the_roots_of_a_growing_tree_are_those_of_its_beginnings(size):
    tree = hashes(size)
    growing = Growing()
    for known in range(size):
        assert (growing.size, growing.root) == (known, root_of(tree[:known]))
        growing.add(tree[known])
    assert growing.root == Growing(tree).root == root_of(tree)


@given(st.integers(0, 300))
def test_the_root_is_that_of_the_recursion(size):
    assert root_of(hashes(size)) == plain(hashes(size))


@given(sizes, st.data())
def test_a_proof_of_one_leaf_has_the_nodes_of_its_audit_path(size, data):
    number = data.draw(st.integers(0, size - 1))
    proof = proof_of(hashes(size), [number])
    assert sorted(proof) == sorted(audit_path(number, hashes(size)))


@given(sizes, st.data())
def test_any_leaves_are_proven_and_nothing_else_is(size, data):
    tree = hashes(size)
    shown = sorted(data.draw(st.sets(st.integers(0, size - 1), min_size=1)))
    proof = proof_of(tree, shown)
    known = [tree[at] for at in shown]
    assert root_by(size, shown, known, proof) == root_of(tree)

    at = data.draw(st.integers(0, len(known) - 1))
    wrong = [*known[:at], leaf_hash(b"other"), *known[at + 1 :]]
    assert root_by(size, shown, wrong, proof) != root_of(tree)
    if proof:
        with pytest.raises(ValueError, match="short"):
            root_by(size, shown, known, proof[:-1])
    with pytest.raises(ValueError, match="long"):
        root_by(size, shown, known, [*proof, proof[0] if proof else known[0]])


@given(sizes, st.data())
def test_a_leaf_is_not_proven_in_another_place(size, data):
    tree = hashes(size)
    number = data.draw(st.integers(0, size - 1))
    other = data.draw(st.integers(0, size - 1))
    proof = proof_of(tree, [number])
    try:
        root = root_by(size, [other], [tree[number]], proof)
    except ValueError:
        root = None
    assert (root == root_of(tree)) == (number == other)


@pytest.mark.parametrize("shown", [[1, 1], [2, 1], [-1], [3], [0, 3]])
def test_positions_that_cannot_be_are_refused(shown):
    tree = hashes(3)
    with pytest.raises(ValueError, match="position"):
        root_by(3, shown, [tree[0]] * len(shown), [])


@given(sizes, st.data())
def test_a_tree_is_proven_to_have_grown_and_one_that_was_changed_is_not(size, data):
    tree = hashes(size)
    before = data.draw(st.integers(0, size))
    proof = consistency_of(tree, before)
    old, new = root_of(tree[:before]), root_of(tree)
    assert grew(before, size, old, new, proof)

    if before:
        at = data.draw(st.integers(0, before - 1))
        changed = [*tree[:at], leaf_hash(b"other"), *tree[at + 1 :]]
        forged = consistency_of(changed, before)
        assert not grew(before, size, old, root_of(changed), forged)
        assert not grew(before, size, root_of(changed[:before]), new, proof)
    assert not grew(before, size, old, new, [*proof, new])
    if proof:
        assert not grew(before, size, old, new, proof[1:])
    assert not grew(size + 1, size, old, new, proof)
