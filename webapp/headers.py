"""Headers on every answer: what a browser may load, frame, remember and tell others."""

from flask import Flask, Response

from models.app import settings_of

POLICY = "; ".join(
    (
        "default-src 'none'",
        "script-src 'self'",
        "style-src 'self'",
        "img-src 'self' data:",
        "font-src 'self'",
        "connect-src 'self'",
        "frame-src 'self'",
        "form-action 'self'",
        "base-uri 'none'",
        "frame-ancestors 'none'",
    )
)

ALWAYS = {
    "Content-Security-Policy": POLICY,
    "X-Content-Type-Options": "nosniff",
    # Not `no-referrer`: with it a browser sends `Origin: null` with our own forms, and we would refuse them.
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=(), payment=(), usb=()",
    "Cache-Control": "private, no-store",
}

OVER_TLS = {"Strict-Transport-Security": "max-age=31536000"}


def init_app(app: Flask) -> None:
    by_default = ALWAYS | (OVER_TLS if settings_of(app).base_url.startswith("https:") else {})

    @app.after_request
    def protect(response: Response) -> Response:
        for name, value in by_default.items():
            response.headers.setdefault(name, value)
        return response
