"""How endpoints answer: slow ones do not keep the others waiting."""

import asyncio
import threading
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response

from ganwright.studio import Studio
from ganwright.studio.replies import MOST_TOGETHER, Lanes, endpoint


def test_requests_that_wait_keep_only_their_own_kind_waiting(tmp_path: Path) -> None:
    release, inside = threading.Event(), threading.Semaphore(MOST_TOGETHER)

    def slow(studio: Studio) -> dict[str, bool]:
        alone = inside.acquire(blocking=False)
        release.wait(20)
        inside.release()
        return {"few": alone}

    def quick(studio: Studio) -> dict[str, bool]:
        return {"quick": True}

    app = Starlette()
    app.state.studio, app.state.lanes = Studio(tmp_path), Lanes()
    request = Request({"type": "http", "method": "GET", "path": "/", "headers": [], "app": app, "path_params": {}})

    async def ask() -> tuple[Response, list[Response]]:
        slowly = endpoint()(slow)
        waiting = [asyncio.ensure_future(slowly(request)) for _ in range(60)]  # more than there are threads
        await asyncio.sleep(0.1)
        try:
            answer = await asyncio.wait_for(endpoint()(quick)(request), 10)
        finally:
            release.set()
        return answer, await asyncio.gather(*waiting)

    with ThreadPoolExecutor(1) as elsewhere:  # browsers' tests leave a loop in the main thread
        answer, waited = elsewhere.submit(asyncio.run, ask()).result()
    assert bytes(answer.body) == b'{"quick":true}'
    assert {bytes(one.body) for one in waited} == {b'{"few":true}'}
