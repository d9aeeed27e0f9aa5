"""What a browser calls itself, in two words: enough to know one's own devices by, and all that is kept of it."""

BROWSERS = (  # the first that fits: most call themselves by the names of others as well
    *(("Edg", "Edge"), ("OPR/", "Opera"), ("SamsungBrowser/", "Samsung Internet"), ("Firefox/", "Firefox")),
    *(("FxiOS/", "Firefox"), ("CriOS/", "Chrome"), ("Chromium/", "Chromium"), ("Chrome/", "Chrome")),
    ("Safari/", "Safari"),
)
SYSTEMS = (
    *(("iPhone", "iPhone"), ("iPad", "iPad"), ("Android", "Android"), ("CrOS", "ChromeOS"), ("Windows", "Windows")),
    *(("Macintosh", "macOS"), ("Linux", "Linux")),
)


def device(says):
    """The browser and the system of a User-Agent header, like "Firefox, Windows"; empty where neither is known."""
    found = [next((name for mark, name in marks if mark in says), None) for marks in (BROWSERS, SYSTEMS)]
    return ", ".join(filter(None, found))
