"""Long calculations take turns: first come, first served, and nobody who gives up stands in the way."""

from __future__ import annotations

import threading
import time

import pytest

from hotspots.ui.lane import Lane


def test_only_so_much_runs_at_once_and_in_order() -> None:
    lane = Lane(at_once=2)
    running: list[int] = []
    most: list[int] = []
    began: list[int] = []

    def work(number: int) -> None:
        with lane.take(lambda _before: None):
            began.append(number)
            running.append(number)
            most.append(len(running))
            time.sleep(0.03)
            running.remove(number)

    threads = [threading.Thread(target=work, args=(number,)) for number in range(8)]
    for thread in threads:
        thread.start()
        time.sleep(0.005)  # so that they come in order
    for thread in threads:
        thread.join()
    assert max(most) == 2
    assert began == sorted(began)


def test_whoever_waits_is_told_how_many_are_before() -> None:
    lane = Lane()
    told: list[int] = []
    done = threading.Event()

    def hold() -> None:
        with lane.take(lambda _before: None):
            done.wait(5)

    holder = threading.Thread(target=hold)
    holder.start()
    time.sleep(0.05)

    def tell(before: int) -> None:
        told.append(before)
        done.set()

    with lane.take(tell):
        pass
    holder.join()
    assert told[0] == 1


def test_whoever_gives_up_or_fails_leaves_the_lane_free() -> None:
    lane = Lane()
    done = threading.Event()

    def hold() -> None:
        with lane.take(lambda _before: None):
            done.wait(5)

    def give_up(before: int) -> None:
        raise KeyboardInterrupt

    holder = threading.Thread(target=hold)
    holder.start()
    time.sleep(0.05)
    with pytest.raises(KeyboardInterrupt), lane.take(give_up):
        pytest.fail("it was not its turn")
    done.set()
    holder.join()
    with pytest.raises(ZeroDivisionError), lane.take(lambda _before: None):
        raise ZeroDivisionError
    with lane.take(give_up):
        pass
