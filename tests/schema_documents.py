"""schema_documents.py - what scenario_schema.py shows to the schemas and to the reader: whole documents, and pieces that are
wrong beside ones that are right."""

# ---- one document of each sort, with each object in it ----

BUSES = 'buses: [{id: net, url: "tcp://127.0.0.1:502"}, {id: line, url: "rtu:///dev/serial/by-id/a"}]\n'

FULL = {"riser": """
site: {id: s, name: {zh: 小区, en: Estate}, estate: s, timezone: UTC, households: 10}
profiles: [config/profiles]
store: {path: store, journal_max: 1GiB, events_max: 1MiB, history_max: 1GiB, commit_every: 1s, clock_wait: 5m}
buses: [{id: net, url: "tcp://127.0.0.1:502", timeout: 1s}]
devices:
  - id: d
    name: {zh: 表, en: Meter}
    profile: test/p
    bus: net
    unit: 1
    kind: heat
    rating: {kva: 630, in: 909, ct: 30, pt: 1}
    place: {building: 1, stair: 2, floors: 6}
    owner: {name: {zh: 安达, en: Anda}, phone: 400, rescue_code: 123456}
    fed_by: e
    heartbeat: 60s
    points:
      a: {every: 2s}
      way{n}: {at: "holding:90", repeat: {n: [1, 3], step: 2}}
    derive:
      sum: {value: "a + way1", unit: kW, valid: [0, 9], deadband: 1, heartbeat: 10s, urgent: true}
      high: {value: a > 1, journal: true}
    alarms:
      far: {when: "a > 9", clear: "a < 8", suppress: not online, on: 1s, off: 1s, severity: P3, latch: true, shelve_max: 1h,
        release: a < 1, needs_power: true, enabled: true, text: {zh: 远, en: far}}
  - {id: e, profile: test/q, kind: feeder, bus: net, unit: 2}
gateway:
  alarms:
    bus-down: {when: not bus_up, clear: bus_up, suppress: not uplink, on: 1s, off: 1s, severity: P3, latch: true, shelve_max: 1h,
      release: bus_up, needs_power: false, enabled: true, text: "{bus} {devices}"}
mqtt: {url: "mqtts://b", version: 5, client_id: c, prefix: p, state_every: 1s, commands: true, allow_plaintext: false,
  username: u, password_file: mqtt.password, ca_file: ca.pem, cert_file: client.pem, key_file: client.key}
influx: {url: "https://b/write?db=riser", token_file: influx.token, ca_file: ca.pem, gzip: true, allow_plaintext: false}
people:
  - {id: wang, name: {zh: 王, en: Wang}, phone: 138, dingtalk: 13800000000, wecom: wang, feishu: ou_1, email: wang@estate.example}
notify:
  channels:
    - {id: duty, type: dingtalk, url_file: ding.url, secret_file: ding.secret, ca_file: ca.pem, severities: [P1, P2], kinds: [heat],
      mention: [wang], language: both, personal: true, a_minute: 20}
    - {id: hook, type: webhook, url: "http://10.0.0.9/x", allow_plaintext: true}
    - {id: mail, type: email, url: "smtp://mail.example", from: riser@estate.example, to: [a@b], username: u,
      password_file: mqtt.password}
  escalate: [{after: 3m, to: [mail, wang], severities: [P1, P2]}]
  shifts: [{id: night, from: "23:00", to: "07:00", people: [wang]}]
  quiet: {from: "22:00", to: "07:00", severities: [P3, P4]}
  digest: "08:00"
  repeat: {P1: 3m, P2: 30m, P3: 0s, P4: 0s}
web: {listen: "127.0.0.1:8080", users_file: users, trusted_proxy: "127.0.0.1", hosts: [gateway.lan], allow_plaintext: false,
  cert_file: web.crt, key_file: web.key}
""", "profile": """
profile: test/p
title: {zh: 表, en: Meter}
kind: heat
verified: A
source: nowhere
modbus: {address_base: 0, word_order: abcd, max_read: 125, max_gap: 8, min_gap_time: 0ms, holes: [[3110, 3130]]}
identity: {at: "holding:89", type: u32, bits: [0, 31], word_order: cdab, between: [15000, 15100]}
repeat: {pump: [1, 6], step: 10}
points:
  a: {at: "holding:0", unit: "%", every: 1s, deadband: 1, heartbeat: 10s, urgent: true, role: counter, valid: [0, 9]}
  b: {at: "holding:2", type: u64, word_order: cdab, bits: [0, 63], enum: {0: "no", 1: "yes"}, journal: true}
  pump{pump}_x: {at: "holding:10", scale: 0.1, offset: -40, scale_by: [rating.ct], scale_pow10: "holding:11", unit: MPa,
    unit_from: {at: "holding:12", map: {0: MPa, 1: kPa}}, not_available: [0x8000, ">240", 9]}
  line{line}: {at: "holding:80", repeat: {line: [1, 2], step: 1}}
  fault_raw: {at: "holding:88"}
  contact: {at: "coil:1", invert: true}
derive:
  twice: {value: "2 * a", unit: kW, valid: [0, 9], deadband: 1, heartbeat: 10s, urgent: true}
  high: {value: a > 1, journal: false}
alarms:
  far: {when: "a > 9", clear: "a < 8", suppress: "a > 99", on: 1s, off: 1s, severity: P3, latch: true, shelve_max: 1h,
    release: a < 1, needs_power: false, enabled: true, text: {zh: 远, en: far}}
faults: {41: {code: DOOR, severity: P2, text: {zh: 门, en: door}}}
sim:
  a: 5
  line{line}: {shape: constant, value: 5}
  pump{pump}_x: {shape: daily, min: 1, max: 2}
  fault_raw: {shape: counter, min: 0, per_hour: 1}
""", "kind": """
kind: heat
title: {zh: 热, en: Heat}
based_on: gas
points:
  temp: {title: {zh: 温度, en: Temperature}, unit: degC, role: counter, form: number}
  socket{n}: {title: {zh: 插座, en: Socket}, form: enumeration, enum: {0: off, 1: on}}
  fault_code: {title: {zh: 故障, en: Fault}, enum: {0: none, 1: DOOR, 99: OTHER}, texts: {DOOR: {zh: 门, en: door}}, journal: true}
derive:
  half: {value: "temp / 2", unit: degC, valid: [0, 9], deadband: 1, heartbeat: 10s, urgent: true}
  warm: {value: [temp > 5 and fault_code == none, temp > 5], journal: true}
alarms:
  hot: {when: "temp > 9", clear: "temp < 8", suppress: not online, without: [fault_code], on: 1s, off: 1s, severity: P3,
    latch: true, shelve_max: 1h, release: temp < 1, needs_power: true, enabled: true, text: {zh: 热, en: hot}}
"""}

# The other forms of what has two.
MORE = [("profile", """
profile: test/p
kind: heat
identity: {at: "holding:29", type: "ascii:20", begins: PM5}
repeat: [{pump: [1, 6], step: 10}, {line: [1, 2], step: 1}]
points:
  pump{pump}_x: {at: "holding:0", type: f32, not_available: NaN}
  line{line}: {at: "coil:0"}
derive:
  pump{pump}_twice: 2 * pump{pump}_x
alarms:
  pump{pump}_far: {when: "pump{pump}_x > 9", severity: P4, text: far}
"""), ("kind", """
kind: heat
title: Heat
points: {ok: {title: OK, form: boolean}, label: {title: Label, form: text}}
derive: {fine: ["ok and label == 'x'", ok]}
alarms: {}
""")]


# ---- what is right and what is wrong ----

def whole(where, text):
    """A document with this piece, and which schema it is for."""
    top = "profile: test/p\nkind: heat\n"
    point = 'points: {p: {at: "holding:0"}}\n'
    return {
        "riser": ("riser", text),
        "site": ("riser", "site: {id: s, %s}\n" % text),
        "store": ("riser", "site: {id: s}\nstore: {%s}\n" % text),
        "bus": ("riser", "site: {id: s}\nbuses: [{id: x, %s}]\n" % text),
        "device": ("riser", "site: {id: s}\n%sdevices: [{profile: test/q, bus: net, %s}]\n" % (BUSES, text)),
        "mqtt": ("riser", "site: {id: s}\nmqtt: {%s}\n" % text),
        "influx": ("riser", "site: {id: s}\ninflux: {%s}\n" % text),
        "web": ("riser", "site: {id: s}\nweb: {%s}\n" % text),
        "gateway": ("riser", "site: {id: s}\ngateway: {%s}\n" % text),
        "person": ("riser", "site: {id: s}\npeople: [{id: wang, %s}]\n" % text),
        "notify": ("riser", "site: {id: s}\npeople: [{id: wang}]\n"
                            "notify: {channels: [{id: hook, type: webhook, url: 'http://127.0.0.1'}], %s}\n" % text),
        "channel": ("riser", "site: {id: s}\npeople: [{id: wang, dingtalk: 13800000000}]\nnotify: {channels: [{id: x, %s}]}\n" % text),
        "profile": ("profile", top + point + text),
        "modbus": ("profile", top + point + "modbus: {%s}\n" % text),
        "points": ("profile", top + "points: {%s}\n" % text),
        "repeat": ("profile", top + "repeat: {%s}\npoints:\n  p{x}: {at: 'holding:0'}\n" % text),
        "identity": ("profile", top + point + "identity: {at: 'holding:0', %s}\n" % text),
        "derive": ("profile", top + point + "derive: {%s}\n" % text),
        "alarms": ("profile", top + point + "alarms: {%s}\n" % text),
        "faults": ("profile", top + "points: {fault_raw: {at: 'holding:0', type: i16}}\nfaults: {%s}\n" % text),
        "sim": ("profile", top + "points: {p: {at: 'holding:0', type: i16}}\nsim: {%s}\n" % text),
        "kind": ("kind", "kind: heat\ntitle: Heat\n" + text),
        "word": ("kind", "kind: heat\ntitle: Heat\npoints:\n  %s\n" % text),
        "point": ("profile", top + 'points: {p: {at: "holding:0", %s}}\n' % text),
    }[where]


# One piece that is wrong, and one that is right: each differs from the other only in what is meant.
PAIRS = [
    ("riser", "{}", "site: {id: s}"),
    ("site", "name: {de: x}", "name: {en: x}"),
    ("site", "name: {}", "name: x"),
    ("site", "estate: Anju", "estate: anju"),
    ("site", "estate: null", 'estate: "null"'),
    ("site", "timezone: /etc/passwd", "timezone: UTC"),
    ("site", "households: -1", "households: 0"),
    ("site", 'households: "12"', "households: 12"),
    ("site", "households: 1_200", "households: 1200"),
    ("store", "journal_max: 2GB", "journal_max: 2GiB"),
    ("store", "commit_every: 1", "commit_every: 1s"),
    ("store", "commit_every: 01s", "commit_every: 1s"),
    ("store", "events_max: 64M", "events_max: 64MiB"),
    ("store", "clock_wait: 10", "clock_wait: 10m"),
    ("store", "path: [x]", "path: x"),
    ("bus", "url: 'tcp:/h'", "url: 'tcp://h'"),
    ("bus", "url: 'tpc://h'", "url: 'tcp://h'"),
    ("bus", "url: 'rtu://dev/a'", "url: 'rtu:///dev/a'"),
    ("bus", "url: 'rtu:///dev/a?baud=9601'", "url: 'rtu:///dev/a?baud=9600'"),
    ("bus", "url: 'rtu:///dev/a?baud=9600&parity=n'", "url: 'rtu:///dev/a?baud=9600&parity=N'"),
    ("bus", "url: 'rtu+tcp://h'", "url: 'rtu+tcp://h:8899'"),
    ("bus", "url: 'rtu+tcp:///dev/a'", "url: 'rtu+tcp://h:1?parity=O&stop=2'"),
    ("bus", "url: 'rtu+tcp://h:1?baud=9601'", "url: 'rtu+tcp://h:1?baud=115200'"),
    ("bus", "url: 'tcp://h', timeout: 3", "url: 'tcp://h', timeout: 3s"),
    ("device", "id: gateway, unit: 1", "id: gateway1, unit: 1"),
    ("device", "id: d, unit: 250", "id: d, unit: 255"),
    ("device", "id: d", "id: d, unit: 1"),
    ("device", "id: d, unit: 1, kind: lift", "id: d, unit: 1, kind: heat"),
    ("device", "id: d, unit: 1, rating: {kva: 0}", "id: d, unit: 1, rating: {kva: 0.1}"),
    ("device", "id: d, unit: 1, place: {floors: 0}", "id: d, unit: 1, place: {floors: 1}"),
    ("device", "id: d, unit: 1, points: [a]", "id: d, unit: 1, points: {temp: {every: 1s}}"),
    ("mqtt", "version: 5", "url: 'mqtts://b', version: 5"),
    ("mqtt", "url: 'mqtts://b', version: 4", "url: 'mqtts://b', version: 3"),
    ("mqtt", "url: 'mqtts://u:p@b'", "url: 'mqtts://b'"),
    ("mqtt", "url: 'mqtts://b', prefix: a/#", "url: 'mqtts://b', prefix: a/b"),
    ("mqtt", "url: 'mqtts://b', cert_file: client.pem", "url: 'mqtts://b', cert_file: client.pem, key_file: client.key"),
    ("mqtt", "url: 'mqtt://127.0.0.1', ca_file: ca.pem", "url: 'mqtts://127.0.0.1', ca_file: ca.pem"),
    ("mqtt", "url: 'mqtts://b', password_file: mqtt.password", "url: 'mqtts://b', password_file: mqtt.password, username: u"),
    ("mqtt", "url: 'mqtts://b', allow_plaintext: yes", "url: 'mqtts://b', allow_plaintext: true"),
    ("influx", "gzip: false", "url: 'https://b/write', gzip: false"),
    ("influx", "url: 'tcp://b/write'", "url: 'https://b/write'"),
    ("influx", "url: 'https://u:p@b/write'", "url: 'https://b/write'"),
    ("influx", "url: 'https://b'", "url: 'https://b/write'"),
    ("influx", "url: 'http://127.0.0.1/write', ca_file: ca.pem", "url: 'https://127.0.0.1/write', ca_file: ca.pem"),
    ("influx", "url: 'https://b/write', gzip: yes", "url: 'https://b/write', gzip: true"),
    ("web", "listen: '0.0.0.0:8080'", "listen: '127.0.0.1:8080'"),
    ("web", "listen: 8080", "listen: '[::1]:8080'"),
    ("web", "listen: '0.0.0.0:80', users_file: users", "listen: '0.0.0.0:80', users_file: users, trusted_proxy: 10.0.0.9"),
    ("web", "listen: '[::]:80', trusted_proxy: '::1'", "listen: '[::]:80', trusted_proxy: '::1', users_file: users"),
    ("web", "listen: '10.0.0.9:80', allow_plaintext: false", "listen: '10.0.0.9:80', allow_plaintext: true"),
    ("web", "allow_plaintext: true", "allow_plaintext: false"),
    ("web", "cert_file: web.crt", "cert_file: web.crt, key_file: web.key"),
    ("web", "hosts: gateway.lan", "hosts: [gateway.lan]"),
    ("web", "hosts: ['gateway.lan:80']", "hosts: []"),
    ("web", "trusted_proxy: proxy.lan", "trusted_proxy: '::1'"),
    ("mqtt", "url: 'mqtts://b', commands: yes", "url: 'mqtts://b', commands: true"),
    ("gateway", "alarms: [disk]", "alarms: {disk: {on: 5m}}"),
    ("gateway", "alarms: {disk: {shelve_max: 2}}", "alarms: {disk: {shelve_max: 2h}}"),
    ("gateway", "points: {}", "alarms: {}"),
    ("person", "dingtalk: w123456", "dingtalk: +86-13800000000"),
    ("person", "dingtalk: 9999", "dingtalk: 10000"),
    ("person", "wecom: 'a b'", "wecom: a.b"),
    ("person", "feishu: 'ou\"1'", "feishu: ou_1"),
    ("person", "email: Wang <a@b>", "email: a@b"),
    ("person", "emial: a@b", "email: a@b"),
    ("riser", "site: {id: s}\nnotify: {}", "site: {id: s}\npeople: []"),
    ("riser", "site: {id: s}\nnotify: {channels: []}",
     "site: {id: s}\nnotify: {channels: [{id: x, type: webhook, url: 'https://b'}]}"),
    ("notify", "escalate: [{after: 3m, to: []}]", "escalate: [{after: 3m, to: [wang]}]"),
    ("notify", "escalate: [{after: 3, to: [wang]}]", "escalate: [{after: 1s, to: [wang]}]"),
    ("notify", "escalate: [{after: 3m, to: [wang], severities: [P0]}]", "escalate: [{after: 3m, to: [wang], severities: [P2]}]"),
    ("notify", "shifts: [{id: n, from: '7:00', to: '23:00', people: [wang]}]",
     "shifts: [{id: n, from: '07:00', to: '23:00', people: [wang]}]"),
    ("notify", "shifts: [{id: n, from: '24:00', to: '07:00', people: [wang]}]",
     "shifts: [{id: n, from: '00:00', to: '24:00', people: [wang]}]"),
    ("notify", "shifts: [{id: n, from: '00:00', to: '07:60', people: [wang]}]",
     "shifts: [{id: n, from: 23:00, to: 07:00, people: [wang]}]"),
    ("notify", "quiet: {from: '22:00', to: '07:00', severities: [P2]}", "quiet: {from: '22:00', to: '07:00', severities: [P3]}"),
    ("notify", "quiet: {from: '22:00'}", "quiet: {from: '22:00', to: '24:00'}"),
    ("notify", "digest: '24:00'", "digest: '23:59'"),
    ("notify", "repeat: {P5: 1m}", "repeat: {P1: 0s}"),
    ("channel", "type: sms, url: 'https://b'", "type: webhook, url: 'https://b'"),
    ("channel", "type: webhook", "type: webhook, url_file: hook.url"),
    ("channel", "type: webhook, url: 'https://b', url_file: hook.url", "type: webhook, url: 'https://b?a=b'"),
    ("channel", "type: webhook, url: 'https://u:p@b'", "type: webhook, url: 'https://b/@x'"),
    ("channel", "type: webhook, url: 'https://b', secret_file: ding.secret",
     "type: dingtalk, url_file: ding.url, secret_file: ding.secret"),
    ("channel", "type: webhook, url: 'https://b', from: a@b", "type: email, url: 'smtp://b', from: a@b, to: [a@b]"),
    ("channel", "type: dingtalk, url: 'https://b/?access_token=x'", "type: dingtalk, url_file: ding.url"),
    ("channel", "type: dingtalk, url_file: ding.url, a_minute: 21", "type: dingtalk, url_file: ding.url, a_minute: 20"),
    ("channel", "type: dingtalk, url_file: ding.url, allow_plaintext: true", "type: dingtalk, url_file: ding.url, mention: [wang]"),
    ("channel", "type: feishu, url_file: feishu.url, a_minute: 101", "type: feishu, url_file: feishu.url, a_minute: 100"),
    ("channel", "type: wecom, url_file: wecom.url, secret_file: ding.secret", "type: wecom, url_file: wecom.url"),
    ("channel", "type: wecom, url_file: wecom.url, severities: []", "type: wecom, url_file: wecom.url, severities: [P1]"),
    ("channel", "type: wecom, url_file: wecom.url, severities: [P1, P1]", "type: wecom, url_file: wecom.url, kinds: [water]"),
    ("channel", "type: wecom, url_file: wecom.url, language: de", "type: wecom, url_file: wecom.url, language: en"),
    ("channel", "type: email, url: 'http://b', from: a@b, to: [a@b]", "type: email, url: 'smtps://b', from: a@b, to: [a@b]"),
    ("channel", "type: email, url: 'smtp://b', from: a@b", "type: email, url: 'smtp://b', from: a@b, to: [a@b, c@d]"),
    ("channel", "type: email, url: 'smtp://b', from: a@b, to: [b]", "type: email, url: 'smtp://b', from: a@b, to: [b@b.c]"),
    ("channel", "type: email, url: 'smtp://b', from: a@b, to: [a@b], username: u",
     "type: email, url: 'smtp://b', from: a@b, to: [a@b], username: u, password_file: mqtt.password"),
    ("profile", "verified: D", "verified: C"),
    ("profile", "title: ", "title: x"),
    ("modbus", "address_base: 2", "address_base: 0"),
    ("modbus", "max_read: 126", "max_read: 125"),
    ("modbus", "word_order: acbd", "word_order: badc"),
    ("modbus", "holes: [5]", "holes: [[5, 5]]"),
    ("modbus", "holes: [[1, 2, 3]]", "holes: [[1, 2]]"),
    ("points", "", 'p: {at: "holding:0"}'),
    ("points", 'Door: {at: "holding:0"}', 'door: {at: "holding:0"}'),
    ("points", "p: {type: u16}", 'p: {at: "holding:0", type: u16}'),
    ("points", "p: {at: 3027}", 'p: {at: "holding:3027"}'),
    ("points", 'p: {at: "register:3"}', 'p: {at: "input:3"}'),
    ("points", 'p: {at: "holding:010"}', 'p: {at: "holding:10"}'),
    ("points", 'online: {at: "holding:0"}', 'on_line: {at: "holding:0"}'),
    ("points", 'power_cut: {at: "holding:0"}', 'power_cuts: {at: "holding:0"}'),
    ("point", "type: u24", "type: u32"),
    ("point", 'type: "ascii:64"', 'type: "ascii:63"'),
    ("point", "bits: 4", "bits: [4, 4]"),
    ("point", "bits: [4]", "bits: [4, 5]"),
    ("point", "enum: {}", "enum: {0: a}"),
    ("point", "enum: {a: 0}", "enum: {0: a}"),
    ("point", "enum: {0: ~}", 'enum: {0: "~"}'),
    ("point", "scale: 0", "scale: 0.5"),
    ("point", "scale: '2'", "scale: 2"),
    ("point", "unit: Mpa", "unit: MPa"),
    ("point", "deadband: -1", "deadband: 1"),
    ("point", "valid: [0]", "valid: [0, 1]"),
    ("point", "valid: [0, '9']", "valid: [0, 9]"),
    ("point", "every: 5", "every: 5s"),
    ("point", "role: gauge", "role: counter"),
    ("point", "urgent: 1", "urgent: true"),
    ("point", "bits: [3, 3], invert: 1", "bits: [3, 3], invert: true"),
    ("point", "bits: [3, 3], invert: 'true'", "bits: [3, 3], invert: false"),
    ("point", "bits: [3, 3], journal: 1", "bits: [3, 3], journal: true"),
    ("point", "not_available: []", "not_available: [5]"),
    ("point", "not_available: '5'", "not_available: '0x5'"),
    ("point", "not_available: '> 240'", "not_available: '>240'"),
    ("point", "type: f32, not_available: nan", "type: f32, not_available: NaN"),
    ("point", "scale_by: rating.ct", "scale_by: [rating.ct]"),
    ("point", "scale_by: [ct]", "scale_by: [rating.ct]"),
    ("point", "scale_by: [rating.ct, rating.ct]", "scale_by: [rating.ct, rating.pt]"),
    ("point", "scale_pow10: 1", "scale_pow10: 'holding:1'"),
    ("point", "unit: MPa, unit_from: {map: {0: kPa}}", "unit: MPa, unit_from: {at: 'holding:1', map: {0: kPa}}"),
    ("point", "unit: MPa, unit_from: {at: 'holding:1', map: {}}", "unit: MPa, unit_from: {at: 'holding:1', map: {0: mmH2O}}"),
    ("point", "unit: MPa, unit_from: {at: 'holding:1', map: {0: kpa}}", "unit: MPa, unit_from: {at: 'holding:1', map: {0: kPa}}"),
    ("repeat", "x: [1, 6]", "x: [1, 6], step: 1"),
    ("repeat", "x: [1, 6], step: 0", "x: [1, 6], step: 1"),
    ("repeat", "x: [1, 1000], step: 1", "x: [900, 999], step: 1"),
    ("repeat", "x: 6, step: 1", "x: [6, 6], step: 1"),
    ("repeat", "X: [1, 6], step: 1", "x: [1, 6], step: 1"),
    ("points", "'p{x': {at: 'coil:0'}", "p: {at: 'coil:0'}"),
    ("points", "'p{x}{y}': {at: 'coil:0', repeat: {x: [1, 2], step: 1}}", "'p{x}y': {at: 'coil:0', repeat: {x: [1, 2], step: 1}}"),
    ("identity", "type: u16", "between: [1, 2]"),
    ("identity", "between: [1, 2], begins: P", "between: [1, 2]"),
    ("identity", "between: 1", "between: [1, 1]"),
    ("derive", "d: {unit: V}", "d: {value: 2 * p, unit: V}"),
    ("derive", "d: [p]", "d: p + 1"),
    ("derive", "d: ''", "d: '- p'"),
    ("derive", "d: {value: p, valid: 5}", "d: {value: p, valid: [5, 5]}"),
    ("derive", "d: {value: p, every: 5s}", "d: {value: p, heartbeat: 5s}"),
    ("derive", "D: p", "d: p"),
    ("derive", "identified: p", "identity: p"),
    ("alarms", "a: p > 1", "a: {when: p > 1, severity: P1, text: t}"),
    ("alarms", "a: {when: p > 1, severity: P5, text: t}", "a: {when: p > 1, severity: P4, text: t}"),
    ("alarms", "a: {when: p > 1, severity: P1, text: t, on: 5}", "a: {when: p > 1, severity: P1, text: t, on: 5m}"),
    ("alarms", "a: {when: p > 1, severity: P1, text: t, latch: yes}", "a: {when: p > 1, severity: P1, text: t, latch: true}"),
    ("alarms", "a: {when: p > 1, severity: P1, text: {}}", "a: {when: p > 1, severity: P1, text: {en: t}}"),
    ("alarms", "a: {when: p > 1, severity: P1, text: t, without: [q]}", "a: {when: p > 1, severity: P1, text: t, clear: p < 0}"),
    ("alarms", "a: {when: p > 1, severity: P1, text: t, enabled: 0}", "a: {when: p > 1, severity: P1, text: t, enabled: false}"),
    ("alarms", "a: {when: p > 1, severity: P2, text: t, shelve_max: 1}", "a: {when: p > 1, severity: P2, text: t, shelve_max: 0s}"),
    ("alarms", "a: {when: p > 1, severity: P2, text: t, suppress: [p]}", "a: {when: not online, severity: P2, text: t, suppress: p > 9}"),
    ("alarms", "a: {when: p > 1, severity: P2, text: t, latch: true, release: [p]}", "a: {when: p > 1, severity: P2, text: t, latch: true, release: p < 1}"),
    ("alarms", "a: {when: p > 1, severity: P2, text: t, needs_power: 1}", "a: {when: p > 1, severity: P2, text: t, needs_power: true}"),
    ("faults", "", "41: {code: DOOR, severity: P1, text: t}"),
    ("faults", "E41: {code: DOOR, severity: P1, text: t}", "0x41: {code: DOOR, severity: P1, text: t}"),
    ("faults", "41: {severity: P1, text: t}", "41: {code: OTHER, severity: P1, text: t}"),
    ("faults", "41: {code: DOOR, severity: 1, text: t}", "-1: {code: DOOR, severity: P1, text: t}"),
    ("faults", "41: DOOR", "41: {code: DOOR, severity: P1, text: {zh: t}}"),
    ("sim", "p: {shape: constant}", "p: {shape: constant, value: 5}"),
    ("sim", "p: {shape: daily, min: 1}", "p: {shape: daily, min: 1, max: 2}"),
    ("sim", "p: {shape: counter, min: 1, max: 2}", "p: {shape: counter, min: 1, per_hour: 2}"),
    ("sim", "p: {shape: counter, min: 1, per_hour: -2}", "p: {shape: counter, min: 1, per_hour: 0}"),
    ("sim", "p: daily", "p: -1.5"),
    ("kind", "based_on: water_", "based_on: water"),
    ("word", "p: {unit: V}", "p: {title: P, unit: V}"),
    ("word", "p-q: {title: P}", "p_q: {title: P}"),
    ("word", "bus_up: {title: P}", "bus_ups: {title: P}"),
    ("word", "'{n}': {title: P}", "p{n}: {title: P}"),
    ("word", "p: {title: P, form: enum}", "p: {title: P, form: enumeration, enum: {0: a}}"),
    ("word", "p: {title: P, form: enumeration}", "p: {title: P, enum: {0: a}}"),
    ("word", "p: {title: P, form: boolean, enum: {0: a}}", "p: {title: P, form: boolean}"),
    ("word", "p: {title: P, form: text, unit: V}", "p: {title: P, form: number, unit: V}"),
    ("word", "p: {title: P, enum: {0: a}, role: counter}", "p: {title: P, role: counter}"),
    ("word", "p: {title: P, form: boolean, texts: {a: A}}", "p: {title: P, enum: {0: a}, texts: {a: A}}"),
    ("word", "p: {title: P, enum: {0: a}, texts: [A]}", "p: {title: P, enum: {0: a}, texts: {}}"),
    ("word", "p: {title: P, form: boolean, journal: yes}", "p: {title: P, form: boolean, journal: true}"),
    ("word", "car_freed: {title: P}", "cars_freed: {title: P}"),
    ("kind", "points: {p: {title: P}}\nderive: {a: []}", "points: {p: {title: P}}\nderive: {a: [p > 1]}"),
]

# Odd, and right.
ODD = [
    ("site", "households: 0x10"),
    ("store", "journal_max: 1024GiB, commit_every: 1m"),
    ("store", "journal_max: 64KiB, commit_every: 10ms"),
    ("store", "journal_max: 1MiB, commit_every: 1s"),
    ("site", "name: 12"),
    ("site", "name: 1:30"),
    ("bus", "url: 'rtu:///dev/a?stop=2&baud=19200&'"),
    ("device", "id: 3, unit: 1"),
    ("device", "id: d, unit: 0xff"),
    ("device", "id: d, unit: 1, place: {building: 010, stair: 3.50}"),
    ("device", "id: d, unit: 1, owner: {phone: 13800138000, name: off}"),
    ("mqtt", "url: 'mqtts://b', username: 1e3"),
    ("profile", "source: 2024-01-01"),
    ("modbus", "min_gap_time: 0s"),
    ("points", 'no: {at: "holding:0"}'),
    ("points", 'p: {at: holding:0x1F}'),
    ("point", "enum: {0: no, 1: off, 0x2: true, 3: 1.50}"),
    ("point", "bits: [0, 0], invert: true, not_available: 0xFFFF"),
    ("point", "unit: 1"),
    ("point", "every: 1h, heartbeat: 1d"),
    ("point", 'unit: "1"'),
    ("point", "type: i16, enum: {-1: below}"),
    ("point", "valid: [-0.5, 1.0]"),
    ("point", "type: f64, not_available: ['>1.5', '<-2', NaN, '0x7FF8000000000000', -1]"),
    ("points", "3: {at: 'holding:0'}"),
    ("points", "'{x}': {at: 'holding:0', repeat: {x: [0, 0], step: 65535}}"),
    ("derive", "no: {value: 'p', unit: 1}"),
    ("alarms", "online: {when: online, severity: P4, text: t}"),
    ("alarms", "off: {when: true or p > -0.5, severity: 'P1', text: 5}"),
    ("sim", "'p': 0"),
]
