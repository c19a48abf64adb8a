"""The application: routes, and around them what every request passes through."""

from __future__ import annotations

import logging
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from http import HTTPStatus
from importlib.metadata import version
from typing import Any, Final

from fastapi import FastAPI
from fastapi.exceptions import RequestValidationError
from fastapi.routing import APIRoute
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Match
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from .routes import asking, corrections, health, instances, page, state
from .routes.parts import Refusal
from .safety.headers import Headers
from .terms.problem import Problem, of_http, of_validation
from .terms.settings import Settings
from .work.service import Service

ABOUT = """Which one is it? Send a photo: the answer is which known thing it shows, how probable that is, or none.

The JSON is that of the command line and the library. Whatever is refused says what was wrong, what was found, what is
wanted and what to do, as `application/problem+json`."""

ROUTERS: Final = tuple(one.router for one in (asking, instances, corrections, health, state, page))


def create_app(settings: Settings) -> FastAPI:
    """The application that serves these galleries; raises ResightError where keys are wanted and cannot be read."""
    service = Service(settings)

    @asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncIterator[None]:
        service.start()
        yield
        await service.close()

    app = FastAPI(
        title="resight",
        version=version("resight"),
        description=ABOUT,
        lifespan=lifespan,
        openapi_url=None,
        docs_url=None,
        redoc_url=None,
    )
    app.state.service = service
    for router in ROUTERS:
        app.include_router(router)
    app.add_exception_handler(Problem, _problem)
    app.add_exception_handler(RequestValidationError, _problem)
    app.add_exception_handler(HTTPException, _problem)
    app.add_middleware(Gate, service=service)
    app.add_middleware(Headers)
    _document(app)
    return app


def _document(app: FastAPI) -> None:
    """Have the OpenAPI document know refusals, and the key."""
    made = app.openapi

    def openapi() -> dict[str, Any]:
        if app.openapi_schema is None:
            document = made()
            parts = document.setdefault("components", {})
            parts.setdefault("schemas", {})["Refusal"] = Refusal.model_json_schema()
            parts["securitySchemes"] = {"key": {"type": "http", "scheme": "bearer"}}
            document["security"] = [{"key": []}, {}]
        assert app.openapi_schema is not None
        return app.openapi_schema

    app.openapi = openapi  # type: ignore[method-assign]


async def _problem(request: Request, error: Exception) -> Response:
    match error:
        case RequestValidationError():
            return of_validation(error).response()
        case HTTPException():
            response = of_http(error).response()
            response.headers.update(error.headers or {})
            if error.status_code == HTTPStatus.METHOD_NOT_ALLOWED:
                response.headers["Allow"] = ", ".join(sorted(_methods(request)))
            return response
        case _:
            return Problem.of(error).response()


def _methods(request: Request) -> set[str]:
    """All methods of a path: Starlette tells those of the first route that it finds alone."""
    found: set[str] = set()
    for route in (route for router in ROUTERS for route in router.routes):
        if isinstance(route, APIRoute) and route.matches(request.scope)[0] is not Match.NONE:
            found |= route.methods or set()
    return found


FAULT: Final = Problem(500, "the service made a mistake", remedy="its owner finds it told where the service runs")
"""All that whoever asks is told of a mistake of the service's own."""


def route_of(scope: Scope) -> str:
    """The route of a request, such as ``/v1/instances/{id}``: addresses themselves are never told."""
    return str(getattr(scope.get("route"), "path", "none"))


class Gate:
    """Lets in what comes from the service's own page or from programs, and counts what is answered."""

    def __init__(self, app: ASGIApp, service: Service) -> None:
        self._app = app
        self._service = service

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        begun, status, is_begun = time.perf_counter(), 500, False

        async def sent(message: Message) -> None:
            nonlocal status, is_begun
            if message["type"] == "http.response.start":
                status, is_begun = message["status"], True
            await send(message)

        try:
            try:
                self._service.access.require_own_page(Request(scope))
            except Problem as problem:
                await problem.response()(scope, receive, sent)
            else:
                await self._app(scope, receive, sent)
        except Exception:
            logging.getLogger(__name__).exception("%s %s", scope["method"], route_of(scope))
            if is_begun:
                raise
            await FAULT.response()(scope, receive, sent)
        finally:
            route = route_of(scope)
            self._service.metrics.requests.labels(route, scope["method"], str(status)).inc()
            self._service.metrics.seconds.labels(route).observe(time.perf_counter() - begun)
