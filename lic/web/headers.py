"""What every answer says about itself: the content policy, caching, and what may look at it."""

from flask import request

POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; font-src 'self'; "
    "connect-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'; manifest-src 'self'"
)
HEADERS = [
    *{
        "Content-Security-Policy": POLICY,
        "X-Content-Type-Options": "nosniff",
        "X-Frame-Options": "DENY",
        "Referrer-Policy": "same-origin",
        "Cross-Origin-Opener-Policy": "same-origin",
        "Cross-Origin-Resource-Policy": "same-origin",
        "Permissions-Policy": "camera=(), geolocation=(), microphone=(), payment=(), usb=(), interest-cohort=()",
    }.items()
]
OURS = "HX-Request-Type, Cookie"  # what else than its address an answer depends on


def init(app):
    always = [*HEADERS]
    if app.config["SETTINGS"].https:
        always.append(("Strict-Transport-Security", "max-age=63072000; includeSubDomains"))
    app.wsgi_app = _saying(always, app.wsgi_app)

    @app.after_request
    def say(response):
        if request.endpoint != "static":
            headers = response.headers
            # "private, no-cache" only where a list fragment carries an ETag of its own; Flask's files say no-cache
            if "ETag" not in headers:
                headers["Cache-Control"] = "no-store"
            headers["Vary"] = f"{headers['Vary']}, {OURS}" if "Vary" in headers else OURS
        return response


def _saying(always, answer):
    """Every answer says these, unless it says otherwise; as one list, which costs a tenth of one header at a time."""

    def application(environ, start_response):
        def start(status, headers, error=None):
            said = {name for name, _ in headers}
            return start_response(status, headers + [one for one in always if one[0] not in said], error)

        return answer(environ, start)

    return application
