#!/usr/bin/env bash
# Installs the Debian packages that a node needs and that are missing. Never upgrades what is there.
set -euo pipefail

# program (or file) that shows that a package is there, and the package
needs=(
  etcd:etcd-server
  containerd:containerd
  ctr:containerd
  runc:runc
  /usr/lib/cni/bridge:containernetworking-plugins
  nft:nftables
  iptables:iptables
  conntrack:conntrack
  busybox:busybox-static
  ip:iproute2
  ss:iproute2
  nsenter:util-linux
)

PATH=$PATH:/usr/local/sbin:/usr/sbin:/sbin
missing=()
for need in "${needs[@]}"; do
  what=${need%%:*}
  package=${need#*:}
  case $what in
  /*) [ -e "$what" ] || [ -e "/opt/cni/bin/${what##*/}" ] || missing+=("$package") ;;
  busybox) command -v busybox >/dev/null && ! grep -q /ld-linux "$(command -v busybox)" || missing+=("$package") ;;
  *) command -v "$what" >/dev/null || missing+=("$package") ;;
  esac
done
[ ${#missing[@]} -eq 0 ] && exit 0

mapfile -t missing < <(printf '%s\n' "${missing[@]}" | sort -u)
if [ "$(id -u)" != 0 ]; then
  echo "These packages are missing: ${missing[*]}. Install them as root: apt-get install ${missing[*]}" >&2
  exit 1
fi
if ! command -v apt-get >/dev/null; then
  echo "These are missing and this is no Debian: ${missing[*]}. Install what provides them." >&2
  exit 1
fi

# A package's service must not start: the cluster runs its own etcd and containerd.
policy=/usr/sbin/policy-rc.d
if [ ! -e $policy ]; then
  printf '#!/bin/sh\nexit 101\n' >$policy
  chmod 755 $policy
  trap 'rm -f $policy' EXIT
fi
export DEBIAN_FRONTEND=noninteractive
install() { apt-get install -y -qq --no-install-recommends --no-upgrade "${missing[@]}" >/tmp/kubets-apt.$$ 2>&1; }
echo "Installing ${missing[*]}"
# The package lists are fetched only when the ones that are here do not do.
if ! install && ! { apt-get update -qq >/dev/null && install; }; then
  tail -n 20 /tmp/kubets-apt.$$ >&2
  rm -f /tmp/kubets-apt.$$
  exit 1
fi
rm -f /tmp/kubets-apt.$$
