"""`sitegen run`: the same cycle in the foreground. A door: it starts builds and deploys, and hears signals.

Each run is a process of its own, as under a timer: a build ends its process at the deadline whatever hangs, a deploy
that takes long makes no build late, and nothing that one leaks is there in the next.
"""

import os
import signal
import socket
import subprocess  # noqa: TID251 - what a timer does outside, this does inside
import time
from collections.abc import Callable, Sequence
from contextlib import suppress
from types import FrameType
from typing import NoReturn

from sitegen.instrumentation.clock import Clock
from sitegen.scheduler.agenda import Agenda, Command

_ENDING = 20.0
"""Seconds that what still runs has to end in order after a signal; a build needs its deadline and one more."""
_POLL = 0.1
_BUSY = 5


class _Stopped(Exception):  # noqa: N818 - it is no error
    """A signal asks the run to end."""


class Foreground:
    """Runs the cycles of a site until a signal comes.

    `program` are the words that call sitegen, `words` what every command gets; `tell` says what happened in a line.
    """

    def __init__(
        self,
        program: Sequence[str],
        words: Sequence[str],
        agendas: Sequence[Agenda],
        clock: Clock,
        tell: Callable[[str], None],
    ) -> None:
        self._program = list(program)
        self._words = list(words)
        self._agendas = {one.command: one for one in agendas}
        self._running: dict[Command, subprocess.Popen[bytes]] = {}
        self._clock = clock
        self._tell = tell
        self._ready = False

    def run(self, slots: int | None = None) -> int:
        """Run for so many slots, for ever by default; return 0 after a signal, once what runs has ended.

        The first build begins at once.
        """
        before = {number: signal.signal(number, _stop) for number in (signal.SIGINT, signal.SIGTERM)}
        try:
            self._start(Command.BUILD)
            due = {one: self._agendas[one].due_after(self._clock.now()) for one in self._agendas}
            while slots is None or slots > 0:
                command = min(due, key=lambda one: due[one])
                self._wait_until(due[command])
                due[command] = self._agendas[command].due_after(self._clock.now())
                if command is Command.BUILD and slots is not None:
                    slots -= 1
                self._tick(command)
        except _Stopped:
            _notify("STOPPING=1")
            self._tell("stopping")
        finally:
            for number, handler in before.items():
                signal.signal(number, signal.SIG_IGN if slots is None else handler)
            self._end()
        return 0

    def _tick(self, command: Command) -> None:
        agenda = self._agendas[command]
        if agenda.resting:
            self._agendas[command] = agenda.rested()
            self._tell(f"{command} rests after {agenda.failures} failures in a row")
        elif command in self._running:
            self._tell(f"{command} missed a tick: the one before is still at work")
        else:
            self._start(command)

    def _start(self, command: Command) -> None:
        words = [*self._program, command, *self._words]
        try:
            self._running[command] = subprocess.Popen(words, stdin=subprocess.DEVNULL)  # noqa: S603 - sitegen itself
        except OSError as error:
            self._tell(f"{command} cannot be started: {error.strerror}")
            self._agendas[command] = self._agendas[command].ended(1)

    def _wait_until(self, due: float) -> None:
        """Wait for an instant of the wall clock; where that is set back, for one cycle at most."""
        cycle = max(one.cycle for one in self._agendas.values())
        begun = self._clock.monotonic()
        while self._clock.now() < due and self._clock.monotonic() - begun < cycle + _POLL:
            self._collect()
            time.sleep(min(_POLL, max(0.001, due - self._clock.now())))
        self._collect()

    def _collect(self) -> None:
        for command, process in list(self._running.items()):
            code = process.poll()
            if code is not None:
                del self._running[command]
                self._agendas[command] = self._agendas[command].ended(code)
                if command is Command.BUILD:
                    self._say_alive(code)

    def _say_alive(self, code: int) -> None:
        """Notify a service manager (sd_notify(3)) that the site is there, and with every build that it goes on."""
        if code in {0, _BUSY} and not self._ready:
            self._ready = True
            _notify("READY=1")
        if code in {0, _BUSY}:
            _notify("WATCHDOG=1")

    def _end(self) -> None:
        """Let what runs end in order, and end it where it does not."""
        for process in self._running.values():
            with suppress(ProcessLookupError):
                process.send_signal(signal.SIGTERM)
        for process in self._running.values():
            try:
                process.wait(_ENDING)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()


def _stop(number: int, frame: FrameType | None) -> NoReturn:  # noqa: ARG001 - the signature of a handler
    raise _Stopped


def _notify(state: str) -> None:
    """Send a line to the service manager, where there is one; a name with an @ is abstract."""
    address = os.environ.get("NOTIFY_SOCKET", "")
    if not address:
        return
    with suppress(OSError), socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as channel:
        channel.connect(f"\0{address[1:]}" if address.startswith("@") else address)
        channel.send(state.encode())
