"""Reads and writes session cookies with Flask itself: one JSON request a line on stdin, one JSON answer a line on stdout."""
import base64
import datetime as dt
import json
import sys
import uuid

from flask import Flask
from flask.sessions import SecureCookieSessionInterface
from markupsafe import Markup

READ = {
    "$tuple": lambda v: tuple(python(x) for x in v),
    "$bytes": base64.b64decode,
    "$markup": Markup,
    "$uuid": uuid.UUID,
    "$datetime": dt.datetime.fromisoformat,
    "$int": int,
    "$float": lambda v: float(v.replace("Infinity", "inf")),
}


def python(v):
    """From the notation of the vectors."""
    if isinstance(v, list):
        return [python(x) for x in v]
    if isinstance(v, dict):
        [*keys] = v
        if len(keys) == 1 and keys[0] in READ:
            return READ[keys[0]](v[keys[0]])
        return {k: python(x) for k, x in v.items()}
    return v


def notation(v):
    if isinstance(v, Markup):
        return {"$markup": str(v)}
    if isinstance(v, bytes):
        return {"$bytes": base64.b64encode(v).decode()}
    if isinstance(v, tuple):
        return {"$tuple": [notation(x) for x in v]}
    if isinstance(v, uuid.UUID):
        return {"$uuid": str(v)}
    if isinstance(v, dt.datetime):
        return {"$datetime": v.isoformat()}
    if isinstance(v, float):
        return {"$float": repr(v)}
    if isinstance(v, int) and not isinstance(v, bool) and abs(v) >= 2**53:
        return {"$int": str(v)}
    if isinstance(v, list):
        return [notation(x) for x in v]
    if isinstance(v, dict):
        return {k: notation(x) for k, x in v.items()}
    return v


app = Flask(__name__)
for line in sys.stdin:
    request = json.loads(line)
    app.secret_key = request["secret"]
    serializer = SecureCookieSessionInterface().get_signing_serializer(app)
    if "data" in request:
        print(json.dumps(serializer.dumps(python(request["data"]))), flush=True)
    else:
        print(json.dumps(notation(serializer.loads(request["cookie"], max_age=2678400))), flush=True)
