"""The half that has not moved yet: a Flask application as it always was. PORT and SECRET_KEY are read from the environment."""

import os

from flask import Flask, redirect, request, session
from markupsafe import escape
from werkzeug.serving import make_server

app = Flask(__name__)
app.config.update(SECRET_KEY=os.environ["SECRET_KEY"], SESSION_COOKIE_SAMESITE="Lax")


@app.get("/")
def account():
    user, cart = session.get("user"), session.get("cart", [])
    if user is None:
        said = "Nobody is signed in."
        form = '<form method="post" action="/login"><input name="user" aria-label="Name"> <button>Sign in</button></form>'
    else:
        said = f"Signed in as {escape(user)}."
        form = '<form method="post" action="/logout"><button>Sign out</button></form>'
    items = "".join(f"<li>{escape(item)}</li>" for item in cart)
    return f"""<!doctype html><html lang="en"><meta charset="utf-8"><title>One site</title>
<nav><a href="/">Account</a> <a href="/cart">Cart</a></nav>
<p>This page comes from <b id="system">Flask</b>.</p>
<p id="user">{said}</p>
<ul id="cart">{items}</ul>
{form}</html>"""


@app.post("/login")
def login():
    session["user"] = request.form["user"] or "somebody"
    return redirect("/", 303)


@app.post("/logout")
def logout():
    session.clear()
    return redirect("/", 303)


server = make_server("127.0.0.1", 0, app, threaded=True)
print(f"http://127.0.0.1:{server.server_port}", flush=True)
server.serve_forever()
