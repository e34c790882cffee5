"""One client over WebSocket: what it sent and is not served yet, and what it was answered and has not read yet.

Neither grows beyond what one client may have: nothing more is read from one that has as much waiting, and nothing of
one is served that leaves its answers unread.
"""

from __future__ import annotations

import asyncio
import contextlib
import threading
from collections import deque
from collections.abc import Callable, Sequence

from aiohttp import WSCloseCode, WSMsgType, web

from simnet.providers.simulated.rpc import LARGEST_ANSWER, RefusedError
from simnet.providers.simulated.serving._client_limits import (
    LARGEST_REQUEST,
    OVERSIZED_REQUEST,
    WAITING,
    WAITING_MORE,
)
from simnet.providers.simulated.serving._conversation import Conversation, Service, failure
from simnet.providers.simulated.serving._turns import ClientTask, ClientTurns


class WebSocketClient:
    """``leave`` queues work for the driving thread, ``soon`` for the event loop; ``awake`` is set while the service's
    process goes on."""

    def __init__(
        self,
        service: Service,
        turns: ClientTurns,
        leave: Callable[[Callable[[], None]], None],
        soon: Callable[..., None],
        awake: asyncio.Event,
    ) -> None:
        self.conversation = Conversation(service, self._tell)
        self._turns, self._leave, self._soon, self._awake = turns, leave, soon, awake
        self._inbox: deque[str | bytes] = deque()
        self._asked = 0
        """Bytes that were read and are not served; of the event loop, as is the next."""
        self._served = asyncio.Event()
        self._outgoing: asyncio.Queue[bytes] = asyncio.Queue()
        self._lock = threading.Lock()
        self._unread, self._unread_bytes = 0, 0
        """Messages that the client was given and has not taken yet."""
        self._queued = False
        """Whether its next turn waits in the driving thread's queue."""
        self._task: ClientTask | None = None
        """What is under way; of the driving thread."""

    # -- in the event loop ----------------------------------------------------------------------------------------

    async def talk(self, chat: web.WebSocketResponse) -> None:
        """Carries messages until the client is gone."""
        writer = asyncio.create_task(self._write(chat))
        writer.add_done_callback(self._give_up)
        try:
            async for message in chat:
                if message.type in (WSMsgType.TEXT, WSMsgType.BINARY):
                    await self._take(message.data)
        finally:
            writer.cancel()

    async def _take(self, text: str | bytes) -> None:
        while self._inbox and (len(self._inbox) >= WAITING or self._asked + len(text) > LARGEST_REQUEST):
            self._served.clear()
            await self._served.wait()
        await self._awake.wait()
        self._asked += len(text)
        self._inbox.append(text)
        self._ask()

    def _give_up(self, _: asyncio.Task[None]) -> None:
        """The client takes nothing any more: what it asked is forgotten, and whoever waits to ask more goes on."""
        self._inbox.clear()
        if (task := self._task) is not None:
            task.give_up()
        self._served.set()

    def _deliver(self, asked: int, texts: Sequence[bytes]) -> None:
        self._asked -= asked
        self._served.set()
        for text in texts:
            self._outgoing.put_nowait(text)

    async def _write(self, chat: web.WebSocketResponse) -> None:
        with contextlib.suppress(ConnectionError, RuntimeError):
            while True:
                text = await self._outgoing.get()
                await self._awake.wait()
                await chat.send_str(text.decode())
                with self._lock:
                    self._unread -= 1
                    self._unread_bytes -= len(text)
                self._ask()

    # -- in both ---------------------------------------------------------------------------------------------------

    def _ask(self) -> None:
        """Queues the client's next turn, one at a time, so that all clients take turns."""
        with self._lock:
            waits = bool(self._inbox) and self._unread_bytes <= LARGEST_ANSWER
            if self._queued or not (waits or self._task):
                return
            self._queued = True
        self._leave(self._serve)

    # -- in the driving thread ------------------------------------------------------------------------------------

    def _serve(self) -> None:
        if self._task is None:
            with contextlib.suppress(IndexError):  # the client is gone
                self._task = ClientTask(self.conversation, self._inbox.popleft())
        task = self._task
        if task is not None:
            texts = self._turns.take(task)
            if texts is not None:
                self._task = None
                self._count(texts)
                self._soon(self._deliver, task.size, texts)
        with self._lock:
            self._queued = False
        self._ask()

    def _tell(self, text: bytes) -> bool:
        most = WAITING + WAITING_MORE * self.conversation.subscriptions
        with self._lock:
            if self._unread >= most or self._unread_bytes > LARGEST_ANSWER:
                return False
        self._count([text])
        self._soon(self._deliver, 0, [text])
        return True

    def _count(self, texts: Sequence[bytes]) -> None:
        with self._lock:
            self._unread += len(texts)
            self._unread_bytes += sum(map(len, texts))


class Chat(web.WebSocketResponse):
    """Tells a client whose message is too large so, as nodes do; they go on, here the connection closes after it."""

    async def close(self, *, code: int = WSCloseCode.OK, message: bytes = b"", drain: bool = True) -> bool:
        if code == WSCloseCode.MESSAGE_TOO_BIG and not self.closed:
            refused = RefusedError(OVERSIZED_REQUEST, "Request is too big", f"Exceeded max limit of {LARGEST_REQUEST}")
            with contextlib.suppress(ConnectionError, RuntimeError):
                await self.send_str(failure(None, refused).decode())
        return await super().close(code=code, message=message, drain=drain)
