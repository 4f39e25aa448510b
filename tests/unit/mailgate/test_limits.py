"""Who may come in, and who may bring much."""

import dataclasses

from mailgate.limits import BodySlots, Doorkeeper, Limits, is_within, networks, peer_group


class Clock:
    """Time that passes when it is told to."""

    now = 1_000.0

    def __call__(self) -> float:
        return self.now


LIMITS = Limits(
    sessions=5, sessions_per_peer=2, new_sessions_per_peer_and_minute=3, body_slots=3, body_slots_per_peer=2
)


def test_one_peer_has_its_own_bound_and_all_have_one_together() -> None:
    door = Doorkeeper(LIMITS, (), Clock())
    assert [door.admits("192.0.2.1") for _ in range(3)] == [True, True, False]
    assert [door.admits(f"192.0.2.{number}") for number in (2, 3, 4, 5)] == [True, True, True, False]
    door.leaves("192.0.2.2")
    assert door.sessions == 4 and door.admits("192.0.2.5")


def test_arrivals_are_forgotten_after_a_minute() -> None:
    clock = Clock()
    door = Doorkeeper(LIMITS, (), clock)

    def visit() -> bool:
        is_in = door.admits("192.0.2.1")
        if is_in:
            door.leaves("192.0.2.1")
        return is_in

    assert [visit() for _ in range(4)] == [True, True, True, False]
    clock.now += 61
    assert visit()


def test_a_walk_through_many_addresses_leaves_nothing_behind() -> None:
    clock = Clock()
    door = Doorkeeper(LIMITS, (), clock)
    for number in range(200):
        assert door.admits(f"192.0.2.{number}")
        door.leaves(f"192.0.2.{number}")
    assert door.noted == 200
    clock.now += 61
    assert door.admits("198.51.100.1") and door.noted == 1


def test_of_the_well_behaved_the_last_ten_thousand_are_known() -> None:
    door = Doorkeeper(LIMITS, (), Clock())
    peers = [f"10.0.{number // 256}.{number % 256}" for number in range(Doorkeeper.REMEMBERED + 1)]
    for peer in peers:
        door.remember(peer)
    assert [door.knows(peer) for peer in (peers[0], peers[1], peers[-1])] == [False, True, True]


def test_relays_are_bound_by_nothing_but_the_whole() -> None:
    door = Doorkeeper(LIMITS, networks("192.0.2.0/24"), Clock())
    assert [door.admits("192.0.2.1") for _ in range(6)] == [True] * 5 + [False]


def test_a_peer_is_known_for_an_hour() -> None:
    clock = Clock()
    door = Doorkeeper(LIMITS, (), clock)
    assert not door.knows("192.0.2.1")
    door.remember("192.0.2.1")
    assert door.knows("192.0.2.1")
    clock.now += 3_601
    assert not door.knows("192.0.2.1")


def test_an_ipv6_client_counts_by_its_64() -> None:
    assert (
        peer_group("2001:db8:1:2::3") == peer_group("2001:db8:1:2:ffff::9") != peer_group("2001:db8:1:3::3")
    )
    assert peer_group("::ffff:192.0.2.1") == peer_group("192.0.2.1") == "192.0.2.1"
    assert is_within("::ffff:192.0.2.1", networks("192.0.2.0/24"))


def test_body_slots_are_bounded_in_all_and_for_each() -> None:
    slots = BodySlots(LIMITS, ())
    assert [slots.take("192.0.2.1") for _ in range(3)] == [True, True, False]
    assert slots.take("192.0.2.2") and not slots.has_one_for("192.0.2.3")
    slots.give_back("192.0.2.1")
    assert slots.has_one_for("192.0.2.3")


def test_the_usual_limits_are_those_of_the_table() -> None:
    usual = dataclasses.asdict(Limits())
    assert (usual["sessions"], usual["sessions_per_peer"], usual["new_sessions_per_peer_and_minute"]) == (
        1_000,
        50,
        300,
    )
    assert (usual["line"], usual["misses"], usual["recipients"], usual["received_lines"]) == (
        2_048,
        10,
        100,
        50,
    )
    assert (usual["message"], usual["body_slots"], usual["body_slots_per_peer"]) == (26_214_400, 64, 8)
    assert (usual["body_stall_seconds"], usual["body_seconds"], usual["session_seconds"]) == (180, 900, 1_800)


def test_in_a_crowd_nobody_gets_a_third_session_and_a_newcomer_gets_one() -> None:
    doorkeeper = Doorkeeper(Limits(sessions=100), (), Clock())
    crowd = [f"192.0.2.{number % 25}" for number in range(100)]
    assert [doorkeeper.admits(peer) for peer in crowd].count(True) == 75
    assert doorkeeper.admits("198.51.100.1") and doorkeeper.admits("198.51.100.1")
    assert not doorkeeper.admits("198.51.100.1")
