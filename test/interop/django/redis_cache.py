"""
The Redis cache of Django 4.0 for the Django 3.2 of Debian: the same keys and the same pickles. What Django 4.2 and 5.2 themselves keep there is in the vectors.

Runs the program that its arguments name, with the cache in place.
"""
import pickle
import runpy
import sys
import types

import redis
from django.core.cache.backends.base import DEFAULT_TIMEOUT, BaseCache


class RedisCache(BaseCache):
    def __init__(self, server, params):
        super().__init__(params)
        self.client = redis.Redis.from_url(server)

    def get(self, key, default=None, version=None):
        value = self.client.get(self.make_key(key, version))
        return default if value is None else pickle.loads(value)

    def set(self, key, value, timeout=DEFAULT_TIMEOUT, version=None, **options):
        data = pickle.dumps(value, pickle.HIGHEST_PROTOCOL)
        seconds = self.default_timeout if timeout is DEFAULT_TIMEOUT else timeout
        return bool(self.client.set(self.make_key(key, version), data, ex=int(seconds), **options))

    def add(self, key, value, timeout=DEFAULT_TIMEOUT, version=None):
        return self.set(key, value, timeout, version, nx=True)

    def delete(self, key, version=None):
        return bool(self.client.delete(self.make_key(key, version)))


module = types.ModuleType("django.core.cache.backends.redis")
module.RedisCache = RedisCache
sys.modules[module.__name__] = module
sys.argv = sys.argv[1:]
runpy.run_path(sys.argv[0], run_name="__main__")
