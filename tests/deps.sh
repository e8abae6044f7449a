#!/bin/sh
# deps.sh build|deb|demo|check - installs what that needs and is missing, and says so.
set -eu

build="gcc libc6-dev make pkg-config libmodbus-dev libpaho-mqtt-dev libcurl4-openssl-dev libssl-dev zlib1g-dev libyaml-dev libzstd-dev libsqlite3-dev libjansson-dev libmicrohttpd-dev libcrypt-dev libsystemd-dev nodejs npm"
deb="$build dpkg-dev"
demo="$build mosquitto mosquitto-clients"
check="$demo check clang clang-format libclang-rt-14-dev python3 python3-jsonschema python3-pymodbus python3-serial-asyncio python3-yaml openssl influxdb victoria-metrics exim4-daemon-light libmosquitto-dev systemd strace faketime e2fsprogs mount procps chromium fonts-noto-cjk"

case ${1:-} in
build) want=$build ;;
deb) want=$deb ;;
demo) want=$demo ;;
check) want=$check ;;
*) echo "usage: tests/deps.sh build|deb|demo|check" >&2; exit 2 ;;
esac

if ! command -v dpkg-query >/dev/null; then
	echo "riser is built on Debian 12 or Raspberry Pi OS 12; here, see to it that there are:" >&2
	echo "  $want" >&2
	exit 0
fi

missing=
for p in $want; do
	case $p in
	# A node that did not come from Debian serves as well.
	nodejs) command -v node >/dev/null && continue ;;
	npm) command -v npm >/dev/null && continue ;;
	esac
	dpkg-query -W -f='${Status}' "$p" 2>/dev/null | grep -q 'ok installed' || missing="$missing $p"
done

if [ -n "$missing" ]; then
	sudo=
	if [ "$(id -u)" != 0 ]; then
		command -v sudo >/dev/null || { echo "as root: apt-get install$missing" >&2; exit 1; }
		sudo=sudo
	fi
	echo "installing (this takes minutes):$missing"
	# Servers that Debian would start on their standard ports are not wanted.
	policy=
	if [ ! -e /usr/sbin/policy-rc.d ]; then
		policy=/usr/sbin/policy-rc.d
		printf '#!/bin/sh\nexit 101\n' | $sudo tee $policy >/dev/null
		$sudo chmod 755 $policy
	fi
	status=0
	log=$(mktemp)
	{ $sudo apt-get update -q && $sudo env DEBIAN_FRONTEND=noninteractive \
		apt-get install -y -q --no-install-recommends $missing; } >"$log" 2>&1 || status=$?
	[ -z "$policy" ] || $sudo rm -f $policy
	[ $status = 0 ] || { tail -n 20 "$log" >&2; echo "installing failed; the whole log is $log" >&2; exit 1; }
	rm -f "$log"
fi

# npm_install FOLDER FILES - what FILES/package-lock.json names, in build/FOLDER; nothing if it is there.
npm_install() {
	cmp -s "$2/package-lock.json" "build/$1/installed" && return
	echo "installing: build/$1 (npm)"
	mkdir -p "build/$1"
	cp "$2/package.json" "$2/package-lock.json" "build/$1/"
	(cd "build/$1" && npm ci --silent --no-audit --no-fund $3)
	cp "$2/package-lock.json" "build/$1/installed"
}

# What puts the pages together.
npm_install web gateway/web/dashboard ""

# A Modbus server nobody here wrote, what drives a browser, what judges accessibility.
[ "$1" != check ] || npm_install npm tests/npm --omit=optional
