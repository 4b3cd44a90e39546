"""Rungs: counts for what is dead alone, darkness for what died together."""

from rabta.attribute.belief import SILENCE
from rabta.attribute.group import Group
from rabta.attribute.member import Member
from rabta.clock import SECOND
from rabta.model import Probe, Rung, State, Target


NOW = 1000 * SECOND


def members(count: int, corridor: str = "") -> list[Member]:
    made = []
    for number in range(count):
        name = f"{corridor}{number}"
        target = Target(name, Rung.INTERNATIONAL, "x", (Probe.TCP,), corridor=corridor)
        member = Member(target, (Probe.TCP,))
        member.answered(member.primary, NOW - SECOND, 0.1)
        made.append(member)
    return made


def group(count: int, corridor: str = "") -> Group:
    made = Group(Rung.INTERNATIONAL, corridor, members(count, corridor))
    for member in made.members:
        made.answered(member, NOW - SECOND, NOW - SECOND)
    return made


def silence(made: Group, which: int, count: int, begin: int = NOW) -> None:
    for number in range(count):
        time = begin + number * SECOND // 10
        member = made.members[which]
        member.silent(member.primary, time)
        made.silent(member, member.primary.weight, time, time)


def test_one_member_alone_cannot_darken_a_group_of_four():
    made = group(4)
    silence(made, 0, 14)
    assert not made.dark
    assert made.state(NOW + 2 * SECOND).state is State.UP


def test_three_silent_members_darken_it():
    made = group(4)
    for which in range(3):
        silence(made, which, 4)
    assert made.dark
    state = made.state(NOW + SECOND)
    assert state.state is State.DOWN
    assert state.since == NOW


def test_one_answer_from_anyone_keeps_it_lit():
    made = group(4)
    for which in range(3):
        silence(made, which, 3)
    made.answered(made.members[3], NOW + SECOND, NOW + SECOND)
    assert made.joint == 0


def test_seven_silences_darken_a_single_member():
    made = group(1)
    silence(made, 0, 6)
    assert not made.dark
    silence(made, 0, 1, NOW + SECOND)
    assert made.dark


def test_two_different_members_relight_it():
    made = group(4)
    for which in range(4):
        silence(made, which, 4)
    made.answered(made.members[0], NOW + 5 * SECOND, NOW + 5 * SECOND)
    assert made.dark
    made.answered(made.members[1], NOW + 5 * SECOND, NOW + 5 * SECOND)
    assert not made.dark
    assert made.relit_at == NOW + 5 * SECOND


def test_the_whole_is_not_dark_while_a_corridor_was_not_asked():
    west, east = group(6, "west"), group(6, "east")
    whole = Group(Rung.INTERNATIONAL, "", [*west.members, *east.members])
    whole.parts = (west, east)
    for which in range(6):
        for each in (west, whole):
            silence(each, which, 2)
    assert west.dark
    assert not whole.dark
    assert {m.target.corridor for m in whole.ask(4)} == {"west", "east"}


def test_counts_tell_mixed_from_up_and_down():
    made = group(5)
    for dead, state in (
        (0, State.UP),
        (2, State.UP),
        (3, State.MIXED),
        (4, State.DOWN),
    ):
        for which in range(dead):
            made.members[which].settled = State.DOWN
        made.touched = True
        assert made.state(NOW).state is state, dead


def test_a_group_nobody_measured_lately_is_unknown():
    made = group(4)
    assert made.state(NOW + 200 * SECOND).state is State.UNKNOWN


def test_a_shadow_needs_five_silences():
    made = group(1)
    silence(made, 0, 4)
    made.shadow(NOW)
    assert not made.dark
    silence(made, 0, 1, NOW + SECOND)
    made.shadow(NOW)
    assert made.dark
    assert made.joint - SILENCE < 5 * SILENCE


def test_half_of_the_members_worse_than_usual_is_degraded_until_few_are():
    made = group(4)
    for which in (0, 1):
        made.members[which].delay_change.open = True
    made.touched = True
    assert made.state(NOW).state is State.DEGRADED
    made.members[0].delay_change.open = False
    made.touched = True
    assert made.state(NOW).state is State.DEGRADED
    made.members[1].delay_change.open = False
    made.touched = True
    assert made.state(NOW).state is State.UP


def test_members_set_aside_do_not_count():
    made = group(3)
    made.members[0].settled = made.members[1].settled = State.DOWN
    made.set_aside(["0", "1"])
    assert made.state(NOW).state is State.UP
