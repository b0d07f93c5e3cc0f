#!/bin/sh
# nats-server reads its certificate again when it is told to: told whenever the mounted files have changed.
set -eu
now() { cat /etc/nats-tls/tls.crt /etc/nats-tls/tls.key /etc/nats-tls/ca.crt | sha256sum; }

loaded=$(now)
while sleep 10; do
  found=$(now)
  [ "$found" = "$loaded" ] || ! nats-server --signal reload=/var/run/nats/nats.pid || loaded=$found
done
