"""The application before the move."""
import os

from flask import Flask, flash, jsonify, session
from werkzeug.serving import make_server

# #region before
app = Flask(__name__)
app.secret_key = os.environ["SECRET_KEY"]


@app.get("/cart")
def cart():
    return jsonify(user=session.get("user"), cart=session.get("cart", []))


@app.post("/cart/<item>")
def add(item):
    session["cart"] = session.get("cart", []) + [item]
    flash(f"{item} added", "ok")
    return jsonify(session["cart"])


@app.post("/login/<user>")
def login(user):
    session["user"] = user
    return jsonify("in")


@app.post("/logout")
def logout():
    session.clear()
    return jsonify("out")
# #endregion


if __name__ == "__main__":
    server = make_server("127.0.0.1", 0, app, threaded=True)
    print(f"http://127.0.0.1:{server.server_port}", flush=True)
    server.serve_forever()
