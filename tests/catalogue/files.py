"""Catalogue files, and what the command line makes of them."""

import copy
from pathlib import Path
from typing import Any

import yaml
from click.testing import Result
from flask import Flask

TOUR: dict[str, Any] = {
    "slug": "leshan-buddha-walk",
    "title": {"fr": "À la rencontre du Bouddha", "zh-CN": "乐山大佛", "en": "The Buddha"},
    "summary": {"fr": "Une promenade.", "zh-CN": "散步。", "en": "A walk."},
    "description": {"fr": "Une longue promenade.", "zh-CN": "长长的散步。", "en": "A long walk."},
    "themes": ["sculpture", "twin-cities"],
    "duration_minutes": 90,
    "guide_languages": ["fr", "zh"],
    "meeting_point": {"name": {"fr": "Parc Rodin"}, "address": "Issy", "latitude": 48.82, "longitude": 2.2615},
    "image": {"file": "leshan.svg", "alt": {"fr": "Un bouddha", "zh-CN": "佛", "en": "A Buddha"}},
    "accessibility": {"fr": "En pente."},
    "booking": {"min_party": 1, "max_party": 8, "cutoff_minutes": 120},
    "cancellation": [{"until_hours": 48, "refund_percent": 100}, {"until_hours": 24, "refund_percent": 50}],
    "units": [
        {
            "code": "adult",
            "kind": "ADULT",
            "label": {"fr": "Plein tarif"},
            "price": 1900,
            "vat": "FR_STD_20",
            "seats": 1,
        },
        {
            "code": "child",
            "kind": "CHILD",
            "label": {"fr": "Enfant"},
            "price": 900,
            "vat": "FR_STD_20",
            "seats": 1,
            "min_age": 4,
            "max_age": 11,
        },
        {
            "code": "infant",
            "kind": "INFANT",
            "label": {"fr": "Bébé"},
            "price": 0,
            "vat": "OUT_OF_SCOPE",
            "seats": 0,
            "max_age": 3,
        },
    ],
    "departures": [
        {"starts_at": "2027-05-01T14:30", "capacity": 20, "language": "zh"},
        {"starts_at": "2027-05-02T14:30", "capacity": 20, "language": "zh", "status": "closed"},
    ],
}
SVG = b'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 1 1"><path id="a" d="M0 0"/><use href="#a"/></svg>'


def catalogue_of(*tours: dict[str, Any], **terms: str) -> dict[str, Any]:
    """The content of a file."""
    return {"timezone": "Europe/Paris", "currency": "EUR"} | terms | {"tours": list(tours) or [copy.deepcopy(TOUR)]}


def tour_of(**changes: Any) -> dict[str, Any]:
    """The tour above, with changes."""
    return copy.deepcopy(TOUR) | changes


class Desk:
    """Where somebody types commands about the catalogue."""

    def __init__(self, app: Flask, folder: Path) -> None:
        self.runner = app.test_cli_runner()
        self.folder = folder
        self.path = folder / "catalogue.yaml"
        (folder / "leshan.svg").write_bytes(SVG)

    def write(self, content: dict[str, Any] | str | bytes) -> Path:
        if isinstance(content, dict):
            content = yaml.safe_dump(content, allow_unicode=True, sort_keys=False)
        self.path.write_bytes(content.encode() if isinstance(content, str) else content)
        return self.path

    def load(self, content: dict[str, Any] | str | bytes, language: str = "en") -> Result:
        return self.command("import", str(self.write(content)), "--lang", language)

    def loaded(self, content: dict[str, Any] | str | bytes) -> Result:
        result = self.load(content)
        assert result.exit_code == 0, result.output
        return result

    def refused(self, content: dict[str, Any] | str | bytes) -> list[str]:
        """The mistakes that were told."""
        result = self.load(content)
        assert result.exit_code == 1, result.output
        assert isinstance(result.exception, SystemExit), result.exception
        assert not result.stdout
        return result.stderr.splitlines()

    def export(self) -> dict[str, Any]:
        found: dict[str, Any] = yaml.safe_load(self.exported())
        return found

    def exported(self) -> str:
        result = self.command("export")
        assert result.exit_code == 0, result.output
        return str(result.stdout)

    def command(self, *arguments: str) -> Result:
        return self.runner.invoke(args=["catalogue", *arguments])
