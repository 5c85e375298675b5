"""Measures django-appointment on a SQLite file with Django's default durability: the settings and the start.

The models can be imported once Django is set up, so what is measured is in ``django_clinic``.
"""

from __future__ import annotations

import logging

import django  # type: ignore[import-not-found]  # installed where this runs
import workload
from django.conf import settings  # type: ignore[import-not-found]
from django.core.management import call_command  # type: ignore[import-not-found]

from others.driver import Asked, asked


def configure(to: Asked) -> None:
    """Django with what the package needs, and a fresh database file."""
    database = to.directory / f"django-appointment-{to.size}.sqlite3"
    database.unlink(missing_ok=True)
    settings.configure(
        DATABASES={"default": {"ENGINE": "django.db.backends.sqlite3", "NAME": str(database)}},
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
    call_command("migrate", run_syncdb=True, verbosity=0)  # the package comes without migrations


def main() -> None:
    to = asked()
    configure(to)
    from others import django_clinic  # noqa: PLC0415 (its models can be imported only now)

    django_clinic.measure(to)


if __name__ == "__main__":
    main()
