"""Stills of a page, alone or several phones in a row, kept as small files."""

import io
from collections.abc import Iterable
from pathlib import Path

from PIL import Image
from playwright.async_api import Page

SETTLED_MS = 900  # the slowest transition and the last mark
GAP, GROUND = 48, "#cfc6b8"
MOST_BYTES = 150_000
PALETTE = 256
EXACT = 64  # of the palette: the surfaces and the words on them
SPREAD = 32  # of the palette: what is left over
CUBE = 4  # bits: small things whose colours are nearer to each other than this may share one


class Camera:
    def __init__(self, folder: Path) -> None:
        self.folder = folder

    async def still(self, page: Page) -> Image.Image:
        await page.bring_to_front()
        await page.wait_for_timeout(SETTLED_MS)
        return Image.open(io.BytesIO(await page.screenshot())).convert("RGB")

    async def shoot(self, name: str, page: Page) -> None:
        self._keep(name, await self.still(page))

    def row(self, name: str, phones: list[Image.Image]) -> None:
        width = sum(each.width + GAP for each in phones) + GAP
        row = Image.new("RGB", (width, phones[0].height + 2 * GAP), GROUND)
        for number, each in enumerate(phones):
            row.paste(each, (GAP + number * (each.width + GAP), GAP))
        self._keep(name, row.resize((row.width * 3 // 5, row.height * 3 // 5), Image.Resampling.LANCZOS))

    def _keep(self, name: str, picture: Image.Image) -> None:
        """As it is where that is small enough, else with the colours a palette holds."""
        path = self.folder / f"{name}.png"
        picture.save(path, optimize=True)
        if path.stat().st_size > MOST_BYTES:
            picture.quantize(palette=palette_of(picture), dither=Image.Dither.NONE).save(path, optimize=True)


def palette_of(picture: Image.Image) -> Image.Image:
    """The commonest colours exactly as they are; then unlike ones, so that the green of a small dot stays green; the rest
    spread over what is left."""
    counted = [colour for _, colour in sorted(picture.getcolors(picture.width * picture.height) or [], reverse=True)]
    exact = counted[:EXACT] + _unlike(counted[EXACT:])[: PALETTE - SPREAD - EXACT]
    rest = [colour for colour in counted if colour not in set(exact)] or exact[:1]
    strip = Image.new("RGB", (len(rest), 1))
    strip.putdata(rest)
    spread = strip.quantize(PALETTE - len(exact), method=Image.Quantize.MEDIANCUT).getpalette() or []
    palette = Image.new("P", (1, 1))
    palette.putpalette([part for colour in exact for part in colour] + spread)
    return palette


def _unlike(colours: Iterable[tuple[int, ...]]) -> list[tuple[int, ...]]:
    """The first of each small cube of colours."""
    cubes: dict[tuple[int, ...], tuple[int, ...]] = {}
    for colour in colours:
        cubes.setdefault(tuple(part >> CUBE for part in colour), colour)
    return list(cubes.values())
