/* test_conf_bad.c - wrong configurations and profiles: place and sentence */
#include "gateway/conf/profile.h"
#include "tests/conf_help.h"
#include "tests/suite.h"

struct bad {
	const char *text, *place, *piece;
};

/* Each has one mistake. */
static const struct bad files[] = {
    /* keys */
    {"buses: []\n", "1:1",
	"the key \"site\" is missing; write for example "
	"site: {id: anju}"},
    {"site: {}\n", "1:7", "site: the key \"id\" is missing"},
    {"site: {id: s}\nbusses: []\n", "2:1",
	"busses: unknown key; did you mean \"buses\"?"},
    {"site: {id: s}\ninflux: {}\n", "2:1",
	"unknown key; the keys here are site, profiles, store, buses, "
	"devices, mqtt, web"},
    {"site: {id: s}\nsite: {id: t}\n", "2:1", "given twice"},
    {"- site\n", "1:1", "is a list; write keys and values"},
    {"site\n", "1:1", "is a single value; write keys and values"},
    {"site: anju\n", "1:7", "site: is a single value; write keys"},
    {"site:\n", "1:6", "site: is empty; write keys and values"},

    /* site, store, web */
    {"site: {id: Anju}\n", "1:12", "\"Anju\" is not a name; write small"},
    {"site: {id: s, name: {zh: x, de: y}}\n", "1:29",
	"site.name.de: unknown key"},
    {"site: {id: s, name: {}}\n", "1:21", "write {zh: ..., en: ...}"},
    {"site: {id: s, name: [x]}\n", "1:21", "is a list; write a single"},
    {"site: {id: s, estate: null}\n", "1:23", "is YAML for nothing"},
    {"site: {id: s, name: \"a\\nb\"}\n", "1:21", "write it in one line"},
    {"site: {id: s, timezone: Asia/Shanghia}\n", "1:25",
	"is no time zone; write one such as Asia/Shanghai"},
    {"site: {id: s, timezone: ../../../etc/passwd}\n", "1:25",
	"is no time zone"},
    {"site: {id: s, households: -1}\n", "1:27",
	"\"-1\" is out of range; write 0 to 100000"},
    {"site: {id: s, households: 1_200}\n", "1:27", "is not an integer"},
    {"site: {id: s, households: 012}\n", "1:27", "has a leading zero"},
    {"site: {id: s, households: \"12\"}\n", "1:27",
	"is a text, for it stands in quotes; write it without"},
    {"site: {id: s}\nstore: {journal_max: 2GB}\n", "2:22",
	"\"2GB\" is not a size; write one such as 64KiB"},
    {"site: {id: s}\nstore: {journal_max: 2048}\n", "2:22",
	"has no unit; write a size"},
    {"site: {id: s}\nstore: {journal_max: 1KiB}\n", "2:22",
	"write 64KiB to 1024GiB"},
    {"site: {id: s}\nstore: {commit_every: 1}\n", "2:23",
	"store.commit_every: \"1\" has no unit; write a time such as 200ms, "
	"5s or 15m"},
    {"site: {id: s}\nstore: {commit_every: 5ms}\n", "2:23", "write 10ms to 1m"},
    {"site: {id: s}\nstore: {path: [x]}\n", "2:15", "is a list"},
    {"site: {id: s}\nweb: {listen: \"0.0.0.0:8080\"}\n", "2:15",
	"riser has no login yet: listen on 127.0.0.1 and put a proxy"},
    {"site: {id: s}\nweb: {listen: \"[::]:80\"}\n", "2:15", "no login"},
    {"site: {id: s}\nweb: {listen: 8080}\n", "2:15", "has no port"},
    {"site: {id: s}\nweb: {listen: \"localhost:80\"}\n", "2:15",
	"write 127.0.0.1:8080"},
    {"site: {id: s}\nweb: {listen: \"127.0.0.1:99999\"}\n", "2:15",
	"has no valid port"},
    {"site: {id: s}\nweb:\n", "2:5", "web: is empty"},
    {"site: {id: s}\nprofiles: [nowhere]\n", "2:12",
	"profiles[0]: \"nowhere\" is no folder"},

    /* buses */
    {"site: {id: s}\nbuses: {id: a}\n", "2:8",
	"buses: is a map of keys; "
	"write a list"},
    {"site: {id: s}\nbuses: [a]\n", "2:9", "buses[0]: is a single value"},
    {"site: {id: s}\nbuses: [{url: \"tcp://h\"}]\n", "2:9",
	"buses[0]: the key \"id\" is missing"},
    {"site: {id: s}\nbuses: [{id: a}]\n", "2:9",
	"the key \"url\" is missing; write for example url: "
	"\"tcp://192.168.10.20:502\""},
    {HEAD "  - {id: net, url: \"tcp://h\"}\n", "5:10",
	"\"net\" is the id of the bus in line 3 too"},
    {HEAD "  - {id: x, url: \"tpc://h\"}\n", "5:18",
	"has the unknown scheme tpc://; riser knows "},
    {HEAD "  - {id: x, url: \"rtu:///dev/a?buad=9600\"}\n", "5:18",
	"write ?baud=9600&parity=N&stop=1"},
    {HEAD "  - {id: x, url: \"tcp://h\", timeout: 3}\n", "5:38",
	"buses[2].timeout: \"3\" has no unit; write a time such as"},
    {HEAD "  - {id: x, url: \"tcp://h\", timeout: 5ms}\n", "5:38",
	"write 10ms to 1m"},

    /* devices */
    {HEAD "devices: [{profile: meter/schneider-pm5000, bus: net, unit: 1}]\n",
	"5:11", "devices[0]: the key \"id\" is missing"},
    {HEAD "devices:\n  - {id: a, " METER ", bus: net, unti: 1, unit: 1}\n",
	"6:56", "devices[0].unti: unknown key; did you mean \"unit\"?"},
    {HEAD "devices:\n  - {id: a, " METER ", bus: nte, unit: 1}\n", "6:51",
	"devices[0].bus: \"nte\" is no bus; did you mean \"net\"?"},
    {HEAD "devices:\n  - {id: a, bus: net, unit: 1}\n", "6:5",
	"the key \"profile\" is missing"},
    {HEAD "devices:\n  - {id: a, profile: meter/schneider-pm500, bus: net, "
	  "unit: 1}\n",
	"6:22", "is no profile; did you mean \"meter/schneider-pm5000\"?"},
    {HEAD "devices:\n  - {id: a, profile: boat/x, bus: net, unit: 1}\n", "6:22",
	"is no profile; looked for boat/x.yaml in config/profiles"},
    {HEAD "devices:\n  - {id: a, profile: ../../x, bus: net, unit: 1}\n",
	"6:22", "is not a name"},
    {HEAD "devices:\n  - {id: gateway, " METER ", bus: net, unit: 1}\n", "6:10",
	"\"gateway\" is riser itself; write another"},
    {HEAD "devices:\n  - {id: a, " METER ", bus: net, unit: 1}\n"
	  "  - {id: a, " METER ", bus: net, unit: 2}\n",
	"7:10", "is the id of the device in line 6 too"},
    {HEAD "devices:\n  - {id: a, " METER ", bus: line, unit: 0}\n", "6:63",
	"is no unit of a serial line; write 1 to 247"},
    {HEAD "devices:\n  - {id: a, " METER ", bus: line, unit: 248}\n", "6:63",
	"is no unit of a serial line"},
    {HEAD "devices:\n  - {id: a, " METER ", bus: net, unit: 250}\n", "6:62",
	"is reserved; write 0 to 247, or 255"},
    {HEAD "devices:\n  - {id: a, " METER ", bus: net, unit: 256}\n", "6:62",
	"is out of range; write 0 to 255"},
    {HEAD "devices:\n  - {id: a, " METER ", bus: net, unit: 0b1}\n", "6:62",
	"is not an integer"},
    {HEAD "devices:\n  - {id: a, " METER ", bus: net, unit: }\n", "6:62",
	"unit: has no value; write one, or leave the key out"},
    {HEAD "devices:\n  - {id: a, " METER ", bus: net, unit: 1, kind: lfit}\n",
	"6:71", "\"lfit\" is not known; write elevator, transformer"},
    {HEAD "devices:\n  - {id: a, " METER ", bus: net, unit: 1, fed_by: a}\n",
	"6:73", "is this device itself"},
    {HEAD "devices:\n  - {id: tx-1, " METER
	  ", bus: net, unit: 1, fed_by: tx1}\n",
	"6:76", "\"tx1\" is no device; did you mean \"tx-1\"?"},
    {HEAD "devices:\n  - {id: a, " METER
	  ", bus: net, unit: 1, rating: {kva: -630}}\n",
	"6:79", "rating.kva: \"-630\" is negative"},
    {HEAD "devices:\n  - {id: a, " METER
	  ", bus: net, unit: 1, rating: {kva: 0}}\n",
	"6:79", "write a number above 0"},
    {HEAD "devices:\n  - {id: a, " METER
	  ", bus: net, unit: 1, rating: {kva: 6e2}}\n",
	"6:79", "is not a number"},
    {HEAD "devices:\n  - {id: a, " METER
	  ", bus: net, unit: 1, place: {floors: 0}}\n",
	"6:81", "place.floors: \"0\" is out of range; write 1 to 200"},
    {HEAD "devices:\n  - {id: a, " METER
	  ", bus: net, unit: 1, points: {voltage_1ln: {every: 1s}}}\n",
	"6:74",
	"points.voltage_1ln: the profile has no such point; did you "
	"mean \"voltage_l1n\"?"},
    {HEAD "devices:\n  - {id: a, " METER
	  ", bus: net, unit: 1, points: {frequency: {evry: 1s}}}\n",
	"6:86", "did you mean \"every\"?"},
    {HEAD "devices:\n  - {id: a, " METER
	  ", bus: net, unit: 1, points: {frequency: {every: 50ms}}}\n",
	"6:93", "write 100ms to 1d"},
    {HEAD "devices:\n  - {id: a, " LIFT
	  ", bus: line, unit: 1, points: {door: {deadband: 1}}}\n",
	"6:85",
	"only numbers have a deadband, and this point is an "
	"enumeration; drop it"},

    /* mqtt */
    {HEAD "mqtt: {}\n", "5:7", "the key \"url\" is missing"},
    {HEAD "mqtt: {url: \"http://127.0.0.1\"}\n", "5:13",
	"has an unknown scheme; write mqtts://HOST:8883"},
    {HEAD "mqtt: {url: \"mqtt://broker.example\"}\n", "5:13",
	"would send everything in the clear; write mqtts://"},
    {HEAD "mqtt: {url: \"mqtt://u:secret@127.0.0.1\"}\n", "5:13",
	"mqtt.url: has a user or password in it"},
    {HEAD "mqtt: {url: \"mqtt://127.0.0.1/x\"}\n", "5:13",
	"has something behind the host"},
    {HEAD "mqtt: {url: \"mqtts://b\", version: 4}\n", "5:35",
	"write 3 for it, or 5"},
    {HEAD "mqtt: {url: \"mqtts://b\", version: 3.1.1}\n", "5:35",
	"is not an integer"},
    {HEAD "mqtt: {url: \"mqtts://b\", prefix: \"a/#\"}\n", "5:34",
	"is no beginning of a topic"},
    {HEAD "mqtt: {url: \"mqtts://b\", password: x}\n", "5:26",
	"unknown key; did you mean \"password_file\"?"},
    {HEAD "mqtt: {url: \"mqtts://b\", allow_plaintext: yes}\n", "5:43",
	"is neither true nor false"},
    {HEAD "mqtt: {url: \"mqtts://b\", ca_file: nowhere.pem}\n", "5:35",
	"cannot be read at config/nowhere.pem: No such file"},
    {HEAD "mqtt: {url: \"mqtts://b\", ca_file: profiles}\n", "5:35",
	"is no regular file"},
    {HEAD "mqtt: {url: \"mqtt://127.0.0.1\", ca_file: riser.yaml}\n", "5:33",
	"is for TLS, and the url is mqtt://"},
    {HEAD "mqtt: {url: \"mqtts://b\", password_file: }\n", "5:41",
	"mqtt.password_file: has no value"},
    {HEAD "mqtt: {url: \"mqtts://b\", ca_file: [riser.yaml]}\n", "5:35",
	"is a list; write a single value"},
    {HEAD "mqtt: {url: \"mqtts://b\", client_id: ~}\n", "5:37",
	"is YAML for nothing"},
    {HEAD "mqtt: {url: \"mqtts://b\", cert_file: riser.yaml}\n", "5:26",
	"is of no use alone; add key_file:"},
};

START_TEST(a_wrong_configuration_is_told_with_its_place)
{
	struct conf *c = read_text(files[_i].text);

	ck_assert_ptr_null(c);
	assert_told(HERE, files[_i].place, files[_i].piece);
}
END_TEST

#define TOP "profile: x/y\nkind: water\n"
#define POINT TOP "points:\n  p: "
#define AT "{at: \"holding:0\", "

static const struct bad profiles[] = {
    /* the head */
    {"kind: water\npoints: {p: {at: \"coil:0\"}}\n", "1:1",
	"the key \"profile\" is missing"},
    {"profile: x/z\nkind: water\npoints: {p: {at: \"coil:0\"}}\n", "1:10",
	"is not this file's path below its folder; write x/y"},
    {"profile: x/y\nkind: pump\npoints: {p: {at: \"coil:0\"}}\n", "2:7",
	"\"pump\" is not known"},
    {"profile: x/y\npoints: {p: {at: \"coil:0\"}}\n", "1:1",
	"the key \"kind\" is missing"},
    {TOP "verified: D\npoints: {p: {at: \"coil:0\"}}\n", "3:11",
	"write A, B or C"},
    {TOP "alarms: {}\npoints: {p: {at: \"coil:0\"}}\n", "3:1", "unknown key"},
    {TOP "modbus: {address_base: 2}\npoints: {p: {at: \"coil:2\"}}\n", "3:24",
	"write 0, 1 or 40001"},
    {TOP "modbus: {max_read: 126}\npoints: {p: {at: \"coil:0\"}}\n", "3:20",
	"write 1 to 125"},
    {TOP "modbus: {word_order: acbd}\npoints: {p: {at: \"coil:0\"}}\n", "3:22",
	"did you mean \"abcd\"?"},
    {TOP "modbus: {holes: [[5, 3]]}\npoints: {p: {at: \"coil:0\"}}\n", "3:18",
	"is upside down; write [3, 5]"},
    {TOP "modbus: {holes: [5]}\npoints: {p: {at: \"coil:0\"}}\n", "3:18",
	"modbus.holes[0]: is a single value; write a list"},
    {TOP "modbus: {holes: [[1, 2, 3]]}\npoints: {p: {at: \"coil:0\"}}\n",
	"3:18", "has 3 values; write two"},
    {TOP, "1:1", "the key \"points\" is missing"},
    {TOP "points: {}\n", "3:9", "has 0 points; a device has 1 to 1024"},
    {TOP "points: {Door: {at: \"coil:0\"}}\n", "3:10",
	"points.Door: \"Door\" is not a name"},
    {TOP "points: {p: coil:0}\n", "3:13", "points.p: is a single value"},

    /* where */
    {POINT "{type: u16}\n", "4:6", "the key \"at\" is missing"},
    {POINT "{at: 3027}\n", "4:11", "\"3027\" is no place; write coil"},
    {POINT "{at: \"register:3\"}\n", "4:11", "is no place"},
    {POINT "{at: \"holding: 3\"}\n", "4:11",
	"has a number that is not an integer"},
    {POINT "{at: \"holding:010\"}\n", "4:11", "has a leading zero"},
    {POINT "{at: \"holding:65536\"}\n", "4:11",
	"is outside the 65536 addresses; with address_base 0 write 0 to "
	"65535"},
    {POINT "{at: \"holding:-1\"}\n", "4:11", "is outside"},
    {POINT "{at: \"holding:65535\", type: u32}\n", "4:11",
	"reaches past the last address, 65535: it takes 2 registers"},
    {TOP "modbus: {address_base: 40001}\npoints: {p: {at: \"holding:17\"}}\n",
	"4:18", "with address_base 40001 write 40001 to 105536"},
    {TOP "modbus: {max_read: 2}\npoints: {p: {at: \"holding:0\", "
	 "type: f64}}\n",
	"4:18", "takes 4 registers, more than max_read 2 allows"},

    /* what */
    {POINT AT "type: u24}\n", "4:30", "did you mean \"u64\"?"},
    {POINT AT "type: float}\n", "4:30", "write u16, i16"},
    {POINT AT "type: \"ascii:64\"}\n", "4:30", "write ascii:1 to ascii:63"},
    {POINT AT "type: \"ascii:0\"}\n", "4:30", "write ascii:1 to ascii:63"},
    {POINT AT "type: bit}\n", "4:30", "write bits: [3, 3]"},
    {POINT "{at: \"coil:0\", type: u16}\n", "4:27",
	"does not fit into a coil, which is one bit"},
    {POINT AT "bits: [4, 16]}\n", "4:34", "write 0 to 15"},
    {POINT AT "bits: [5, 4]}\n", "4:30", "is upside down; write [4, 5]"},
    {POINT AT "bits: 4}\n", "4:30", "is a single value; write a list"},
    {POINT AT "type: f32, bits: [0, 1]}\n", "4:35", "only integers have bits"},
    {POINT AT "type: bcd16, bits: [0, 1]}\n", "4:37",
	"only integers have bits"},
    {POINT AT "type: f32, enum: {0: a}}\n", "4:35",
	"only integers and bits have names"},
    {POINT AT "enum: {}}\n", "4:30", "has 0 names"},
    {POINT AT "enum: {\"0\": a}}\n", "4:31", "write for example 0: closed"},
    {POINT AT "enum: {closed: 0}}\n", "4:31",
	"the key of an enumeration is its number"},
    {POINT AT "enum: {1: a, 0x1: b}}\n", "4:37", "is the number of \"a\" too"},
    {POINT AT "bits: [0, 1], enum: {4: a}}\n", "4:45",
	"cannot occur: the point holds 0 to 3"},
    {POINT AT "enum: {-1: a}}\n", "4:31", "cannot occur"},
    {POINT AT "enum: {0: null}}\n", "4:34", "or quote it"},
    {POINT AT "enum: {0: [a]}}\n", "4:34", "is a list"},

    /* what only numbers have */
    {POINT AT "enum: {0: a}, scale: 2}\n", "4:38",
	"only numbers have a scale, and this point is an enumeration"},
    {POINT AT "type: \"ascii:4\", offset: 1}\n", "4:41",
	"and this point is a text"},
    {POINT AT "bits: [3, 3], unit: V}\n", "4:38",
	"and this point is true or false"},
    {POINT "{at: \"coil:0\", valid: [0, 1]}\n", "4:21", "true or false"},
    {POINT "{at: \"coil:0\", role: counter}\n", "4:21", "true or false"},
    {POINT AT "scale: 0}\n", "4:31", "makes every value nothing"},
    {POINT AT "scale: 1e-3}\n", "4:31", "write one such as 12, -0.5 or 0.001"},
    {POINT AT "scale: 5,1}\n", "4:33", "1: unknown key"},
    {POINT AT "unit: Mpa}\n", "4:30", "did you mean \"MPa\"?"},
    {POINT AT "unit: furlong}\n", "4:30", "is not known; write 1, %"},
    {POINT AT "deadband: -1}\n", "4:34", "is negative"},
    {POINT AT "valid: [9, 1]}\n", "4:31", "is upside down"},
    {POINT AT "valid: [0]}\n", "4:31", "has 1 values; write two"},
    {POINT AT "valid: [0, \"9\"]}\n", "4:35", "in quotes"},
    {POINT AT "every: 5}\n", "4:31", "has no unit"},
    {POINT AT "every: 2d}\n", "4:31", "write 100ms to 1d"},
    {POINT AT "role: gauge}\n", "4:30", "is not known; write counter"},
    {POINT AT "urgent: 1}\n", "4:32", "is neither true nor false"},
};

START_TEST(a_wrong_profile_is_told_with_its_place)
{
	struct profile_text t = {.file = "y.yaml",
	    .name = "x/y",
	    .bytes = profiles[_i].text,
	    .len = strlen(profiles[_i].text)};
	struct walk w = {.diag = diag_new(), .memory = arena_new()};
	size_t size;
	FILE *out;

	free(told);
	out = open_memstream(&told, &size);
	ck_assert_ptr_null(profile_read(&w, &t));
	diag_print(w.diag, out);
	fclose(out);
	arena_free(w.memory);
	diag_free(w.diag);
	assert_told("y.yaml", profiles[_i].place, profiles[_i].piece);
}
END_TEST

static Suite *
suite(void)
{
	Suite *s = suite_create("conf_bad");
	TCase *t = tcase_create("bad");

	tcase_add_checked_fixture(t, NULL, forget_told);
	tcase_add_loop_test(t, a_wrong_configuration_is_told_with_its_place, 0,
	    sizeof(files) / sizeof(*files));
	tcase_add_loop_test(t, a_wrong_profile_is_told_with_its_place, 0,
	    sizeof(profiles) / sizeof(*profiles));
	suite_add_tcase(s, t);
	return s;
}

int
main(void)
{
	return suite_run(suite());
}
