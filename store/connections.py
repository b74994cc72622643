"""Connections noted in a document, each as `process/connection`: what is left of them when one goes, or a whole process."""

from typing import Any


def without(field: str, connection_id: str) -> dict[str, Any]:
    """An expression: the connections of `field` but for this one."""
    return {"$filter": {"input": {"$ifNull": [field, []]}, "cond": {"$ne": ["$$this", connection_id]}}}


def without_process(field: str, process_id: str) -> dict[str, Any]:
    """An expression: the connections of `field` that are not of this process."""
    prefix = f"{process_id}/"
    of_process = {"$eq": [{"$substrCP": ["$$this", 0, len(prefix)]}, prefix]}
    return {"$filter": {"input": {"$ifNull": [field, []]}, "cond": {"$not": of_process}}}


def some_of_process(process_id: str) -> dict[str, Any]:
    """A condition: at least one connection is of this process."""
    return {"$regex": f"^{process_id}/"}


def of_process(names: list[str], process_id: str) -> list[str]:
    return [name for name in names if name.startswith(f"{process_id}/")]
