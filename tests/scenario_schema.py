#!/usr/bin/python3
"""The schemas of config/schema, which editors use, and the reader agree: on each key, on each list of words, on what is right
and on what is wrong.  What the reader knows is asked of it: its sentences about an unknown key and an unknown word list those
it has.

A schema sees values, not their writing.  So it lets pass what the reader refuses: 010 and 1e3 where YAML makes them numbers,
an enumeration's number in quotes, more than 18 digits, a key given twice.  And it sees one place at a time: it knows nothing of
names that refer to something, sums of lengths, ranges upside down, what must lie side by side, units of one quantity, formulas.
"""
import glob
import json
import os
import re
import shutil
import subprocess
from urllib.request import pathname2url

import jsonschema
import yaml

from harness import RISER, TOP, check, end, folder
from schema_documents import BUSES, FULL, MORE, ODD, PAIRS, whole

SCHEMAS = os.path.join(TOP, "config/schema")
UNKNOWN = "zzqqxx"  # near to no key and no word


# ---- two ways to see a file ----

def as_reader(text, plain):
    """A scalar as riser judges it: what is in quotes is a text, and a number is written in one way only."""
    if not plain:
        return text
    if text in ("", "~") or text.lower() == "null":
        return None
    if text in ("true", "false"):
        return text == "true"
    if re.fullmatch(r"-?(0|[1-9]\d*|0x[0-9a-fA-F]+)", text):
        return int(text, 0)
    if re.fullmatch(r"-?(0|[1-9]\d*)\.\d+", text):
        return float(text)
    return text


def as_editor(text, plain):
    """A scalar as editors have it: the core schema of YAML 1.2, where no and off are texts, and 010 is ten."""
    if not plain:
        return text
    if re.fullmatch(r"~|null|Null|NULL|", text):
        return None
    if re.fullmatch(r"true|True|TRUE|false|False|FALSE", text):
        return text.lower() == "true"
    if re.fullmatch(r"[-+]?\d+", text):
        return int(text)
    if re.fullmatch(r"0x[0-9a-fA-F]+|0o[0-7]+", text):
        return int(text, 0)
    if re.fullmatch(r"[-+]?(\.\d+|\d+(\.\d*)?)([eE][-+]?\d+)?", text):
        return float(text)
    return float(text.replace(".", "", 1)) if re.fullmatch(r"[-+]?\.(inf|Inf|INF)|\.(nan|NaN|NAN)", text) else text


VIEWS = {"the reader's view": as_reader, "an editor's view": as_editor}


def value_of(node, view):
    if isinstance(node, yaml.MappingNode):
        return {str(value_of(k, view)) if view is as_editor else k.value: value_of(v, view) for k, v in node.value}
    if isinstance(node, yaml.SequenceNode):
        return [value_of(n, view) for n in node.value]
    return view(node.value, node.style is None)


def load(text, view=as_reader):
    return value_of(yaml.compose(text, Loader=yaml.SafeLoader), view)


def slurp(*path):
    with open(os.path.join(TOP, *path), encoding="utf-8") as f:
        return f.read()


# ---- the schemas ----

class Schema:
    def __init__(self, name):
        path = os.path.join(SCHEMAS, f"{name}.schema.json")
        self.top = json.loads(slurp(path))
        jsonschema.Draft7Validator.check_schema(self.top)
        self.resolver = jsonschema.RefResolver("file://" + pathname2url(path), self.top)
        self.validator = jsonschema.Draft7Validator(self.top, resolver=self.resolver)

    def mistakes(self, text, view):
        return [f"{'.'.join(map(str, e.path))}: {e.message}" for e in self.validator.iter_errors(load(text, view))]

    def parts(self, schema, value, path=()):
        """Each (path, schema without $ref, value) of a document, as deep as the schema goes."""
        if schema is True:
            return
        if "$ref" in schema:
            with self.resolver.resolving(schema["$ref"]) as target:
                yield from self.parts({**target, "of": schema}, value, path)
            return
        yield path, schema, value
        for way in ("allOf", "anyOf"):
            for s in schema.get(way, []):
                yield from self.parts(s, value, path)
        if isinstance(value, list) and "items" in schema:
            for i, v in enumerate(value):
                yield from self.parts(schema["items"], v, path + (i,))
        if isinstance(value, dict):
            for k, v in value.items():
                for s in self.ways(schema, k):
                    yield from self.parts(s, v, path + (k,))

    @staticmethod
    def ways(schema, key):
        if key in schema.get("properties", {}):
            return [schema["properties"][key]]
        found = [s for p, s in schema.get("patternProperties", {}).items() if re.search(p, key)]
        return found or ([schema["additionalProperties"]] if isinstance(schema.get("additionalProperties"), dict) else [])


SCHEMA = {name: Schema(name) for name in ("riser", "profile", "kind")}


def objects_below(node):
    """Each object with keys of its own in a schema's text."""
    if isinstance(node, dict):
        if isinstance(node.get("properties"), dict) and "additionalProperties" in node:
            yield node
        node = list(node.values())
    if isinstance(node, list):
        for n in node:
            yield from objects_below(n)


# ---- the reader ----

class Reader:
    """build/riser beside a config folder of its own, so that a test may write kinds and profiles."""

    def __init__(self):
        self.top = folder("schema")
        self.riser = os.path.join(self.top, "build/riser")
        os.makedirs(os.path.dirname(self.riser))
        shutil.copy2(RISER, self.riser)
        shutil.copytree(os.path.join(TOP, "config"), os.path.join(self.top, "config"))
        for name in ("mqtt.password", "influx.token", "ding.secret", "ca.pem", "client.pem", "client.key"):
            self.write(name, "x")
        subprocess.run(["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-subj",
                        "/CN=gateway.lan", "-keyout", os.path.join(self.top, "web.key"), "-out",
                        os.path.join(self.top, "web.crt")], check=True, capture_output=True)
        os.chmod(os.path.join(self.top, "web.key"), 0o600)
        for name, url in (("ding", "https://oapi.dingtalk.com/robot/send?access_token=x"), ("wecom", "https://b/send?key=x"),
                          ("feishu", "https://b/hook/x"), ("hook", "https://b/x")):
            self.write(f"{name}.url", url)
        self.write("config/profiles/test/q.yaml", 'profile: test/q\nkind: heat\npoints: {temp: {at: "holding:0"}}\n')

    def write(self, name, text):
        path = os.path.join(self.top, name)
        os.makedirs(os.path.dirname(path), exist_ok=True)
        with open(path, "w", encoding="utf-8") as f:
            f.write(text)
        os.chmod(path, 0o600)
        return path

    def mistakes(self, what, text):
        """What `riser check` says against this text; nothing if it is right."""
        device = "{id: d, profile: test/%s, bus: net, unit: 1, rating: {kva: 630, in: 909, ct: 30, pt: 1}}"
        self.write("config/profiles/test/p.yaml", text if what == "profile" else FULL["profile"])
        self.write("config/kinds/heat.yaml", text if what == "kind" else FULL["kind"])
        if what != "riser":
            text = f"site: {{id: s}}\n{BUSES}devices: [{device % ('p' if what == 'profile' else 'q')}]\n"
        p = subprocess.run([self.riser, "check", "-c", self.write("riser.yaml", text)], capture_output=True, timeout=20)
        said = p.stderr.decode("utf-8")
        assert p.returncode in (0, 1), said
        return [x for x in said.splitlines() if ": warning: " not in x] if p.returncode else []


reader = Reader()


def flow(value):
    """A value as YAML in one line; times and words, and keys that are numbers, stay plain."""
    if isinstance(value, dict):
        keys = {k: k if re.fullmatch(r"-?(\d+|0x[0-9a-f]+)", k) else json.dumps(k) for k in value}
        return "{" + ", ".join(f"{keys[k]}: {flow(v)}" for k, v in value.items()) + "}"
    if isinstance(value, list):
        return "[" + ", ".join(map(flow, value)) + "]"
    if isinstance(value, str) and re.fullmatch(r"[A-Za-z0-9]+", value) and as_reader(value, True) == value:
        return value
    return json.dumps(value, ensure_ascii=False)


def changed(value, path, new):
    if not path:
        return new
    copy = dict(value) if isinstance(value, dict) else list(value)
    copy[path[0]] = changed(value[path[0]], path[1:], new)
    return copy


def dotted(path):
    return re.sub(r"^\.", "", "".join(f"[{k}]" if isinstance(k, int) else f".{k}" for k in path))


# ---- the files of the project ----

def files():
    yield "riser", "config/riser.yaml"
    for path in sorted(glob.glob("config/demo/*.yaml", root_dir=TOP)):
        yield "riser", path
    for path in sorted(glob.glob("config/profiles/**/*.yaml", root_dir=TOP, recursive=True)):
        yield "profile", path
    for path in sorted(glob.glob("config/kinds/*.yaml", root_dir=TOP)):
        yield "kind", path


for what, path in files():
    for name, view in VIEWS.items():
        found = SCHEMA[what].mistakes(slurp(path), view)
        check(f"{path} is right in {name}", not found, found)

# Keys behind a # too; prose has one blank behind it.
shown = re.sub(r"^#(?! \S)", "", slurp("config/riser.yaml"), flags=re.M)
for name, view in VIEWS.items():
    found = SCHEMA["riser"].mistakes(shown.replace("mqtt://127.0.0.1:1883", "mqtts://broker.estate").replace("http://127", "https://127"), view)
    check(f"config/riser.yaml with its examples is right in {name}", not found, found)
modeline = slurp("config/riser.yaml").splitlines()[0].partition("# yaml-language-server: $schema=")[2]
check("the first line of config/riser.yaml names its schema", os.path.isfile(os.path.join(TOP, "config", modeline)), modeline)


# ---- keys, words and ranges ----

def told(what, document, path, new):
    """What the reader says of the value at path, once it is another one."""
    place = f": {dotted(path)}: "
    said = reader.mistakes(what, flow(changed(document, path, new)))
    return next((x.partition(place)[2] for x in said if place in x), f"nothing of {dotted(path)}: {said}")


def words_of(sentence, head):
    return set(re.split(r", | or ", sentence.partition(head)[2].strip()))


def judge_keys(what, document, path, schema, value):
    key = f"{dotted(path)}.{UNKNOWN}".lstrip(".")
    said = [x for x in reader.mistakes(what, flow(changed(document, path, {**value, UNKNOWN: 1}))) if f": {key}: " in x]
    keys = words_of(said[0], "the keys here are ") if said else None
    known = set(schema["properties"])
    check(f"{what}: {dotted(path) or 'the top'} has the keys the reader has", keys == known,
          f"schema only: {known - (keys or set())}, reader only: {(keys or set()) - known}, {said}")


def judge_repeat(what, document, path, schema, value):
    """Its variable is a key too, so there is no list of keys."""
    new = changed(document, path, {**value, UNKNOWN: [1, 2]})
    said = reader.mistakes(what, flow(new))
    found = SCHEMA[what].mistakes(flow(new), as_reader)
    check(f"{what}: {dotted(path)} has one variable only", said and found, f"{said}, {found}")


def judge_words(what, document, path, schema):
    words = words_of(told(what, document, path, UNKNOWN), "is not known; write ") - {"ascii:N"}    # a pattern there
    known = {str(x) for x in schema["enum"]}
    check(f"{what}: {dotted(path)} has the words the reader has", words == known, f"{words ^ known}")


def judge_range(what, document, path, schema):
    pair = re.search(r"write (-?\d+) to (-?\d+)", told(what, document, path, 1234567890))
    got = (int(pair[1]), int(pair[2])) if pair else (0, 0)
    if "holes" in path:  # they begin with the address_base
        got = got[0], got[1] + 40001
    check(f"{what}: {dotted(path)} has the range the reader has", got == (schema["minimum"], schema["maximum"]), got)


def judge_measure(what, document, path, schema, much):
    """The range of times and sizes stands in the description, for a pattern of it would be unreadable."""
    pair = re.search(r"write (\w+ to \w+)", told(what, document, path, much))
    check(f"{what}: the description of {dotted(path)} has the reader's range",
          pair and pair[1] in schema["of"]["description"], pair)


used = {}  # an object's properties, as text -> those of them that stand in a whole document
for what, text in (*FULL.items(), *MORE):
    document = load(text)
    said = reader.mistakes(what, text)
    check(f"a whole {what} is right for the reader", not said, said)
    for name, view in VIEWS.items():
        found = SCHEMA[what].mistakes(text, view)
        check(f"a whole {what} is right in {name}", not found, found)
    for path, schema, value in list(SCHEMA[what].parts(SCHEMA[what].top, document)):
        if isinstance(value, dict) and "properties" in schema and schema.get("additionalProperties") is False:
            used.setdefault(json.dumps(schema["properties"]), set()).update(value)
            (judge_repeat if "patternProperties" in schema else judge_keys)(what, document, path, schema, value)
        elif isinstance(value, str) and "enum" in schema:
            judge_words(what, document, path, schema)
        elif isinstance(value, int) and "maximum" in schema and not isinstance(value, bool):
            judge_range(what, document, path, schema)
        elif schema.get("of", {}).get("$ref", "").endswith("/duration"):
            judge_measure(what, document, path, schema, "9999d")
        elif schema.get("of", {}).get("$ref", "").endswith("/size"):
            judge_measure(what, document, path, schema, "9999999GiB")

# So nothing of the schemas stays unasked.
texts = {name: json.loads(slurp(SCHEMAS, f"{name}.schema.json")) for name in (*FULL, "parts")}
everything = {json.dumps(o["properties"]): set(o["properties"]) for t in texts.values() for o in objects_below(t)}
for text, keys in everything.items():
    check(f"whole documents have {', '.join(sorted(keys)[:4])} ...", keys <= used.get(text, set()), keys - used.get(text, set()))

# And nothing of the reader: each row of its tables.
rows = {key for path in glob.glob(os.path.join(TOP, "gateway/conf/*.c"))
        for key in re.findall(r'\{"(\w+)", WANT_', slurp(path))}
known = set().union(*everything.values())
check("each key of the reader's tables stands in a schema", len(rows) > 50 and rows <= known, rows - known)


# ---- what is right and what is wrong ----

def judged(where, text, right):
    what, document = whole(where, text)
    said = reader.mistakes(what, document)
    found = {name: SCHEMA[what].mistakes(document, view) for name, view in VIEWS.items()}
    check(f"{where}: {' '.join(text.split()) or 'nothing'} is {'right' if right else 'wrong'}",
          all(right != bool(x) for x in (said, *found.values())), f"{said}, {found}")


for where, wrong, right in PAIRS:
    judged(where, wrong, False)
    judged(where, right, True)
for where, text in ODD:
    judged(where, text, True)

end()
