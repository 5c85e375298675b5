"""The pages for developers: everything comes from the package, and the policy lets nothing else in."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Callable
from importlib.resources import files

import httpx
import pytest
from starlette.applications import Starlette
from starlette.routing import Mount, Route

from booking_engine.adapters.http.openapi import openapi
from booking_engine.adapters.http.pages import pages

Get = Callable[[str], httpx.Response]


@pytest.fixture
def get() -> Get:
    routes = [Route(path, page) for path, page in pages().items()]
    app = Starlette(routes=[Mount("/booking", routes=routes), *routes])

    async def awaited(path: str) -> httpx.Response:
        async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://clinic") as client:
            return await client.get(path)

    return lambda path: asyncio.run(awaited(path))


def test_the_document(get: Get) -> None:
    response = get("/openapi.json")

    assert response.headers["content-type"] == "application/json"
    assert response.json() == openapi()
    assert get("/booking/openapi.json").json() == openapi("/booking")


@pytest.mark.parametrize("root", ["", "/booking"])
def test_the_page_finds_its_parts_wherever_it_is_mounted(get: Get, root: str) -> None:
    page = get(f"{root}/docs")
    parts = re.findall(r'(?:src|href|spec-url)="(?!data:)([^"]*)"', page.text)

    assert page.headers["content-type"] == "text/html; charset=utf-8"
    assert sorted(set(parts)) == ["docs/docs.css", "docs/rapidoc-min.js", "openapi.json"]
    for part in parts:
        found = get(f"{root}/{part}")
        assert found.status_code == 200
        assert found.headers["x-content-type-options"] == "nosniff"
    assert get(f"{root}/docs/rapidoc-min.js").headers["content-type"] == "text/javascript; charset=utf-8"


def test_the_policy_admits_this_server_alone_and_no_script_in_the_page(get: Get) -> None:
    page = get("/docs")
    policy = dict(each.split(" ", 1) for each in page.headers["content-security-policy"].split("; "))

    assert policy["default-src"] == policy["base-uri"] == policy["frame-ancestors"] == policy["form-action"] == "'none'"
    assert policy["script-src"] == policy["connect-src"] == "'self'"
    assert "http" not in page.headers["content-security-policy"]
    assert re.findall(r"https?:|//", page.text) == []
    assert re.findall(r"<script[^>]*>[^<]|\s(?:on\w+|style)=", page.text) == []
    assert 'load-fonts="false"' in page.text


def test_what_is_not_ours_has_its_license_beside_it() -> None:
    kept = files("booking_engine.adapters.http") / "rapidoc"

    assert "Mrinmoy Majumdar" in (kept / "LICENSE.txt").read_text(encoding="utf-8")
    assert "Permission is hereby granted" in (kept / "LICENSE.txt").read_text(encoding="utf-8")
    assert "RapiDoc 9.3.8" in (kept / "rapidoc-min.js.LICENSE.txt").read_text(encoding="utf-8")
    assert "RapiDoc 9.3.8" in (kept / "rapidoc-min.js").read_text(encoding="utf-8")[:100]
