"""Work for the pools of the tests: functions that a worker process can import."""

import os
import threading
import time


def double(number):
    return 2 * number


def where(_):
    return os.getpid(), threading.get_ident()


def slow(seconds):
    time.sleep(seconds)
    return seconds


def fail_at_three(number):
    if number == 3:
        raise ValueError("a secret in the message")
    return number


def die_at_three(number):
    if number == 3:
        os._exit(9)
    return number


def die_at_odd(number):
    if number % 2:
        os._exit(9)
    return number


def give_lock(number):
    return threading.Lock() if number == 1 else number


def give_bytes(size):
    return b"x" * size


class Clumsy:
    """Cannot be handed to a worker."""

    def __reduce__(self):
        raise TypeError("no")


class Late:
    """Takes long to hand over: what was handed over before it has been done meanwhile."""

    def __reduce__(self):
        time.sleep(1.5)
        return int, (7,)
