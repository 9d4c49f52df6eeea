"""Reads and writes with Django itself: one JSON request a line on stdin, one JSON answer a line on stdout."""
import json
import pickle
import sys

import django
from django.conf import settings

settings.configure(SECRET_KEY="configured by each request", INSTALLED_APPS=["django.contrib.sessions"])
django.setup()

from django.contrib.auth.hashers import check_password, make_password  # noqa: E402
from django.contrib.sessions.backends.db import SessionStore  # noqa: E402
from django.contrib.sessions.backends.signed_cookies import SessionStore as CookieStore  # noqa: E402
from django.core import signing  # noqa: E402
from django.middleware import csrf  # noqa: E402


def cookie_data(text):
    store = CookieStore(text)
    return store.load()


DO = {
    # JSON text in and out, so that 1.0 stays 1.0 on the way
    "decode": lambda text: json.dumps(SessionStore().decode(text)),
    "encode": lambda text: SessionStore().encode(json.loads(text)),
    "cookie": lambda text: json.dumps(cookie_data(text)),
    "loads": lambda text: json.dumps(signing.loads(text)),
    "dumps": lambda text: signing.dumps(json.loads(text), compress=True),
    "unpickle": lambda text: json.dumps(pickle.loads(bytes.fromhex(text))),
    "pickle": lambda text: pickle.dumps(json.loads(text), pickle.HIGHEST_PROTOCOL).hex(),
    "password": lambda pair: check_password(*pair),
    "hash": lambda password: make_password(password),
    "csrf": lambda pair: csrf._compare_masked_tokens(csrf._sanitize_token(pair[0]), csrf._sanitize_token(pair[1])),
    "mask": lambda secret: csrf._mask_cipher_secret(secret),
}

for line in sys.stdin:
    request = json.loads(line)
    settings.SECRET_KEY = request["secret"]
    print(json.dumps(DO[request["do"]](request["with"])), flush=True)
