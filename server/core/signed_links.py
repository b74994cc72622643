"""Signed addresses of uploads: whoever was shown one may fetch the file until it runs out."""

import hashlib
import hmac
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from server.core.clock import Clock


@dataclass(frozen=True)
class Links:
    key: bytes
    clock: Clock

    def url(self, path: str) -> str:
        """Good until the end of tomorrow (UTC): the same all day long, so that browsers keep the picture."""
        midnight = self.clock.now().replace(hour=0, minute=0, second=0, microsecond=0)
        until = int((midnight + timedelta(days=2)).timestamp())
        return f"/media/{path}?until={until}&sig={self._sign(path, until)}"

    def is_good(self, path: str, until: str, signature: str) -> bool:
        """Whether we signed this path until then, and then is not past."""
        if not until.isascii() or not until.isdigit() or len(until) > 11:
            return False
        genuine = hmac.compare_digest(self._sign(path, int(until)).encode(), signature.encode(errors="replace"))
        return genuine and self.clock.now().timestamp() < int(until)

    def shown(self, upload: dict[str, Any] | None) -> dict[str, Any] | None:
        """The Upload of the contract, from what a line keeps of it."""
        if upload is None:
            return None
        return {name: value for name, value in upload.items() if name != "path"} | {"url": self.url(upload["path"])}

    def _sign(self, path: str, until: int) -> str:
        return hmac.new(self.key, f"{path}\n{until}".encode(), hashlib.sha256).hexdigest()[:40]
