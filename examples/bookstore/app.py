"""
Bookstore: a web shop whose customers sign in with Logto, in one file.

It takes what the stack put out, as JSON, on standard input, where no other program sees the secret:

    pulumi stack output --json --show-secrets | python app.py

`npm run bookstore` does that, and installs requirements.txt first. How the pages talk to Logto is
https://docs.logto.io/quick-starts/python; what is added here is what happens when something goes wrong.
"""

import asyncio
import json
import secrets
import sys
from datetime import datetime, timezone
from urllib.parse import urlsplit

import aiohttp
import jwt
import pydantic
import waitress
from flask import Flask, redirect, render_template, request, session, url_for
from logto import LogtoClient, LogtoConfig, LogtoException, Storage, UserInfoScope
from werkzeug.exceptions import HTTPException

# The application of this name in the stack's outputs. What Logto does not need stays None.
stack = json.load(sys.stdin)
redirect_uri = stack["redirectUri"]
post_logout_redirect_uri = stack.get("postLogoutRedirectUri")
home = urlsplit(redirect_uri)._replace(path="/", query="", fragment="")

# The SDK by itself would wait for Logto for five minutes.
patience_in_seconds = 10

app = Flask(__name__)
app.config.update(
    # The session is signed by a key of this run. After a restart people click "Sign in" again, and as
    # they still have a session with Logto, that is all.
    SECRET_KEY=secrets.token_bytes(32),
    # Cookies know no ports: other programs of this machine may well have a "session" too.
    SESSION_COOKIE_NAME="bookstore_session",
    SESSION_COOKIE_HTTPONLY=True,
    # Lax, because the way back from Logto comes from another site. No other site can post with it.
    SESSION_COOKIE_SAMESITE="Lax",
    # Only at an address with https, as one has it behind a proxy.
    SESSION_COOKIE_SECURE=home.scheme == "https",
)


class SessionStorage(Storage):
    """Keeps what Logto's SDK has to remember of a person in Flask's session, thus in that person's cookie."""

    def get(self, key):
        return session.get(key)

    def set(self, key, value):
        session[key] = value

    def delete(self, key):
        session.pop(key, None)


logto = LogtoClient(
    LogtoConfig(
        endpoint=stack["endpoint"],
        appId=stack["appId"],
        appSecret=stack["appSecret"],
        # openid, offline_access and profile are always asked for.
        scopes=[UserInfoScope.email],
    ),
    SessionStorage(),
)


@app.get("/")
def home_page():
    if not logto.isAuthenticated():
        return render_template("welcome.html")
    claims = logto.getIdTokenClaims().model_dump(exclude_none=True)
    return render_template("account.html", claims=claims)


@app.get("/sign-in")
async def sign_in():
    is_new = request.args.get("first") == "register"
    async with asyncio.timeout(patience_in_seconds):
        return redirect(
            await logto.signIn(redirect_uri, interactionMode="signUp" if is_new else None)
        )


@app.get("/callback")
async def callback():
    async with asyncio.timeout(patience_in_seconds):
        await logto.handleSignInCallback(request.url)
    return redirect(url_for("home_page"))


@app.post("/sign-out")
async def sign_out():
    async with asyncio.timeout(patience_in_seconds):
        return redirect(await logto.signOut(post_logout_redirect_uri))


@app.get("/sign-out")
def ask_to_sign_out():
    # A link must not sign anyone out, or any page could hold one. The button is on the home page.
    return redirect(url_for("home_page"))


@app.before_request
def insist_on_own_address():
    # Sign-in comes back to the redirect URI, and the cookie of 127.0.0.1 is none of localhost's.
    if request.host != home.netloc:
        return redirect(home.geturl())


@app.after_request
def add_security_headers(response):
    # Signing out is a form whose way leads over Logto.
    response.headers["Content-Security-Policy"] = (
        "default-src 'none'; style-src 'self'; img-src 'self'; base-uri 'none'; "
        f"form-action 'self' {stack['endpoint']}; frame-ancestors 'none'"
    )
    response.headers["Referrer-Policy"] = "no-referrer"
    response.headers["X-Content-Type-Options"] = "nosniff"
    if request.endpoint != "static":
        response.headers["Cache-Control"] = "no-store"
    return response


@app.errorhandler(LogtoException)
def sign_in_failed(error):
    details = [str(error)]
    if str(error) == request.args.get("error"):
        # Of Logto's answer in the address the SDK tells the error alone.
        details.append(request.args.get("error_description", ""))
    return error_page(400, "That did not work", "Logto or its SDK said:", details)


@app.errorhandler(jwt.PyJWTError)
def token_refused(error):
    return error_page(
        400, "That did not work", "The ID token of the answer is not valid:", [str(error)]
    )


@app.errorhandler(aiohttp.ClientError)
@app.errorhandler(jwt.PyJWKClientConnectionError)
@app.errorhandler(TimeoutError)
def logto_unreachable(error):
    reason = str(error) or f"no answer within {patience_in_seconds} seconds"
    return error_page(
        502, "Logto does not answer", f"Is it running at {stack['endpoint']}?", [reason]
    )


@app.errorhandler(pydantic.ValidationError)
def not_logto(error):
    fields = ", ".join(str(problem["loc"][0]) for problem in error.errors())
    what = f"What answers at {stack['endpoint']} does not do so as Logto does:"
    return error_page(502, "Is that Logto?", what, [f"{error.title}: {fields}"])


@app.errorhandler(HTTPException)
def request_failed(error):
    return error_page(error.code, error.name, error.description, [])


def error_page(status, title, what, details):
    shown = [detail[:500] for detail in details if detail]
    return render_template("error.html", title=title, what=what, details=shown), status


@app.template_filter("readable")
def readable(value, claim):
    """A claim's value as people read it."""
    # Those of OpenID Connect count seconds since 1970; Logto's own count milliseconds.
    if claim in ("iat", "exp", "auth_time"):
        return datetime.fromtimestamp(value, timezone.utc).strftime(time_format)
    if claim in ("created_at", "updated_at"):
        return datetime.fromtimestamp(value / 1000, timezone.utc).strftime(time_format)
    if isinstance(value, bool):
        return "yes" if value else "no"
    return value


time_format = "%d %B %Y, %H:%M:%S UTC"


if __name__ == "__main__":
    # 127.0.0.1 whatever the address says: no other machine can reach it.
    server = waitress.create_server(app, host="127.0.0.1", port=home.port or 80, ident=None)
    print(f"Bookstore is at {home.geturl()} (Ctrl-C ends it)", flush=True)
    server.run()
