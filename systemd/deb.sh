#!/bin/sh
# deb.sh - build/riser_VERSION_ARCH.deb from `make install`; the dependencies are what the binary links to, and what it loads where it needs it.
set -eu
cd "$(dirname "$0")/.."

version=$(sed -n 's/.*RISER_VERSION "\(.*\)"/\1/p' gateway/version.h)
arch=$(dpkg --print-architecture)
root=$(mktemp -d)
trap 'rm -rf "$root"' EXIT

make --no-print-directory install DESTDIR="$root/tree" PREFIX=/usr BUILD="$BUILD" >/dev/null
install -D -m 644 LICENSE "$root/tree/usr/share/doc/riser/copyright"
strip "$root/tree/usr/bin/riser"

mkdir -p "$root/debian" "$root/tree/DEBIAN"
printf 'Source: riser\n\nPackage: riser\nArchitecture: any\n' >"$root/debian/control"
depends=$(cd "$root" && dpkg-shlibdeps -O tree/usr/bin/riser)
depends=${depends#shlibs:Depends=}
[ -n "$depends" ] || { echo "what riser depends on cannot be said" >&2; exit 1; }
cat >"$root/tree/DEBIAN/control" <<END
Package: riser
Version: $version
Architecture: $arch
Maintainer: the riser authors <riser@localhost>
Depends: $depends
Recommends: libsystemd0
Section: net
Priority: optional
Description: Modbus to MQTT and InfluxDB gateway for the lifts, meters and pumps of an estate
 Asks elevator controllers, transformer meters and water sensors over Modbus,
 keeps what they say through every outage, and delivers it over MQTT and as
 InfluxDB line protocol.
END
cat >"$root/tree/DEBIAN/postinst" <<'END'
#!/bin/sh
set -e
[ -d /run/systemd/system ] || exit 0
systemctl daemon-reload
if [ ! -e /etc/riser/riser.yaml ]; then
	echo "riser: write /etc/riser/riser.yaml (see /usr/share/riser/riser.yaml), then: systemctl enable --now riser"
else
	systemctl try-restart riser
fi
END
cat >"$root/tree/DEBIAN/prerm" <<'END'
#!/bin/sh
set -e
if [ "$1" = remove ] && [ -d /run/systemd/system ]; then systemctl disable --now riser || true; fi
END
chmod 755 "$root/tree/DEBIAN/postinst" "$root/tree/DEBIAN/prerm"
dpkg-deb --build --root-owner-group "$root/tree" "build/riser_${version}_$arch.deb"
