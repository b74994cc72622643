"""A browser's User-Agent as a short text that people know again: Firefox on Linux."""

import re

LONGEST = 60

# The first that is found: nearly all of them say that they are Mozilla and Safari, too.
BROWSERS = (
    ("MicroMessenger", "WeChat"),
    ("Edg", "Edge"),
    ("OPR", "Opera"),
    ("SamsungBrowser", "Samsung Internet"),
    ("Firefox", "Firefox"),
    ("FxiOS", "Firefox"),
    ("CriOS", "Chrome"),
    ("Chrome", "Chrome"),
    ("Safari", "Safari"),
)
SYSTEMS = (
    ("iPhone", "iPhone"),
    ("iPad", "iPad"),
    ("Android", "Android"),
    ("HarmonyOS", "HarmonyOS"),
    ("Windows", "Windows"),
    ("CrOS", "ChromeOS"),
    ("Mac OS X", "macOS"),
    ("Linux", "Linux"),
)
PRODUCT = re.compile(r"[A-Za-z0-9][A-Za-z0-9 ._-]*")  # of who is no browser: python-requests, curl


def browser_of(user_agent: str) -> str:
    """At most LONGEST characters, and nothing but letters of ours; empty for nothing that is known."""
    browser = next((name for sign, name in BROWSERS if sign in user_agent), "")
    system = next((name for sign, name in SYSTEMS if sign in user_agent), "")
    if not browser:
        product = PRODUCT.match(user_agent)
        browser = product[0].strip()[: LONGEST // 2] if product else ""
    return f"{browser} on {system}" if browser and system else browser or system
