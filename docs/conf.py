"""How Sphinx builds these pages: ``sphinx-build -W -b html docs build/docs``."""

import tomllib
from pathlib import Path

_project = tomllib.loads((Path(__file__).parents[1] / "pyproject.toml").read_text(encoding="utf-8"))["project"]

project = "booking_engine"
author = _project["authors"][0]["name"]
copyright = author  # noqa: A001 (Sphinx gives the name)
release = version = _project["version"]

extensions = ["myst_parser", "sphinx.ext.autodoc"]
html_theme = "furo"
html_static_path = ["_static"]
html_css_files = ["wide.css"]
html_title = f"booking_engine {release}"
myst_enable_extensions = ["colon_fence", "deflist"]
myst_heading_anchors = 3
suppress_warnings = ["misc.highlighting_failure"]

autodoc_member_order = "bysource"
autodoc_typehints = "signature"
autodoc_type_aliases = {"Ask": "Ask", "Planned": "Planned", "Command": "Command", "Hold": "booking_engine.Hold"}
python_use_unqualified_type_names = True
