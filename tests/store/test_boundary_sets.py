"""Boundaries that were in force before can be read, told apart, and put in force again."""

from __future__ import annotations

import os
from dataclasses import replace

import pytest

from hotspots.errors import InputError, StoreError
from hotspots.settings import read_settings
from hotspots.store import boundaries as store
from hotspots.store.boundary_sets import find_set, list_sets, read_set, restore_set
from tests.store.test_boundaries import make_boundaries


def save(name: str, **changes: object) -> None:
    store.save_boundaries(make_boundaries(name=name, **changes), {}, read_settings().boundaries_home)


def name_sets() -> list[tuple[int, str, bool]]:
    return [(item.number, item.name, item.in_force) for item in list_sets(read_settings())]


def test_sets_are_listed_read_and_gone_back_to() -> None:
    settings = read_settings()
    embedded = "Northumbria wards, December 2020"
    assert name_sets() == [(0, embedded, True)]
    with pytest.raises(InputError, match="no earlier boundaries"):
        restore_set(settings)
    save("First")
    save("Second", vintage="2023", names=("A", "B", "C", "New name"))
    assert name_sets() == [(2, "Second", True), (1, "First", False), (0, embedded, False)]
    first = find_set(settings, "1")
    assert (first.vintage, first.areas) == ("2020", 4)
    assert find_set(settings, first.version[:6]) == first
    assert find_set(settings, "current").name == "Second"
    assert read_set(settings, first).version == first.version
    before, after = restore_set(settings)
    assert (before.name, after.name, after.version) == ("Second", "First", first.version)
    assert store.read_active(settings).name == "First"
    restore_set(settings)
    assert store.read_active(settings).name == "Second", "going back is undone in the same way"
    restore_set(settings, "embedded")
    assert store.read_active(settings).name == embedded
    assert restore_set(settings)[1].name == "Second"
    with pytest.raises(InputError, match="in force already"):
        restore_set(settings, "current")
    with pytest.raises(InputError, match="those that are"):
        restore_set(settings, "77")


def test_what_is_reset_can_be_brought_back() -> None:
    save("Only")
    assert store.reset(read_settings())
    assert not store.reset(read_settings())
    assert restore_set(read_settings())[1].name == "Only"


def test_only_so_many_are_kept_and_numbers_are_never_used_twice() -> None:
    for number in range(1, store.KEPT_SETS + 5):
        save(f"Set {number}")
    listed = name_sets()
    assert len(listed) == store.KEPT_SETS + 2
    assert listed[0] == (store.KEPT_SETS + 4, f"Set {store.KEPT_SETS + 4}", True)
    assert listed[-2][:2] == (4, "Set 4")


def test_a_damaged_earlier_set_is_left_out_and_never_put_in_force() -> None:
    settings = read_settings()
    save("First")
    save("Second")
    [path] = (settings.boundaries_home / store.SETS).iterdir()
    target = find_set(settings, "1")
    path.write_bytes(path.read_bytes()[:100])
    assert [name for _, name, _ in name_sets()] == ["Second", "Northumbria wards, December 2020"]
    with pytest.raises(StoreError, match="damaged"):
        read_set(settings, target)
    assert store.read_active(settings).name == "Second"


def test_a_disk_without_links_keeps_copies(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object, **__: object) -> None:
        raise OSError("no links here")

    monkeypatch.setattr(os, "link", refuse)
    save("First")
    save("Second")
    assert name_sets()[1][1] == "First"


def test_files_of_before_that_do_not_describe_themselves_are_read(monkeypatch: pytest.MonkeyPatch) -> None:
    with monkeypatch.context() as before:
        plain = store._to_table

        def without(boundaries: object, report: object) -> object:
            table = plain(boundaries, report)
            about = table.schema.metadata[b"hotspots"].replace(b'"version"', b'"older"')
            return table.replace_schema_metadata({**table.schema.metadata, b"hotspots": about})

        before.setattr(store, "_to_table", without)
        save("Old")
    item = list_sets(read_settings())[0]
    assert (item.name, item.version) == ("Old", make_boundaries(name="Old").version)
    assert replace(item, number=9).to_json()["number"] == 9
