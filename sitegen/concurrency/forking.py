"""Imported by the fork server before anything else: where it cannot fork, it ends without a traceback.

Whoever asked it for a worker sees that it has ended, and says so in one sentence.
"""

import sys

if any("multiprocessing.forkserver" in word for word in sys.orig_argv):
    sys.excepthook = lambda *_: None
