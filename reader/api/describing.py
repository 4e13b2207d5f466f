"""How the OpenAPI description is put together.

It stands apart from the views, which Django REST framework cannot load before it.
"""

from typing import Any

from drf_spectacular.openapi import AutoSchema

from reader.api.operations import OPERATIONS
from reader.api.shapes import SHAPES

PREFIX = "/api/"
OWN = ("/api/schema/", "/api/docs/")


class DescribedSchema(AutoSchema):
    """Takes the description of an operation from the table of operations."""

    def get_operation(
        self, path: str, path_regex: str, path_prefix: str, method: str, registry: Any
    ) -> dict[str, Any] | None:
        """Return it; what is not in the table is not described."""
        found = OPERATIONS.get((path, method.upper()))
        return found.described(path) if found else None


def only_api(endpoints: list[Any], **kwargs: Any) -> list[Any]:
    """Return the endpoints that the description is about."""
    return [one for one in endpoints if one[0].startswith(PREFIX) and one[0] not in OWN]


def with_shapes(result: dict[str, Any], **kwargs: Any) -> dict[str, Any]:
    """Add the shapes that operations refer to, and how a token is sent."""
    parts = result.setdefault("components", {})
    parts["schemas"] = {**parts.get("schemas", {}), **SHAPES}
    parts["securitySchemes"] = {"token": {"type": "http", "scheme": "bearer"}}
    return result
