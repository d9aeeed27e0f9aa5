"""The cookie that carries a notice to the next page; most requests come without, and nothing is made for those."""

from flask.sessions import SecureCookieSessionInterface


class Notices(SecureCookieSessionInterface):
    def open_session(self, app, request):
        return (
            super().open_session(app, request) if self.get_cookie_name(app) in request.cookies else self.session_class()
        )


def init(app):
    app.session_interface = Notices()
