"""JSON for python-socketio."""

from typing import Any

import orjson

from server.realtime.packets import dumps


class Json:
    """orjson in the shape python-socketio wants; `dumps` is given separators, which orjson does not need."""

    @staticmethod
    def dumps(value: Any, **_: Any) -> str:
        return dumps(value).decode()

    @staticmethod
    def loads(text: str | bytes) -> Any:
        return orjson.loads(text)
