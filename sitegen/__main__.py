"""`python -m sitegen` and the `sitegen` script: run a command, end the process with its code."""

import os
import signal
import sys

__all__ = ["main"]


def main() -> None:
    """Run the command line.

    The process ends here and now: a thread that hangs in a system call must not keep
    it alive once the site is published.
    """
    # A service manager stops a run as Ctrl-C does: in order, and with one line.
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    try:
        # A worker process imports this module too.
        from sitegen.instrumentation.clock import process_start  # noqa: PLC0415

        started = process_start()
        from sitegen.cli import report_bug, run  # noqa: PLC0415
    except KeyboardInterrupt:
        sys.stderr.write("error: interrupted before the end; run the same command again\n")
        os._exit(130)

    try:
        code = run(started=started)
    except Exception as error:  # noqa: BLE001 - the last door: a bug becomes a report and exit code 70
        code = report_bug(error)
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(code)


if __name__ == "__main__":
    main()
