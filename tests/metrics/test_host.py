"""The machine as it is here, read through psutil."""

import getpass
import platform
from pathlib import Path

import psutil
import pytest
from sitegen.metrics.host import Machine
from sitegen.metrics.host_series import HOST_SERIES, measure


def test_two_readings_of_this_machine_give_every_series(tmp_path):
    machine = Machine(tmp_path)
    before = machine.read(1000.0)
    while (after := machine.read(1010.0)).counters["cpu"] <= before.counters["cpu"]:
        pass
    samples = measure(before, after)
    assert set(samples) == set(HOST_SERIES)
    assert all(0 <= value <= 1 for name, value in samples.items() if name.endswith("_ratio"))
    assert 0 < samples["host_memory_used_bytes"] < psutil.virtual_memory().total
    assert samples["host_disk_used_ratio"] == pytest.approx(
        psutil.disk_usage(str(tmp_path)).percent / 100, abs=0.02
    )


def test_a_state_folder_that_is_not_there_yet_is_measured_where_it_will_be(tmp_path):
    there = Machine(tmp_path).read(0.0).gauges["host_disk_used_ratio"]
    assert Machine(tmp_path / "not" / "yet").read(0.0).gauges["host_disk_used_ratio"] == pytest.approx(
        there, abs=0.01
    )


def test_what_is_written_is_counted_on_the_disk_of_the_folder(tmp_path):
    reading = Machine(tmp_path).read(0.0)
    disks = psutil.disk_io_counters(perdisk=True)
    written = reading.counters["host_disk_written_bytes_per_second"]
    assert any(
        abs(disk.write_bytes - written) <= 0.05 * written + 1e8 for disk in disks.values()
    ) or written <= (psutil.disk_io_counters().write_bytes)


def test_loopback_is_no_network():
    cards = psutil.net_io_counters(pernic=True)
    outside = sum(card.bytes_sent for name, card in cards.items() if name not in ("lo", "lo0"))
    assert Machine(Path()).read(0.0).counters["host_network_sent_bytes_per_second"] == pytest.approx(
        outside, rel=0.01, abs=1e6
    )


def test_a_reading_holds_no_name_and_no_path(tmp_path):
    reading = Machine(tmp_path).read(0.0)
    said = repr(reading)
    assert set(reading.gauges) | set(reading.counters) <= {*HOST_SERIES, "cpu"}
    assert all(name not in said for name in (platform.node() or "?", getpass.getuser(), str(tmp_path)))


def test_what_cannot_be_read_is_left_out_and_the_rest_is_read(tmp_path, monkeypatch):
    def refuse(*_, **__):
        raise psutil.AccessDenied

    monkeypatch.setattr(psutil, "net_io_counters", refuse)
    monkeypatch.setattr(psutil, "disk_io_counters", lambda **_: None)
    reading = Machine(tmp_path).read(0.0)
    assert set(reading.counters) == {"cpu", "host_cpu_ratio"}
    assert len(reading.gauges) == 4


def test_busy_time_never_goes_back_while_only_idle_time_grows(tmp_path, monkeypatch):
    times = psutil.cpu_times()._replace(user=1234.56, system=789.01, idle=98765.43)
    machine, told = Machine(tmp_path), []
    for step in range(2000):
        monkeypatch.setattr(psutil, "cpu_times", lambda step=step: times._replace(idle=98765.43 + step / 100))
        told.append(machine.read(0.0).counters["host_cpu_ratio"])
    assert len(set(told)) == 1
