"""One JSON object a line: no body, no address, no name, nothing a person typed (safety.md, Logs)."""

import json
import logging
import sys
import time
from datetime import UTC, datetime

from flask import g, request

from lic.web import guard

log = logging.getLogger("portal")
QUIET = {"health.show", "static"}  # asked for all day long, as is what pages ask for by themselves


class Lines(logging.Formatter):
    """What is logged as JSON, which no line break in a value can forge."""

    def format(self, record):
        at = datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds")
        line = {"at": at, "level": record.levelname.lower(), "says": record.getMessage()}
        line |= getattr(record, "facts", {})
        if record.exc_info:
            line["error"] = self.formatException(record.exc_info)
        return json.dumps(line, ensure_ascii=False)


def to_stderr():
    """Log to the standard error, where whoever started the process keeps it."""
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(Lines())
    logging.basicConfig(level=logging.WARNING, handlers=[handler], force=True)
    log.setLevel(logging.INFO)


def init(app):
    @app.before_request
    def begin():
        g.request_number = f"{time.time_ns() & 0xFFFFFFFFFF:x}"
        g.began = time.perf_counter()

    @app.after_request
    def end(response):
        quiet = response.status_code < 400 and (request.endpoint in QUIET or guard.is_background())
        log.log(logging.DEBUG if quiet else logging.INFO, "request", extra={"facts": _facts(response)})
        return response


def _facts(response):
    spent = time.perf_counter() - g.get("began", time.perf_counter())
    return {
        "request": g.get("request_number"),
        "method": request.method,
        "rule": request.url_rule.rule if request.url_rule else None,  # never the address: it may hold a mailed secret
        "status": response.status_code,
        "ms": round(spent * 1000, 1),
    }
