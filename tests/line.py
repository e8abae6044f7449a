"""line.py - a line to a broker that is as slow as one is told: what is sent arrives later, in order, none of it lost."""
import queue
import socket
import threading
import time


class Line:
    """A TCP port that leads to another; each byte takes delay_s, in either direction."""

    def __init__(self, to_port, delay_s=0.0):
        self.to_port, self.delay_s = to_port, delay_s
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.port = self.listener.getsockname()[1]
        threading.Thread(target=self._accept, daemon=True).start()

    def _accept(self):
        while True:
            near, _ = self.listener.accept()
            try:
                far = socket.create_connection(("127.0.0.1", self.to_port))
            except OSError:
                near.close()
                continue
            for a, b in ((near, far), (far, near)):
                a.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
                wire = queue.Queue()
                threading.Thread(target=self._take, args=(a, wire), daemon=True).start()
                threading.Thread(target=self._give, args=(b, wire), daemon=True).start()

    def _take(self, end, wire):
        got = b"more"
        while got:
            try:
                got = end.recv(65536)
            except OSError:
                got = b""
            wire.put((time.monotonic() + self.delay_s, got))

    @staticmethod
    def _give(end, wire):
        while True:
            due, got = wire.get()
            time.sleep(max(0.0, due - time.monotonic()))
            try:
                if got:
                    end.sendall(got)
                else:
                    end.shutdown(socket.SHUT_RDWR)
            except OSError:
                got = b""
            if not got:
                return
