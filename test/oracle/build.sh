#!/usr/bin/env bash
# Builds the reference Kubernetes v1.35.4 binaries (the "oracle") from Go modules into $ORACLE_DIR/bin.
# First build: about 8 minutes on 2 cores for kube, 3 more for e2e.test. Later builds are cached.
# usage: build.sh [kube] [e2e] [tools]      (default: all three)
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
dir=${ORACLE_DIR:-$HOME/.cache/oracle}
mkdir -p "$dir/bin" "$dir/mod"
cp -r "$here"/. "$dir/mod/"
cd "$dir/mod"
export CGO_ENABLED=0 GOFLAGS="-mod=mod -buildvcs=false"
v=k8s.io/component-base/version
ld="-s -w -X $v.gitVersion=v1.35.4 -X $v.gitMajor=1 -X $v.gitMinor=35 -X $v.gitTreeState=clean"
for what in ${*:-kube e2e tools}; do
  case $what in
  kube)
    go build -ldflags "$ld" -o "$dir/bin/kube" ./kube
    for n in kube-apiserver kube-controller-manager kube-scheduler kube-proxy kubelet kubectl; do ln -sf kube "$dir/bin/$n"; done ;;
  e2e)
    go test -c -ldflags "$ld" -o "$dir/bin/e2e.test" k8s.io/kubernetes/test/e2e
    go build -ldflags "-s -w" -o "$dir/bin/agnhost" k8s.io/kubernetes/test/images/agnhost
    go build -ldflags "-s -w" -o "$dir/bin/ginkgo" github.com/onsi/ginkgo/v2/ginkgo
    go build -ldflags "-s -w" -o "$dir/bin/nonewprivs" k8s.io/kubernetes/test/images/nonewprivs
    go build -ldflags "-s -w" -o "$dir/bin/sample-apiserver" k8s.io/sample-apiserver ;;
  tools)
    for t in apibench ctlbench scale/scalebench; do (cd "$here/../bench/$t" && GOFLAGS=-buildvcs=false go build -o "$dir/bin/${t##*/}" .); done ;;
  esac
done
ls -l "$dir/bin"
