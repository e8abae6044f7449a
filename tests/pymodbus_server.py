#!/usr/bin/python3
"""pymodbus_server.py tcp PORT | rtu PATH BAUD - Debian's pymodbus, serving the registers it reads as JSON from stdin."""
import json
import sys

from pymodbus.datastore import ModbusSequentialDataBlock, ModbusServerContext, ModbusSlaveContext
from pymodbus.server import StartSerialServer, StartTcpServer
from pymodbus.transaction import ModbusRtuFramer

spaces = json.load(sys.stdin)
store = ModbusSlaveContext(zero_mode=True, **{key: ModbusSequentialDataBlock(0, spaces[name]) for key, name in
                                              (("co", "coil"), ("di", "discrete"), ("ir", "input"), ("hr", "holding"))})
context = ModbusServerContext(slaves={1: store}, single=False)
if sys.argv[1] == "tcp":
    StartTcpServer(context=context, address=("127.0.0.1", int(sys.argv[2])))
else:
    StartSerialServer(context=context, framer=ModbusRtuFramer, port=sys.argv[2], baudrate=int(sys.argv[3]), timeout=0.005)
