"""Measures django-appointment on SQLite or PostgreSQL with Django's default durability: the settings and the start.

The models can be imported once Django is set up, so what is measured is in ``django_clinic``.
"""

from __future__ import annotations

import logging
from urllib.parse import unquote, urlsplit

import django  # type: ignore[import-not-found]  # installed where this runs
import workload
from django.conf import settings  # type: ignore[import-not-found]
from django.core.management import call_command  # type: ignore[import-not-found]

from others.driver import Asked, asked


def configure(to: Asked) -> None:
    """Django with what the package needs, and an empty database."""
    settings.configure(
        DATABASES={"default": database(to)},
        INSTALLED_APPS=[
            "django.contrib.auth",
            "django.contrib.contenttypes",
            "django.contrib.sessions",
            "django.contrib.messages",
            "phonenumber_field",
            "appointment",
        ],
        USE_TZ=True,
        TIME_ZONE=workload.ZONE,
        SECRET_KEY="only for this benchmark",  # noqa: S106 (it protects nothing)
        DEFAULT_AUTO_FIELD="django.db.models.BigAutoField",
        LOGGING_CONFIG=None,
    )
    django.setup()
    logging.disable(logging.WARNING)  # the package tells every booking on standard output
    # The package comes without migrations, and PostgreSQL wants the users, whom its tables name, before it.
    call_command("migrate", "auth", verbosity=0)
    call_command("migrate", run_syncdb=True, verbosity=0)


def database(to: Asked) -> dict[str, str]:
    """Django's words for the database: a file of its own in the directory, unless an address is given."""
    if not to.database:
        file = to.directory / f"django-appointment-{to.size}.sqlite3"
        file.unlink(missing_ok=True)
        return {"ENGINE": "django.db.backends.sqlite3", "NAME": str(file)}
    address = urlsplit(to.database)
    name = unquote(address.path.removeprefix("/"))
    if address.scheme == "sqlite":
        return {"ENGINE": "django.db.backends.sqlite3", "NAME": name}
    assert address.scheme == "postgresql", "sqlite:///file or postgresql://user:password@host:port/database"
    return {
        "ENGINE": "django.db.backends.postgresql",
        "NAME": name,
        "USER": unquote(address.username or ""),
        "PASSWORD": unquote(address.password or ""),
        "HOST": address.hostname or "",
        "PORT": str(address.port or ""),
    }


def main() -> None:
    to = asked()
    configure(to)
    from others import django_clinic  # noqa: PLC0415 (its models can be imported only now)

    django_clinic.measure(to)


if __name__ == "__main__":
    main()
