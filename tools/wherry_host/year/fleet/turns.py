"""A function that runs in turns with its caller, in a thread of its own."""

from threading import Semaphore, Thread


class Turns:
    """`function` runs until it calls `pause` or ends; then `resume` returns."""

    def __init__(self, function):
        self.is_over, self.result = False, None
        self._function, self._error = function, None
        self._given = self._taken = None
        self._begun, self._paused = Semaphore(0), Semaphore(0)
        # A fleet that fails must not wait for lives that are paused.
        Thread(target=self._run, daemon=True).start()

    def resume(self, value=None):
        """Let the function run; return the value that it pauses with, or None at its end.

        `pause` returns `value` to it. An error that ends the function is raised here.
        """
        self._given = value
        self._begun.release()
        self._paused.acquire()
        if self._error:
            raise self._error
        return self._taken

    def pause(self, value):
        """Give a value to the caller of `resume`, and return that of its next call."""
        self._taken = value
        self._paused.release()
        self._begun.acquire()
        return self._given

    def _run(self):
        self._begun.acquire()
        try:
            self.result = self._function(self)
        except BaseException as error:
            self._error = error
        self.is_over, self._taken = True, None
        self._paused.release()
