/* test_profile_bad.c - wrong profiles and wrong settings of devices: place and
 * sentence */
#include "gateway/conf/profile.h"
#include "tests/conf_help.h"
#include "tests/suite.h"

struct bad {
	const char *text, *place, *piece;
};

#define TOP "profile: x/y\nkind: water\n"
#define POINT TOP "points:\n  p: "
#define AT "{at: \"holding:0\", "
#define IDENTITY TOP "identity: {at: \"holding:9\""
#define REST "points: {p: {at: \"coil:0\"}}\n"
#define SIM                                                                    \
	POINT "{at: \"holding:0\"}\n"                                          \
	      "  t: {at: \"holding:1\", type: \"ascii:4\"}\nsim: "

#define HELD                                                                   \
	TOP "points: {p: {at: \"holding:0\"}, b: {at: \"coil:0\"}, e: {at: "   \
	    "\"holding:1\", enum: {0: off, 3: on}}, h: {at: \"holding:2\", "   \
	    "type: i16, scale: 0.1, offset: -40}, pump_state: {at: "           \
	    "\"holding:3\", enum: {0: off, 9: fault}}}\nsim: "

static const struct bad profiles[] = {
    /* the head */
    {"kind: water\npoints: {p: {at: \"coil:0\"}}\n", "1:1",
	"the key \"profile\" is missing"},
    {"kind: water\ntitle: x\npoints: {p: {title: x}, q: {title: x}}\n", "1:1",
	"this file is a kind, not a profile; check a profile"},
    {"kind: feeder\ntitle: x\nbased_on: transformer\n", "1:1",
	"this file is a kind, not a profile; check a profile"},
    {"profile: x/z\nkind: water\npoints: {p: {at: \"coil:0\"}}\n", "1:10",
	"is not this file's path below its folder; write x/y"},
    {"profile: x/y\nkind: pump\npoints: {p: {at: \"coil:0\"}}\n", "2:7",
	"\"pump\" is not known"},
    {"profile: x/y\npoints: {p: {at: \"coil:0\"}}\n", "1:1",
	"the key \"kind\" is missing"},
    {TOP "verified: D\npoints: {p: {at: \"coil:0\"}}\n", "3:11",
	"write A, B or C"},
    {TOP "alerts: {}\npoints: {p: {at: \"coil:0\"}}\n", "3:1",
	"unknown key; did you mean \"alarms\"?"},
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
    {TOP "points: {bus_up: {at: \"coil:0\"}}\n", "3:10",
	"points.bus_up: \"bus_up\" is what riser itself knows of a device"},

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
    {POINT AT "type: float}\n", "4:30", "bcd16, bcd32 or ascii:N"},
    {POINT AT "type: \"ascii:64\"}\n", "4:30",
	"write \"ascii:1\" to \"ascii:63\""},
    {POINT AT "type: \"ascii:0\"}\n", "4:30", "write \"ascii:1\" to"},
    {POINT AT "type: ascii}\n", "4:30",
	"\"ascii\" has no valid length; write \"ascii:1\" to \"ascii:63\""},
    {POINT AT "type: \"ascii:N\"}\n", "4:30", "has no valid length"},
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
    {POINT "{at: \"discrete:0\", bits: [0, 0]}\n", "4:25",
	"a coil or discrete input is one bit already; drop it"},
    {POINT AT "bits: [0, 1], enum: {4: a}}\n", "4:45",
	"cannot occur: the point holds 0 to 3; write one of these, or check "
	"bits and type"},
    {POINT AT "enum: {0: a, 0: b}}\n", "4:37",
	"given twice; it already stands in line 4"},
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
    {POINT AT "unit: kV}\n", "4:30",
	"\"kV\" is no unit of a point; write unit: V and scale: 1000\n"},
    {POINT AT "scale: 0.1, unit: mA}\n", "4:42",
	"write unit: A and scale: 0.0001\n"},
    {POINT AT "scale: 0.1, offset: -40, unit: K}\n", "4:55",
	"write unit: degC and scale: 0.1, offset: -313.15\n"},
    {POINT AT "unit: degF}\n", "4:30",
	"write unit: degC and scale: 0.555555555555555556, offset: "
	"-17.7777777777777778\n"},
    {POINT AT "unit: kV, unit_from: {at: \"holding:1\", map: {0: V}}}\n",
	"4:30", "is no unit of a point; write unit: V\n"},
    {POINT AT "unit: kw}\n", "4:30", "did you mean \"kW\"?"},
    {POINT AT "deadband: -1}\n", "4:34", "is negative"},
    {POINT AT "valid: [9, 1]}\n", "4:31", "is upside down"},
    {POINT AT "valid: [0]}\n", "4:31", "has 1 values; write two"},
    {POINT AT "valid: [0, \"9\"]}\n", "4:35", "in quotes"},
    {POINT AT "every: 5}\n", "4:31", "has no unit"},
    {POINT AT "every: 2d}\n", "4:31", "write 100ms to 1d"},
    {POINT AT "role: gauge}\n", "4:30", "is not known; write counter"},
    {POINT AT "urgent: 1}\n", "4:32", "is neither true nor false"},
    {POINT AT "journal: true}\n", "4:24",
	"journal: is for a boolean, an enumeration or a text, and this point "
	"is a number, which changes all the time; drop it"},

    /* raw values that mean there is none */
    {POINT AT "type: i16, not_available: 32768}\n", "4:50",
	"\"32768\" can never be: an i16 holds -32768 to 32767; write -32768 or "
	"0x8000"},
    {POINT AT "not_available: [65535, 65536]}\n", "4:47",
	"can never be: a u16 holds 0 to 65535; write one of these numbers"},
    {POINT AT "not_available: \">65535\"}\n", "4:39", "can never be"},
    {POINT AT "not_available: \">-1\"}\n", "4:39",
	"would leave no value at all"},
    {POINT AT "not_available: \"<0\"}\n", "4:39", "can never be"},
    {POINT AT "not_available: \"<65536\"}\n", "4:39", "would leave no value"},
    {POINT AT "not_available: \">high\"}\n", "4:39",
	"compares with what is not an integer"},
    {POINT AT "not_available: \"> 5\"}\n", "4:39",
	"\"> 5\" has a blank in it; write \">5\""},
    {POINT AT "not_available: \">=5\"}\n", "4:39",
	"compares with =; write > or < and a number"},
    {POINT AT "type: f32, not_available: \"< -0.5\"}\n", "4:50",
	"write \"<-0.5\""},
    {POINT AT "not_available: 0x10000}\n", "4:39",
	"can never be: there are 16 bits; write at most 0xffff"},
    {POINT AT "bits: [0, 3], not_available: 0x10000}\n", "4:53",
	"there are 16 bits; write at most 0xffff"},
    {POINT AT "type: u64, not_available: 18446744073709551615}\n", "4:50",
	"is too long a number; write its bits, 0xffffffffffffffff"},
    {POINT AT "type: i64, not_available: -9223372036854775808}\n", "4:50",
	"write its bits, 0x8000000000000000"},
    {POINT AT "type: i64, not_available: 9223372036854775808}\n", "4:50",
	"an i64 holds -9223372036854775808 to 9223372036854775807; write one "
	"of these"},
    {POINT AT "type: u64, not_available: -1}\n", "4:50",
	"a u64 holds 0 to 18446744073709551615"},
    {POINT AT "type: u64, not_available: \">9223372036854775808\"}\n", "4:50",
	"write at most 9223372036854775807"},
    {POINT AT "not_available: 18446744073709551616}\n", "4:39",
	"a u16 holds 0 to 65535"},
    {POINT AT "bits: [0, 3], not_available: 16}\n", "4:53",
	"bits [0, 3] hold 0 to 15"},
    {POINT AT "not_available: 0xffg}\n", "4:39", "is no hexadecimal number"},
    {POINT AT "not_available: NaN}\n", "4:39",
	"is only among floats, f32 and f64"},
    {POINT AT "type: bcd16, not_available: 10000}\n", "4:52",
	"a bcd16 holds 0 to 9999"},
    {POINT AT "type: f32, not_available: 1e30}\n", "4:50", "is not a number"},
    {POINT AT "type: f32, not_available: nan}\n", "4:50",
	"\"nan\" is written NaN"},
    {POINT AT "type: f64, not_available: [.nan]}\n", "4:51",
	"\".nan\" is written NaN"},
    {POINT AT "not_available: .NaN}\n", "4:39", "is only among floats"},
    {POINT AT "not_available: \"65535\"}\n", "4:39", "write it without"},
    {POINT AT "not_available: ''}\n", "4:39",
	"has no value; write one such as 65535 or 0x8000, or drop it"},
    {POINT AT "type: f32, not_available: [0, '']}\n", "4:54",
	"has no value; write one"},
    {POINT AT "not_available: }\n", "4:39", "has no value; write one such"},
    {POINT AT "not_available: []}\n", "4:39", "has 0 values; write 1 to 32"},
    {POINT AT "type: \"ascii:4\", not_available: 0}\n", "4:41",
	"a text is compared with nothing; drop it"},

    /* scales and units that the device says */
    {POINT AT "scale_by: rating.ct}\n", "4:34",
	"is a single value; write a list"},
    {POINT AT "scale_by: []}\n", "4:34",
	"has 0 ratings; write 1 to 4, such as [rating.ct]"},
    {POINT AT "scale_by: [rating.cr]}\n", "4:35",
	"did you mean \"rating.ct\"?"},
    {POINT AT "scale_by: [rating.ct, rating.ct]}\n", "4:46", "is there twice"},
    {POINT "{at: \"coil:0\", scale_by: [rating.ct]}\n", "4:21",
	"only numbers have a scale_by"},
    {POINT AT "scale_pow10: \"input:1\"}\n", "4:37",
	"lies in another space than the value, and one request must bring both; "
	"write for example \"holding:1\""},
    {POINT "{at: \"input:65535\", scale_pow10: \"holding:1\"}\n", "4:39",
	"write for example \"input:65534\""},
    {POINT AT "scale_pow10: \"holding:1\", unit: MPa, unit_from: {at: "
	      "\"holding:1\", map: {0: MPa}}}\n",
	"4:77",
	"is the register of scale_pow10 too; write the one that says the unit"},
    {POINT AT "scale_pow10: \"holding:0\"}\n", "4:37",
	"is a register of the value itself"},
    {POINT AT "scale_pow10: 3}\n", "4:37", "\"3\" is no place"},
    {POINT AT "scale_pow10: \"holding:125\"}\n", "4:37",
	"it would take 126 registers where max_read allows 125"},
    {TOP "modbus: {max_read: 4}\npoints: {p: {at: \"holding:9\", "
	 "scale_pow10: \"holding:5\"}}\n",
	"4:44", "it would take 5 registers where max_read allows 4"},
    {TOP "modbus: {holes: [[2, 3]]}\npoints: {p: {at: \"holding:1\", "
	 "scale_pow10: \"holding:4\"}}\n",
	"4:31", "the hole [2, 3] lies between it and the value"},
    {POINT AT "unit: MPa, unit_from: {at: \"holding:1\"}}\n", "4:46",
	"the key \"map\" is missing; write for example map: {0: MPa, 1: kPa}"},
    {POINT AT "unit: MPa, unit_from: {map: {0: MPa}}}\n", "4:46",
	"the key \"at\" is missing"},
    {POINT AT "unit_from: {at: \"holding:1\", map: {0: MPa}}}\n", "4:24",
	"converts to the point's unit, and it has none; add for example unit: "
	"MPa"},
    {POINT AT "unit: MPa, unit_from: {at: \"holding:1\", map: {0: degC}}}\n",
	"4:73", "\"degC\" cannot become MPa, the unit of the point"},
    {POINT AT "unit: MPa, unit_from: {at: \"holding:1\", map: {0: mpsi}}}\n",
	"4:73", "did you mean \"psi\"?"},
    {POINT AT "unit: MPa, unit_from: {at: \"holding:1\", map: {}}}\n", "4:69",
	"has 0 units"},
    {POINT AT "unit: MPa, unit_from: {at: \"holding:1\", map: {x: MPa}}}\n",
	"4:70", "the key is the register's number, 0 to 65535"},
    {POINT AT
	"unit: MPa, unit_from: {at: \"holding:1\", map: {0: MPa, 0x0: kPa}}}\n",
	"4:78", "is the same number as one before"},
    {POINT AT "unit: MPa, scale: 0.000000000001, unit_from: {at: "
	      "\"holding:1\", map: {0: mmH2O}}}\n",
	"4:96", "have more than 18 digits together"},

    /* parts */
    {TOP "points:\n  p{n}: {at: \"holding:0\"}\n", "4:3",
	"nothing repeats {n}; write repeat: {n: [1, 6], step: 10}"},
    {TOP "repeat: {pump: [1, 2], step: 1}\npoints:\n  p{pmup}: {at: "
	 "\"holding:0\"}\n",
	"5:3", "nothing repeats {pmup}; did you mean \"pump\"?"},
    {POINT AT "repeat: {n: [1, 2], step: 1}}\n", "4:24",
	"the point's name has no {n} in it"},
    {TOP "points:\n  p{n}: {at: \"holding:0\", repeat: {n: [1, 2]}}\n", "4:35",
	"must have one variable and step"},
    {TOP "repeat: {n: [1, 2], step: 0}\npoints: {p: {at: \"coil:0\"}}\n",
	"3:27", "write 1 to 65535"},
    {TOP "repeat: {n: [0, 256], step: 1}\npoints: {p: {at: \"coil:0\"}}\n",
	"3:13", "gives 257 parts; a device has at most 256"},
    {TOP "repeat: {n: [1, 1000], step: 1}\npoints: {p: {at: \"coil:0\"}}\n",
	"3:17", "write 0 to 999"},
    {TOP "repeat: {N: [1, 2], step: 1}\npoints: {p: {at: \"coil:0\"}}\n",
	"3:10", "is no variable; write small letters"},
    {TOP "repeat: [{n: [1, 2], step: 1}, {n: [1, 3], step: 1}]\n"
	 "points: {p: {at: \"coil:0\"}}\n",
	"3:32", "repeats n a second time"},
    {TOP "repeat: {n: [1, 3], step: 2}\npoints:\n"
	 "  p{n}: {at: \"holding:65532\"}\n",
	"5:14", "moved on by 4 for p3 is outside the 65536 addresses"},
    {TOP "repeat: {n: [1, 3], step: 2}\npoints:\n"
	 "  p{n}: {at: \"holding:0\"}\n  p2: {at: \"holding:9\"}\n",
	"6:3", "gives the point \"p2\", which line 5 gives too"},
    {TOP "repeat: {n: [1, 3], step: 2}\npoints:\n"
	 "  p{n}: {at: \"holding:0\", type: u24}\n",
	"5:33", "did you mean \"u64\"?"},
    {TOP "repeat: {n: [0, 255], step: 1}\npoints:\n  a{n}: {at: \"coil:0\"}\n"
	 "  b{n}: {at: \"coil:0\"}\n  c{n}: {at: \"coil:0\"}\n"
	 "  d{n}: {at: \"coil:0\"}\n  e{n}: {at: \"coil:0\"}\n",
	"9:3", "is one point too many; a device has at most 1024"},
    {TOP "repeat: {n: [1, 3], step: 40000}\npoints:\n"
	 "  p{n}: {at: \"holding:0\"}\n",
	"5:14",
	"moved on by 80000 for p3 is outside the 65536 addresses; write a "
	"smaller number, a smaller step or fewer parts"},
    {TOP "repeat: {n: [1, 2], step: 0}\npoints:\n  a{n}: {at: \"coil:0\"}\n"
	 "  b{m}: {at: \"coil:9\"}\nderive: {\"c{n}\": \"a{n}\"}\n",
	"3:27", "write 1 to 65535"},
    {TOP "repeat: [{n: [2, 1], step: 1}, {m: [1, 2], step: 1}]\n"
	 "points:\n  a{n}: {at: \"coil:0\"}\n  b{m}: {at: \"coil:9\"}\n",
	"3:14", "is upside down"},
    {TOP "points:\n  p{n: {at: \"coil:0\"}\n", "4:3",
	"\"p{n\" has a brace without the other; write for example "
	"pump{pump}_hours"},
    {TOP "points:\n  \"p}\": {at: \"coil:0\"}\n", "4:3",
	"\"p}\" has a brace without the other"},
    {TOP "points:\n  p{n}{m}: {at: \"coil:0\"}\n", "4:3",
	"\"p{n}{m}\" has more braces than those of one variable"},
    {TOP "points:\n  p{N}: {at: \"coil:0\"}\n", "4:3",
	"has no variable between its braces"},
    {TOP "points: {p: {at: \"coil:0\"}}\nderive: {\"p{n\": p}\n", "4:10",
	"\"p{n\" has a brace without the other"},

    /* the vocabulary */
    {TOP "points:\n  pressure: {at: \"holding:0\", unit: kPa}\n", "4:31",
	"is kPa where every water device has MPa; write unit: MPa and a scale, "
	"or unit_from"},
    {TOP "points:\n  pumps_running: {at: \"holding:0\", unit: h}\n", "4:36",
	"is h where every water device has no unit; drop it, or give the "
	"point another name"},
    {TOP "points:\n  pump_fault: {at: \"holding:0\", unit: h}\n", "4:33",
	"only numbers have a unit, and this point is true or false"},
    {TOP "points:\n  pump_fault: {at: \"coil:0\", enum: {0: ok}}\n", "4:30",
	"pump_fault is true or false in every water device, and here it is an "
	"enumeration; read one bit or register, without enum"},
    {TOP "points:\n  pump_fault: {at: \"holding:0\", type: u32}\n", "4:33",
	"and here it is a number; read one bit or register"},
    {TOP "points:\n  pressure: {at: \"coil:0\"}\n", "4:14",
	"pressure is a number in every water device, and here it is true or "
	"false; read a number, or give the point another name"},
    {TOP "points:\n  pump_state: {at: \"holding:0\", type: f32}\n", "4:33",
	"pump_state is an enumeration in every water device"},
    {TOP "points:\n  pump_state: {at: \"holding:0\", enum: {3: runing}}\n",
	"4:43", "did you mean \"running\"?"},
    {"profile: x/y\nkind: elevator\npoints:\n"
     "  floor_label: {at: \"holding:0\"}\n",
	"4:17", "floor_label is a text in every elevator device"},

    /* identity */
    {TOP "identity: {type: u16, between: [1, 2]}\npoints: {p: {at: "
	 "\"coil:0\"}}\n",
	"3:11", "the key \"at\" is missing"},
    {IDENTITY "}\n" REST, "3:11", "does not say what must stand there"},
    {IDENTITY ", between: [1, 2], begins: x}\n" REST, "3:46",
	"is for texts, and this is a number"},
    {IDENTITY ", type: \"ascii:4\", between: [1, 2]}\n" REST, "3:46",
	"is for numbers, and this is a text"},
    {IDENTITY ", type: \"ascii:4\", begins: PM5000}\n" REST, "3:54",
	"is longer than the 4 characters that are read"},
    {IDENTITY ", between: [65536, 70000]}\n" REST, "3:38",
	"can never be: a u16 holds 0 to 65535"},
    {IDENTITY ", between: [0, 65535]}\n" REST, "3:38",
	"holds whatever stands there: a u16 holds 0 to 65535; write the "
	"numbers of this model alone"},
    {IDENTITY ", between: [2, 1]}\n" REST, "3:38", "is upside down"},
    {IDENTITY ", between: [1, 2], unit: V}\n" REST, "3:46", "unknown key"},
    {TOP "identity: {at: \"coil:0\", between: [0, 1]}\n" REST, "3:16",
	"is one bit, which tells no model"},

    /* sim */
    {SIM "{q: 5}\n", "6:7", "sim.q: is none of the points that are read"},
    {SIM "{p: five}\n", "6:10", "is not a number"},
    {SIM "{p: {min: 1}}\n", "6:10", "the key \"shape\" is missing"},
    {SIM "{p: {shape: dayly}}\n", "6:18", "did you mean \"daily\"?"},
    {SIM "{p: {shape: daily, min: 1}}\n", "6:10", "the key \"max\" is missing"},
    {SIM "{p: {shape: daily, min: 1, max: 2, value: 3}}\n", "6:41",
	"does not belong to this shape; write {shape: daily, min: 60"},
    {SIM "{p: {shape: drift, min: 3, max: 2}}\n", "6:38",
	"\"2\" is less than min; write 3 or more"},
    {HELD "{p: 65536}\n", "4:10",
	"\"65536\" can never be: p holds 0 to 65535; write one of these"},
    {HELD "{p: {shape: daily, min: -1, max: 65535}}\n", "4:30",
	"p holds 0 to 65535"},
    {HELD "{p: {shape: drift, min: 1, max: 70000}}\n", "4:38",
	"p holds 0 to 65535"},
    {HELD "{p: {shape: counter, min: 70000, per_hour: 1}}\n", "4:32",
	"p holds 0 to 65535"},
    {HELD "{h: 3276.8}\n", "4:10", "h holds -3316.8 to 3236.7"},
    {HELD "{e: 7}\n", "4:10",
	"\"7\" can never be: e holds 0 off, 3 on; write one of these"},
    {HELD "{e: {shape: constant, value: 1}}\n", "4:35", "e holds 0 off, 3 on"},
    {HELD "{b: 5}\n", "4:10", "b holds 0 or 1; write one of these"},
    {HELD "{pump_state: 1}\n", "4:19", "pump_state holds 0 off, 3 fault;"},
    {SIM "{p: {shape: counter, min: 3, per_hour: -2}}\n", "6:45",
	"a counter only goes up"},
    {SIM "{t: 5}\n", "6:7", "is a text, which is not played"},
};

START_TEST(a_wrong_profile_is_told_with_its_place)
{
	struct profile_text t = {.file = "y.yaml",
	    .name = "x/y",
	    .bytes = profiles[_i].text,
	    .len = strlen(profiles[_i].text)};
	struct walk w = {.diag = diag_new(), .memory = arena_new()};
	struct kinds *kinds = kinds_open(&w);
	struct arena *nodes = arena_new();
	size_t size;
	FILE *out;

	free(told);
	out = open_memstream(&told, &size);
	ck_assert_ptr_null(profile_read(&w, &t, kinds, nodes));
	diag_print(w.diag, out);
	fclose(out);
	kinds_close(kinds);
	arena_free(nodes);
	arena_free(w.memory);
	diag_free(w.diag);
	assert_told("y.yaml", profiles[_i].place, profiles[_i].piece);
}
END_TEST

/* ---- a device's own keys ---- */

#define SHARED                                                                 \
	"profile: p\nkind: water\nmodbus: {max_read: 16}\n"                    \
	"repeat: {pump: [1, 3], step: 10}\n"                                   \
	"points:\n"                                                            \
	"  pressure: {at: \"holding:4\", type: i16, scale: 0.001}\n"           \
	"  status: {at: \"holding:10\", bits: [12, 15], enum: {0: idle}}\n"    \
	"  pump{pump}_hours: {at: \"holding:100\", type: u32}\n"               \
	"  amps: {at: \"holding:20\", scale: 0.01, scale_by: [rating.ct, "     \
	"rating.pt], unit: A}\n"                                               \
	"  flow: {at: \"holding:30\", scale_pow10: \"holding:31\"}\n"          \
	"  far: {at: \"holding:65535\", deadband: 5}\n"                        \
	"  current_l1: {at: \"holding:40\", unit: V}\n"                        \
	"  pump_state: {at: \"holding:41\"}\n"

#define OWN                                                                    \
	DEVICES                                                                \
	"  - {id: a, profile: p, bus: net, unit: 1, rating: {ct: 30, pt: 1}, " \
	"points: {\n    "

static const struct bad devices[] = {
    {OWN "presure: {every: 1s}}}\n", "7:5", "did you mean \"pressure\"?"},
    {OWN "valve: {every: 1s}}}\n", "7:5",
	"and a new one says where it lies: at: \"holding:0\""},
    {OWN "valve: {at: \"holding:0\", every: 1}}}\n", "7:37", "has no unit"},
    {OWN "Valve: {at: \"holding:0\"}}}\n", "7:5", "is not a name"},
    {OWN "\"valve{n}\": {at: \"holding:0\"}}}\n", "7:5", "nothing repeats {n}"},
    {OWN "status: {type: f32}}}\n", "7:5",
	"devices[0].points.status: the profile's status.bits: only integers "
	"have bits"},
    {OWN "status: {invert: true}}}\n", "7:14",
	"only what is true or false is inverted, and this point is an "
	"enumeration; drop it, or exchange the names in enum"},
    {OWN "pressure: {invert: false}}}\n", "7:16",
	"and this point is a number; drop it"},
    {OWN "contact: {at: \"coil:0\", invert: 1}}}\n", "7:37",
	"is neither true nor false"},
    {OWN "pump_state: {enum: {0: of, 3: running}}}}\n", "7:28",
	"points.pump_state.enum.0: \"of\" is not known; did you mean \"off\"?"},
    {OWN "status: {bits: [8, 16]}}}\n", "7:24", "write 0 to 15"},
    {OWN "status: {enum: {16: far}}}}\n", "7:21",
	"cannot occur: the point holds 0 to 15"},
    {OWN "far: {type: u32}}}\n", "7:5",
	"the profile's far.at, \"holding:65535\", reaches past the last"},
    {OWN "far: {enum: {0: a}}}}\n", "7:5",
	"the profile's far.deadband: only numbers have a deadband, and this "
	"point is an enumeration"},
    {OWN "flow: {at: \"input:30\"}}}\n", "7:5",
	"the profile's flow.scale_pow10, \"holding:31\", lies in another space"},
    {OWN "flow: {at: \"holding:60\"}}}\n", "7:5",
	"the profile's flow.scale_pow10, \"holding:31\", lies too far"},
    {OWN "pressure: {unit: bar}}}\n", "7:16",
	"is bar where every water device has MPa"},
    {OWN "pressure: {at: \"coil:1\", type: bit}}}\n", "7:30",
	"pressure is a number in every water device"},
    {OWN "pressure: {repeat: {n: [1, 2], step: 1}}}}\n", "7:16",
	"is the profile's to say"},
    {OWN "\"pump{pump}_hours\": {evry: 1s}}}\n", "7:26",
	"did you mean \"every\"?"},
    {OWN "\"pump{pump}_hours\": {at: \"holding:65530\"}}}\n", "7:30",
	"moved on by 10 for pump2_hours is outside"},
    {OWN "pump4_hours: {every: 1s}}}\n", "7:5",
	"did you mean \"pump1_hours\"?"},
    {DEVICES "  - {id: a, profile: p, bus: net, unit: 1, rating: {pt: 1}}\n",
	"6:52",
	"amps is multiplied by rating.ct: write rating: {ct: 30}, or {ct: 1} for a "
	"meter without a current transformer"},
    {DEVICES "  - {id: a, profile: p, bus: net, unit: 1, rating: {ct: 1}}\n",
	"6:52", "write rating: {pt: 100}, or {pt: 1} for a meter without"},
    {DEVICES "  - {id: a, profile: p, bus: net, unit: 1, rating: {pt: 1, ct: "
	     "0.12345678901234567}}\n",
	"6:52", "rating.ct makes the scale of amps longer than 18 digits"},
    {DEVICES
	"  - {id: a, profile: p, bus: net, unit: 1, rating: {ct: 30, pt: "
	"1}, kind: transformer, points: {current_l1: {unit: A},\n    voltage_l1n: {at: "
	"\"holding:1\", unit: kW}}}\n",
	"7:36", "is kW where every transformer device has V"},
    {DEVICES "  - {id: a, profile: p, bus: net, unit: 1, rating: {ct: 30, pt: "
	     "1}, kind: transformer}\n",
	"6:69",
	"devices[0].kind: the profile's current_l1.unit: is V where every "
	"transformer device has A"},
    {DEVICES "  - {id: a, profile: q, bus: net, unit: 1, kind: water}\n",
	"6:44",
	"devices[0].kind: the profile's pump_state.enum, \"idle\", is none of "
	"the names that every water device has for pump_state; write off, "
	"running, standby, fault or unknown"},
};

START_TEST(a_device_s_wrong_key_is_told_where_it_stands)
{
	char file[256];

	put("profiles/p.yaml", SHARED, 0600);
	put("profiles/q.yaml",
	    "profile: q\nkind: gas\npoints: {pump_state: {at: "
	    "\"holding:1\", enum: {0: idle}}}\n",
	    0600);
	snprintf(file, sizeof(file), "%s",
	    put("riser.yaml", devices[_i].text, 0600));
	ck_assert_ptr_null(read_file(file));
	assert_told(file, devices[_i].place, devices[_i].piece);
}
END_TEST

START_TEST(mistakes_of_profile_and_device_are_told_in_one_run)
{
	char want[256];

	put("profiles/p.yaml", SHARED, 0600);
	put("profiles/q.yaml",
	    "profile: q\nkind: water\nidentity: {at: \"holding:1\"}\n"
	    "points: {a: {at: \"holding:0\", not_available: 65536}}\n",
	    0600);
	ck_assert_ptr_null(read_file(put("riser.yaml",
	    OWN "flow: {valid: [2, 1]}}}\n"
		"  - {id: b, profile: q, bus: net, unit: 2}\n"
		"  - {id: c, profile: q, bus: net, unit: 3}\n",
	    0600)));
	ck_assert_msg(told_lines() == 3, "%s", told);
	snprintf(
	    want, sizeof(want), "%s/profiles/q.yaml:3:11: identity: ", dir);
	ck_assert_msg(strstr(told, want) != NULL, "%s", told);
	snprintf(want, sizeof(want),
	    "%s/profiles/q.yaml:4:46: points.a.not_available: ", dir);
	ck_assert_msg(strstr(told, want) != NULL, "%s", told);
	snprintf(want, sizeof(want),
	    "%s/riser.yaml:7:19: devices[0].points.flow.valid: ", dir);
	ck_assert_msg(strstr(told, want) != NULL, "%s", told);
}
END_TEST

static Suite *
suite(void)
{
	Suite *s = suite_create("profile_bad");
	TCase *t = tcase_create("bad");

	tcase_add_checked_fixture(t, make_dir, remove_dir);
	tcase_add_loop_test(
	    t, a_wrong_profile_is_told_with_its_place, 0, ROWS(profiles));
	tcase_add_loop_test(
	    t, a_device_s_wrong_key_is_told_where_it_stands, 0, ROWS(devices));
	tcase_add_test(t, mistakes_of_profile_and_device_are_told_in_one_run);
	suite_add_tcase(s, t);
	return s;
}

int
main(void)
{
	return suite_run(suite());
}
