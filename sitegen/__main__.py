"""`python -m sitegen` and the `sitegen` script: run a command, end the process with its code."""

import os
import signal
import sys


def main() -> None:
    """Run the command line.

    The process ends here and now: a thread that hangs in a system call must not keep
    it alive once the site is published.
    """
    _hear_signals()
    try:
        # A worker process imports this module too.
        from sitegen.commands.streams import leave, open_streams  # noqa: PLC0415
        from sitegen.instrumentation.clock import process_start  # noqa: PLC0415

        started = process_start()
        open_streams()
        from sitegen.cli import report_bug, run  # noqa: PLC0415
    except KeyboardInterrupt:
        sys.stderr.write("error: interrupted before the end; run the same command again\n")
        os._exit(130)

    try:
        code = run(started=started)
    except Exception as error:  # noqa: BLE001 - the last door: a bug becomes a report and exit code 70
        code = report_bug(error)
    leave(code)


def _hear_signals() -> None:
    """Have a service manager's stop and a terminal that closes end a run as Ctrl-C does: in order, with one line.

    What the caller ignores stays ignored: `nohup sitegen build &`.
    """
    for number in (signal.SIGTERM, signal.SIGHUP):
        if signal.getsignal(number) is not signal.SIG_IGN:
            signal.signal(number, signal.default_int_handler)


if __name__ == "__main__":
    main()
