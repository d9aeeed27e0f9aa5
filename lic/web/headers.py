"""What every answer says about itself: the content policy, caching, and what may look at it."""

from flask import current_app, request

POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; font-src 'self'; "
    "connect-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'; manifest-src 'self'"
)
HEADERS = {
    "Content-Security-Policy": POLICY,
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=(), payment=(), usb=(), interest-cohort=()",
}


def init(app):
    @app.after_request
    def say(response):
        for name, value in HEADERS.items():
            response.headers.setdefault(name, value)
        if current_app.config["SETTINGS"].https:
            response.headers["Strict-Transport-Security"] = "max-age=63072000"
        if request.endpoint != "static":
            # "private, no-cache" only where a list fragment carries an ETag of its own; Flask's files say no-cache
            if "ETag" not in response.headers:
                response.headers["Cache-Control"] = "no-store"
            response.vary.update(("HX-Request-Type", "Cookie"))
        return response
