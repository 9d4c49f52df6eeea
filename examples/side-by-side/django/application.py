"""The half that has not moved yet: a Django site as it always was. SECRET_KEY and DATABASE are read from the environment."""

import os
from socketserver import ThreadingMixIn
from wsgiref.simple_server import WSGIRequestHandler, WSGIServer

import django
from django.conf import settings

settings.configure(
    SECRET_KEY=os.environ["SECRET_KEY"],
    ALLOWED_HOSTS=["*"],
    ROOT_URLCONF=__name__,
    USE_TZ=True,
    INSTALLED_APPS=["django.contrib.auth", "django.contrib.contenttypes", "django.contrib.sessions"],
    MIDDLEWARE=[
        "django.contrib.sessions.middleware.SessionMiddleware",
        "django.contrib.auth.middleware.AuthenticationMiddleware",
    ],
    DATABASES={"default": {"ENGINE": "django.db.backends.sqlite3", "NAME": os.environ["DATABASE"], "OPTIONS": {"timeout": 20}}},
    DEFAULT_AUTO_FIELD="django.db.models.AutoField",
)
django.setup()

from django.contrib import auth  # noqa: E402
from django.contrib.auth.models import User  # noqa: E402
from django.core.management import call_command  # noqa: E402
from django.core.wsgi import get_wsgi_application  # noqa: E402
from django.http import HttpResponse, HttpResponseRedirect  # noqa: E402
from django.urls import path  # noqa: E402
from django.utils.html import escape  # noqa: E402


def account(request):
    user, cart = request.user, request.session.get("cart", [])
    if user.is_authenticated:
        said = f"Signed in as {escape(user.username)}."
        form = '<form method="post" action="/logout"><button>Sign out</button></form>'
    else:
        said = "Nobody is signed in."
        form = '<form method="post" action="/login"><input name="user" aria-label="Name"> <button>Sign in</button></form>'
    items = "".join(f"<li>{escape(item)}</li>" for item in cart)
    return HttpResponse(f"""<!doctype html><html lang="en"><meta charset="utf-8"><title>One site</title>
<nav><a href="/">Account</a> <a href="/cart">Cart</a></nav>
<p>This page comes from <b id="system">Django</b>.</p>
<p id="user">{said}</p>
<ul id="cart">{items}</ul>
{form}</html>""")


def login(request):
    user, is_new = User.objects.get_or_create(username=request.POST["user"][:150] or "somebody")
    if is_new:
        user.set_unusable_password()
        user.save()
    auth.login(request, user)
    return HttpResponseRedirect("/")


def logout(request):
    auth.logout(request)
    return HttpResponseRedirect("/")


urlpatterns = [path("", account), path("login", login), path("logout", logout)]


class Server(ThreadingMixIn, WSGIServer):
    daemon_threads = True


class Quiet(WSGIRequestHandler):
    def log_message(self, *args):
        pass


call_command("migrate", verbosity=0, interactive=False)
server = Server(("127.0.0.1", 0), Quiet)
server.set_app(get_wsgi_application())
print(f"http://127.0.0.1:{server.server_port}", flush=True)
server.serve_forever()
