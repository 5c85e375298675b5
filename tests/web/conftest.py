"""Sites over every store, one for each module that asks for it."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest

from booking_engine.adapters.sql import migrate, open_engine

from .desk import Desk
from .site import Site, site_over


@pytest.fixture(scope="module")
def database_url(tmp_path_factory: pytest.TempPathFactory, request: pytest.FixtureRequest) -> Callable[[str], str]:
    """The URL of a new database of a kind: ``sqlite`` or ``postgresql``."""

    def of(kind: str) -> str:
        if kind == "postgresql":
            url: str = request.getfixturevalue("postgres").fresh_database(template="tables")
            return url
        url = f"sqlite:///{tmp_path_factory.mktemp('site')}/bookings.db"
        engine = open_engine(url)
        migrate(engine)
        engine.dispose()
        return url

    return of


@pytest.fixture(scope="module", params=["httptools", "h11"])
def site(request: pytest.FixtureRequest) -> Iterator[Site]:
    """A site in memory, behind each of the parsers that a server may have."""
    with site_over("memory:", request.param, metrics=True) as made:
        yield made


@pytest.fixture(scope="module", params=[("sqlite", "h11"), ("postgresql", "httptools")], ids=lambda kind: str(kind[0]))
def stored_site(request: pytest.FixtureRequest, database_url: Callable[[str], str]) -> Iterator[Site]:
    """A site over each database."""
    kind, parser = request.param
    with site_over(database_url(kind), parser) as made:
        yield made


@pytest.fixture(scope="module")
def shared(stored_site: Site) -> Desk:
    return Desk(stored_site, "shared")


@pytest.fixture
def desk(shared: Desk) -> Iterator[Desk]:
    """The desk of this module, at which nothing may happen."""
    yield shared
    assert shared.is_as_before()
