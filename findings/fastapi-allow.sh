#!/usr/bin/env bash
# A 405 of FastAPI names in Allow the methods of one route alone, where a path has a route for each method.
#
# FastAPI 0.165.0 on Starlette 1.10.0:
#   with @app.get("/thing"), @app.put("/thing") and @app.patch("/thing"), POST /thing is answered with 405 and "Allow: GET",
#   the methods of the route that was declared first, where RFC 9110 (15.5.6) wants all that the resource has: Router keeps
#   the first route that matches but for the method, and that route answers. Whoever follows Allow takes PUT for impossible.
#   Routes of an included router cannot be listed to mend that: app.routes holds one object for the router, which has no
#   `methods`.
# Seen: "as described". Ends with 1 where that has changed.
set -eu
folder=$(mktemp -d); trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet --disable-pip-version-check fastapi==0.165.0 starlette==1.10.0

cat > "$folder/app.py" <<'PY'
import asyncio

from fastapi import APIRouter, FastAPI

router = APIRouter()
for declare in (router.get, router.put, router.patch):
    declare("/thing")(lambda: None)
app = FastAPI(openapi_url=None)
app.include_router(router)


async def asked():
    told = []

    async def receive():
        return {"type": "http.request", "body": b"", "more_body": False}

    async def send(message):
        told.append(message)

    scope = {"type": "http", "method": "POST", "path": "/thing", "headers": [], "query_string": b"", "root_path": ""}
    await app(scope, receive, send)
    print(told[0]["status"], dict(told[0]["headers"]).get(b"allow"))


asyncio.run(asked())
print([getattr(route, "methods", None) for route in app.routes])
PY

found=$("$folder/venv/bin/python" "$folder/app.py")
wanted="405 b'GET'
[None]"
[ "$found" = "$wanted" ] && echo "as described" || { echo "changed: $found"; exit 1; }
