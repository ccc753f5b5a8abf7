"""Whether requests can succeed: Redis answers, and an engine serves a switch."""

from collections.abc import Mapping

import redis

from engine.shell.control.presence import serving


class Readiness:
    """What the API needs around it."""

    def __init__(self, client: redis.Redis) -> None:
        self._redis = client

    def checks(self) -> Mapping[str, str]:
        """Each part by name with "" when it is well, else what is wrong."""
        try:
            switches = serving(self._redis)
        except redis.RedisError:
            return {"redis": "it does not answer", "engine": "not known while Redis is away"}
        if not switches:
            return {"redis": "", "engine": "no engine serves a switch"}
        down = "no engine is connected to its switch" if not any(one.up for one in switches) else ""
        return {"redis": "", "engine": down}
