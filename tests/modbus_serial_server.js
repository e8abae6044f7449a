// modbus_serial_server.js PORT - npm's modbus-serial, serving the registers it reads as JSON from stdin.
"use strict";
const path = require("path");
const modbus = require(path.resolve("build/npm/node_modules/modbus-serial"));
const spaces = JSON.parse(require("fs").readFileSync(0, "utf8"));
const vector = {
  getCoil: (address) => Boolean(spaces.coil[address]),
  getDiscreteInput: (address) => Boolean(spaces.discrete[address]),
  getInputRegister: (address) => spaces.input[address],
  getHoldingRegister: (address) => spaces.holding[address],
};
new modbus.ServerTCP(vector, { host: "127.0.0.1", port: Number(process.argv[2]), unitID: 1 });
