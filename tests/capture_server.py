#!/usr/bin/python3
"""capture_server.py PORT - Debian's pymodbus as many devices, one a unit id, from JSON on stdin:

[{"holding": {"3027": 17254}, "coil": {}, "fill": 57005}, ...], the first is unit 1.  What a capture does not hold reads as
`fill`: a request may cross it, but no value may come of it.
"""
import json
import sys

from pymodbus.datastore import ModbusServerContext, ModbusSlaveContext
from pymodbus.datastore.store import BaseModbusDataBlock
from pymodbus.server import StartTcpServer


class Captured(BaseModbusDataBlock):
    def __init__(self, words, fill):
        self.words, self.fill = {int(a): w for a, w in words.items()}, fill
        self.address, self.default_value, self.values = 0, fill, self.words

    def validate(self, address, count=1):
        return 0 <= address and address + count <= 65536

    def getValues(self, address, count=1):
        return [self.words.get(a, self.fill) for a in range(address, address + count)]

    def setValues(self, address, values):
        raise AssertionError("riser wrote")


def device(capture):
    def block(space, fill):
        return Captured(capture.get(space, {}), fill)

    return ModbusSlaveContext(zero_mode=True, co=block("coil", True), di=block("discrete", True),
                              ir=block("input", capture["fill"]), hr=block("holding", capture["fill"]))


units = {i + 1: device(capture) for i, capture in enumerate(json.load(sys.stdin))}
StartTcpServer(context=ModbusServerContext(slaves=units, single=False), address=("127.0.0.1", int(sys.argv[1])))
