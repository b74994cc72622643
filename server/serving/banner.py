"""What the first start prints: where to go, and how to get in. Once."""

from collections.abc import Iterable

from store.records import Person


def text(url: str, demo: bool, made: Iterable[tuple[Person, str]]) -> str:
    """The addresses, the first passwords, and the tag that puts the widget into a page."""
    demo_page = [f"  Demo shop with the widget   {url}/"] if demo else []
    passwords = [f"  {person.role:<6} {person.username:<10} {password}" for person, password in made]
    return "\n".join(
        [
            "",
            "Welcome to Deskwire. This is shown once:",
            "",
            *demo_page,
            f"  The agent's desk            {url}/agent",
            f"  The admin's monitor         {url}/admin",
            "",
            *passwords,
            "",
            "  Put the widget into your site's pages:",
            f'  <script src="{url}/widget.js" async></script>',
            "",
        ]
    )
