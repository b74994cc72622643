"""One page of what matches, and how many match in all."""

from typing import Any


async def read_page(
    collection: Any, wanted: dict[str, Any], order: list[tuple[str, int]], page: int, page_size: int
) -> tuple[int, list[dict[str, Any]]]:
    """The count and the documents of this page (from 1), in this order."""
    cursor = collection.find(wanted).sort(order).skip((page - 1) * page_size).limit(page_size)
    return int(await collection.count_documents(wanted)), await cursor.to_list(None)
