"""devices.py - Modbus servers for the scenarios: they answer, late or wrongly if told to, and note what they were asked."""
import os
import pty
import select
import socket
import struct
import threading
import time
import tty

BITS = (1, 2)


def crc16(frame):
    crc = 0xFFFF
    for byte in frame:
        crc ^= byte
        for _ in range(8):
            crc = (crc >> 1) ^ 0xA001 if crc & 1 else crc >> 1
    return struct.pack("<H", crc)


def answer_pdu(registers, unit, pdu):
    """The reply to a read.  registers(unit, function, address, count) gives words or bits, or an exception's code."""
    function, address, count = struct.unpack(">BHH", pdu)
    got = registers(unit, function, address, count)
    if isinstance(got, int):
        return bytes([function | 0x80, got])
    if function in BITS:
        packed = bytearray((count + 7) // 8)
        for i, bit in enumerate(got):
            packed[i // 8] |= bool(bit) << (i % 8)
        return bytes([function, len(packed)]) + bytes(packed)
    return bytes([function, 2 * len(got)]) + struct.pack(f">{len(got)}H", *got)


class Device:
    """delay(unit) says how many seconds late an answer is to be; None: no answer at all."""

    def __init__(self, registers, delay=lambda unit: 0.0):
        self.registers, self.delay = registers, delay
        self.functions, self.asked, self.stopping = set(), 0, False
        self.exchanges = []  # (unit, function, address, count, bytes of the question, of the answer)

    def note(self, function):
        self.functions.add(function)
        self.asked += 1

    def exchanged(self, unit, pdu, question_bytes, answer_bytes):
        self.exchanges.append((unit, *struct.unpack(">BHH", pdu), question_bytes, answer_bytes))


class TcpDevice(Device):
    hangs_up_on = ()  # units whose questions end the connection
    closes_after_answer = False

    def __init__(self, registers, delay=lambda unit: 0.0, port=0):
        super().__init__(registers, delay)
        self.listener = socket.socket()
        self.listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        self.listener.bind(("127.0.0.1", port))
        self.listener.listen(16)
        self.port = self.listener.getsockname()[1]
        threading.Thread(target=self._accept, daemon=True).start()

    def _accept(self):
        while not self.stopping:
            try:
                connection, _ = self.listener.accept()
            except OSError:
                return
            threading.Thread(target=self._serve, args=(connection,), daemon=True).start()

    def _serve(self, connection):
        try:
            while not self.stopping:
                head = connection.recv(7, socket.MSG_WAITALL)
                if len(head) < 7:
                    return
                tid, protocol, length, unit = struct.unpack(">HHHB", head)
                pdu = connection.recv(length - 1, socket.MSG_WAITALL)
                self.note(pdu[0])
                if unit in self.hangs_up_on:
                    return
                late = self.delay(unit)
                if late is None:
                    continue
                reply = answer_pdu(self.registers, unit, pdu)
                time.sleep(late)
                self.exchanged(unit, pdu, 7 + len(pdu), 7 + len(reply))
                connection.sendall(struct.pack(">HHHB", tid, protocol, len(reply) + 1, unit) + reply)
                if self.closes_after_answer:
                    return
        except OSError:
            pass
        finally:
            connection.close()

    def stop(self):
        self.stopping = True
        self.listener.close()


class RtuDevice(Device):
    """All units of one line, on a pty that is linked at path.  An answer that is late does not stop the line: what another
    unit is asked meanwhile is answered meanwhile."""

    def __init__(self, path, registers, delay=lambda unit: 0.0):
        super().__init__(registers, delay)
        self.path = path
        self.open()

    def open(self):
        self.master, self.slave = pty.openpty()
        tty.setraw(self.slave)
        if os.path.lexists(self.path):
            os.unlink(self.path)
        os.symlink(os.ttyname(self.slave), self.path)
        self.stopping = False
        self.thread = threading.Thread(target=self._serve, daemon=True)
        self.thread.start()

    def vanish(self):
        """The adapter is pulled out: the terminal hangs up and its name is gone."""
        self.stopping = True
        self.thread.join()
        os.unlink(self.path)
        os.close(self.slave)
        os.close(self.master)

    def _serve(self):
        pending, buffer = [], b""
        while not self.stopping:
            wait = min([0.02] + [max(0.0, due - time.monotonic()) for due, _ in pending])
            if select.select([self.master], [], [], wait)[0]:
                buffer += os.read(self.master, 1024)
            while len(buffer) >= 8:
                frame, buffer = buffer[:8], buffer[8:]
                if crc16(frame[:6]) != frame[6:]:
                    buffer = b""
                    break
                self.note(frame[1])
                late = self.delay(frame[0])
                if late is not None:
                    reply = frame[:1] + answer_pdu(self.registers, frame[0], frame[1:6])
                    self.exchanged(frame[0], frame[1:6], len(frame), len(reply) + 2)
                    pending.append((time.monotonic() + late, reply + crc16(reply)))
            now = time.monotonic()
            for item in [p for p in pending if p[0] <= now]:
                pending.remove(item)
                os.write(self.master, item[1])

    def stop(self):
        self.vanish()


class SerialServer(Device):
    """A transparent serial server: the units of its line answer whoever is connected at the moment, and a new connection
    ends the one before it.  manner(unit, answer) says how: [(seconds late, bytes), ...], or None to hang up instead."""

    def __init__(self, registers, manner=lambda unit, answer: [(0.0, answer)], port=0):
        super().__init__(registers)
        self.manner, self.connections, self.gaps = manner, 0, []
        self.listener = socket.create_server(("127.0.0.1", port))
        self.port = self.listener.getsockname()[1]
        self.connection, self.pending, self.answered = None, [], None
        self.thread = threading.Thread(target=self._serve, daemon=True)
        self.thread.start()

    def _hang_up(self):
        if self.connection:
            self.connection.close()
        self.connection, self.buffer = None, b""

    def _accept(self):
        self._hang_up()
        self.connection, _ = self.listener.accept()
        self.connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.connections += 1

    def _ask(self, frame):
        if self.answered:  # nothing else was on the line since
            self.gaps.append(time.monotonic() - self.answered)
        self.note(frame[1])
        answer = frame[:1] + answer_pdu(self.registers, frame[0], frame[1:6])
        said = self.manner(frame[0], answer + crc16(answer))
        if said is None:
            self._hang_up()
            return
        self.prompt = len(said) == 1 and said[0][0] == 0
        self.pending += [(time.monotonic() + late, part) for late, part in said]

    def _hear(self):
        try:
            got = self.connection.recv(1024)
        except OSError:
            got = b""
        if not got:
            self._hang_up()
            return
        self.buffer += got
        while len(self.buffer) >= 8 and self.connection:
            frame, self.buffer = self.buffer[:8], self.buffer[8:]
            if crc16(frame[:6]) == frame[6:]:
                self._ask(frame)
            else:
                self.functions.add("garbage")

    def _say_due(self):
        due = sorted((p for p in self.pending if p[0] <= time.monotonic()), key=lambda p: p[0])
        for item in due:
            self.pending.remove(item)
            try:
                if self.connection:
                    self.connection.sendall(item[1])
            except OSError:
                self._hang_up()
        if due:
            self.answered = time.monotonic() if self.prompt and not self.pending else None

    def _serve(self):
        while not self.stopping:
            wait = min([0.02] + [max(0.0, due - time.monotonic()) for due, _ in self.pending])
            ready = select.select([s for s in (self.listener, self.connection) if s], [], [], wait)[0]
            if self.connection in ready:
                self._hear()
            if self.listener in ready:
                self._accept()
            self._say_due()
        self._hang_up()
        self.listener.close()

    def stop(self):
        self.stopping = True
        self.thread.join()
