/* test_conf_bad.c - wrong configurations: place and sentence */
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
    {"site: {id: s}\nhistory: {}\n", "2:1",
	"unknown key; the keys here are site, profiles, store, buses, "
	"devices, gateway, mqtt, influx, people, notify, web"},
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
    {"site: {id: s}\nstore: {events_max: 1KiB}\n", "2:21",
	"write 64KiB to 1024GiB"},
    {"site: {id: s}\nstore: {clock_wait: 0s}\n", "2:21", "write 1s to 1d"},
    {"site: {id: s}\nstore: {clock_wait: 25h}\n", "2:21", "write 1s to 1d"},
    {"site: {id: s}\nstore: {path: [x]}\n", "2:15", "is a list"},
    {"site: {id: s}\nweb: {listen: \"0.0.0.0:8080\"}\n", "2:15",
	"is open to other machines: add cert_file and key_file, or "
	"trusted_proxy, or allow_plaintext: true for a page that only shows"},
    {"site: {id: s}\nweb: {listen: \"[::]:80\"}\n", "2:15", "is open"},
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
    {HEAD "  - {id: x, url: \"rtu:///dev/a?baud=9600&baud=4800\"}\n", "5:18",
	"has a parameter twice"},
    {HEAD "  - {id: x, url: \"rtu:///dev/a?stop=1&parity=N&stop=1\"}\n", "5:18",
	"has a parameter twice"},
    {HEAD "  - {id: x, url: \"rtu+tcp://h\"}\n", "5:18",
	"\"rtu+tcp://h\" has no port, and no port is usual for serial servers; "
	"write rtu+tcp://HOST:PORT?baud=9600"},
    {HEAD "  - {id: x, url: \"rtu+tcp://h:1\"}\n"
	  "devices:\n  - {id: a, " METER ", bus: x, unit: 255}\n",
	"7:60", "is no unit of a serial line; write 1 to 247"},
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
    {HEAD "mqtt: {url: \"mqtts://b\", commands: yes}\n", "5:36",
	"mqtt.commands: \"yes\" is neither true nor false"},
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

    /* influx */
    {HEAD "influx: {}\n", "5:9",
	"the key \"url\" is missing; write for "
	"example url: \"http://127.0.0.1:8086/write"},
    {HEAD "influx:\n", "5:8", "influx: is empty"},
    {HEAD "influx: {url: \"mqtt://b\"}\n", "5:15",
	"influx.url: \"mqtt://b\" is no url of a server; write "
	"http://127.0.0.1:8086/write?db=riser"},
    {HEAD "influx: {url: \"https://b:8086\"}\n", "5:15", "has no path"},
    {HEAD "influx: {url: \"https://b/\"}\n", "5:15", "has no path"},
    {HEAD "influx: {url: \"https://b?db=x\"}\n", "5:15", "has no path"},
    {HEAD "influx: {url: \"https:///write\"}\n", "5:15", "has no valid host"},
    {HEAD "influx: {url: \"https://b:0/write\"}\n", "5:15",
	"has no valid port"},
    {HEAD "influx: {url: \"https://b:x/write\"}\n", "5:15",
	"has no valid port"},
    {HEAD "influx: {url: \"https://b/write?db=a b\"}\n", "5:15",
	"has a character that no url has; write it as %XX"},
    {HEAD "influx: {url: \"https://u:secret@b/write\"}\n", "5:15",
	"influx.url: has a user or password in it; write token_file:"},
    {HEAD "influx: {url: \"https://b/write?db=x&u=me&p=secret\"}\n", "5:15",
	"influx.url: has a user or password in it"},
    {HEAD "influx: {url: \"https://b/write?db=x&precision=ms\"}\n", "5:15",
	"has a precision that is not ours: times are written in ns"},
    {HEAD "influx: {url: \"http://b/write\"}\n", "5:15",
	"would send everything in the clear; write https://, or add "
	"allow_plaintext: true"},
    {HEAD "influx: {url: \"https://b/write\", token_file: nowhere}\n", "5:46",
	"cannot be read at config/nowhere: No such file"},
    {HEAD "influx: {url: \"https://b/write\", token_file: riser.yaml}\n",
	"5:46", "may be read by others"},
    {HEAD "influx: {url: \"https://b/write\", token: x}\n", "5:34",
	"unknown key; did you mean \"token_file\"?"},
    {HEAD "influx: {url: \"https://b/write\", gzip: on}\n", "5:40",
	"is neither true nor false"},
    {HEAD "influx: {url: \"http://127.0.0.1/write\", ca_file: riser.yaml}\n",
	"5:41", "is for TLS, and the url is http://; write https://"},
};

START_TEST(a_wrong_configuration_is_told_with_its_place)
{
	struct conf *c = read_text(files[_i].text);

	ck_assert_ptr_null(c);
	assert_told(HERE, files[_i].place, files[_i].piece);
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
	suite_add_tcase(s, t);
	return s;
}

int
main(void)
{
	return suite_run(suite());
}
