"""relay.py - a wire between a browser and the gateway that can be cut, or go mute: nothing is closed then, and nothing arrives.

A browser's own "offline" lets a stream that is open run on.
"""
import contextlib
import socket
import threading

from harness import free_port


def _shut(s):
    with contextlib.suppress(OSError):
        s.shutdown(socket.SHUT_RDWR)
    s.close()


class Relay:
    def __init__(self, target):
        host, port = target.rsplit(":", 1)
        self.target, self.port = (host, int(port)), free_port()
        self.address = f"127.0.0.1:{self.port}"
        self.flows, self.ends, self.lock = threading.Event(), [], threading.Lock()
        self.flows.set()
        self.join()

    def join(self):
        """The wire is whole."""
        self.listener = socket.create_server(("127.0.0.1", self.port))
        threading.Thread(target=self._accept, args=(self.listener,), daemon=True).start()

    def cut(self):
        """All connections end, and no new one is taken."""
        _shut(self.listener)
        with self.lock:
            for s in self.ends:
                _shut(s)
            self.ends = []

    def mute(self):
        self.flows.clear()

    def speak(self):
        self.flows.set()

    def _accept(self, listener):
        with contextlib.suppress(OSError):  # it was cut
            while True:
                near = listener.accept()[0]
                threading.Thread(target=self._join, args=(near,), daemon=True).start()

    def _join(self, near):
        self.flows.wait()
        with contextlib.suppress(OSError):
            far = socket.create_connection(self.target)
            with self.lock:
                self.ends += [near, far]
            for a, b in ((near, far), (far, near)):
                threading.Thread(target=self._carry, args=(a, b), daemon=True).start()

    def _carry(self, source, sink):
        with contextlib.suppress(OSError):
            while data := source.recv(65536):
                self.flows.wait()
                sink.sendall(data)
        _shut(source)
        _shut(sink)
