"""A process that asks for one customer's next call as fast as it can: ``python -m tests.harness.hammering``.

Arguments: the address of Redis, calls a minute, seconds. Prints when each call was let through, as a JSON list.
"""

from __future__ import annotations

import asyncio
import json
import sys
import time

from redis.asyncio import Redis

from backend.core import redis_fallback
from backend.core.call_admission import Bucket, CallAdmission, Count, Verdict
from backend.core.redis_fallback import RedisFallback
from backend.core.token_bucket import Rate


async def hammer(redis_url: str, per_minute: int, seconds: float) -> list[float]:
    """When calls passed."""
    redis = Redis.from_url(redis_url)
    # However busy the machine is: none of the processes may fall back on a count of its own here.
    redis_fallback.ANSWER_SECONDS = 60.0
    admission = CallAdmission(redis, RedisFallback(), local_share=1e-9)
    buckets = [Bucket("rate:customer:hammered", Rate.published(per_minute))]
    passed, ends = [], time.monotonic() + seconds
    while time.monotonic() < ends:
        if (await admission.admit(buckets, Count("quota:hammered", None, _nothing))).verdict is Verdict.ADMITTED:
            passed.append(time.time())
        await asyncio.sleep(0.005)
    await redis.aclose()
    return passed


async def _nothing() -> int:
    return 0


if __name__ == "__main__":
    json.dump(asyncio.run(hammer(sys.argv[1], int(sys.argv[2]), float(sys.argv[3]))), sys.stdout)
