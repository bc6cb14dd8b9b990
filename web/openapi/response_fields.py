"""Fields of responses: links of an object, and enumerations that are stored as text."""

from collections.abc import Callable, Mapping
from typing import Any

from flask import url_for
from marshmallow import fields
from marshmallow.utils import get_value


class Links(fields.Dict):
    """URLs that belong to the dumped object, by name.

    Args:
        urls: Endpoint for each link name, or a function that returns the URL for the object.
        variables: Attribute of the object for each URL variable, such as `webhook_id="id"`.
    """

    _CHECK_ATTRIBUTE = False  # the links are computed and are not an attribute of the object

    def __init__(self, urls: Mapping[str, str | Callable[[Any], str]], **variables: str) -> None:
        super().__init__(keys=fields.String(), values=fields.String())
        self._urls, self._variables = urls, variables

    def _serialize(self, value: Any, attr: str | None, obj: Any, **_: Any) -> dict[str, str]:  # noqa: ARG002 - of the base class
        given = {name: get_value(obj, attribute) for name, attribute in self._variables.items()}
        return {
            name: url_for(url, **given) if isinstance(url, str) else url(obj)
            for name, url in self._urls.items()
        }


class StoredEnum(fields.Enum[Any]):
    """Enumeration field for values that are stored as text, such as in a JSON column."""

    def _serialize(self, value: Any, attr: str | None, obj: Any, **more: Any) -> Any:
        return super()._serialize(self.enum(value), attr, obj, **more)
