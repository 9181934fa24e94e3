"""Describes the API for programs: OpenAPI 3.1, and Swagger 2.0 for Power Platform's connectors.

Everything comes from the code that is deployed and from docs/api.md. This package is for
development only. ``make openapi`` writes the files.
"""

import json
from pathlib import Path
from typing import Any

from api_description.connector import connector_definition, connector_properties
from api_description.openapi import openapi_document
from api_description.triggers import read_operations

ROOT = Path(__file__).parent.parent


def described_files() -> dict[Path, str]:
    """Return every file that describes the API, with the text that it must have."""
    document = openapi_document(read_operations())
    return {
        ROOT / "openapi.json": to_text(document),
        ROOT / "connector" / "apiDefinition.swagger.json": to_text(connector_definition(document)),
        ROOT / "connector" / "apiProperties.json": to_text(connector_properties()),
    }


def to_text(document: dict[str, Any]) -> str:
    """Return a document as it is written to its file."""
    return json.dumps(document, indent=2, ensure_ascii=False) + "\n"
