#!/bin/sh
# Adds to the trust store those certificates of the PEM file $1 that the distribution does not ship, one file each, so
# that a later update-ca-certificates keeps them.
set -eu
awk -v directory=/usr/local/share/ca-certificates '
  /-----BEGIN CERTIFICATE-----/ { inside = 1; body = ""; next }
  /-----END CERTIFICATE-----/ {
    inside = 0
    if (FILENAME != ARGV[1] && !(body in known)) {
      file = directory "/openswe-" (++count) ".crt"
      printf "-----BEGIN CERTIFICATE-----\n%s-----END CERTIFICATE-----\n", body > file
      close(file)
    }
    known[body] = 1
    next
  }
  inside { sub(/\r$/, ""); body = body $0 "\n" }
' /etc/ssl/certs/ca-certificates.crt "$1"
update-ca-certificates
