#!/usr/bin/env bash
# getaddrinfo takes ports above 65535 and gives back what is left of them modulo 65536, without an error.
#
# CPython 3.11.7 on glibc 2.36 (Debian 12):
#   socket.getaddrinfo("127.0.0.1", 70000) is ("127.0.0.1", 4464), "70000" as a text as well; 65536 and 4294967296 are port 0,
#   which to bind() means any that is free. Only a negative port is refused. socket.bind(("127.0.0.1", 70000)) itself raises
#   OverflowError ("bind(): port must be 0-65535."), so that whoever resolves an address first, as one does for IPv6 and names,
#   loses the check: a server asked for port 70000 serves port 4464.
# Seen: "as described". Ends with 1 where that has changed.
set -eu
found=$(python3 - <<'PY'
import socket

for port in (70000, "70000", 65536, 2**32, -1):
    try:
        print(socket.getaddrinfo("127.0.0.1", port, type=socket.SOCK_STREAM)[0][4][1], end=" ")
    except OSError as error:
        print(type(error).__name__, end=" ")
with socket.socket() as bound:
    try:
        bound.bind(("127.0.0.1", 70000))
    except OverflowError as error:
        print(error)
PY
)
wanted="4464 4464 0 0 gaierror bind(): port must be 0-65535."
[ "$found" = "$wanted" ] && echo "as described" || { echo "changed: $found"; exit 1; }
