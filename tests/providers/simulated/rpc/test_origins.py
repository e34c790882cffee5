"""A web page reaches a node only from an origin that may, and by a name of this machine."""

from __future__ import annotations

import base64
import json
import os

import pytest

from simnet.errors import InputError
from simnet.paths import cache_dir
from simnet.providers.origins import Origins
from tests.providers.simulated.rpc.networks import Served
from tests.providers.simulated.rpc.raw_http import asked

UPGRADE = (
    ("Connection", "Upgrade"),
    ("Upgrade", "websocket"),
    ("Sec-WebSocket-Version", "13"),
    ("Sec-WebSocket-Key", base64.b64encode(os.urandom(16)).decode()),
)

FOREIGN = (
    "https://evil.example",
    "http://localhost.evil.example",
    "null",
    "http://127.0.0.2:80",
    "https://polkadot.js.org.x",
)

LOCAL = (
    "http://localhost",
    "http://localhost:3000",
    "https://127.0.0.1:8080",
    "http://[::1]:5",
    "https://polkadot.js.org",
)


@pytest.fixture
def port(standing: Served) -> int:
    return int(standing.url().rpartition(":")[2])


@pytest.mark.parametrize("origin", FOREIGN)
def test_a_foreign_page_is_refused(port: int, origin: str) -> None:
    for method, headers in (("POST", ()), ("OPTIONS", ()), ("GET", UPGRADE)):
        answer = asked(port, [("Origin", origin), *headers], method=method)
        assert answer.status == 403
        assert "access-control-allow-origin" not in answer.headers


@pytest.mark.parametrize("origin", LOCAL)
def test_a_page_that_may_is_answered_and_shown_the_answer(port: int, origin: str) -> None:
    answer = asked(port, [("Origin", origin)])
    assert (answer.status, answer.headers["access-control-allow-origin"]) == (200, origin)
    assert answer.headers["vary"] == "Origin"
    assert asked(port, [("Origin", origin), *UPGRADE], method="GET").status == 101


def test_a_page_that_may_is_told_so_before_it_asks(port: int) -> None:
    asks = [
        ("Origin", "http://localhost:3000"),
        ("Access-Control-Request-Method", "POST"),
        ("Access-Control-Request-Headers", "content-type"),
    ]
    answer = asked(port, asks, method="OPTIONS")
    assert answer.status == 200
    assert answer.headers["access-control-allow-methods"] == "POST"
    assert answer.headers["access-control-allow-headers"] == "content-type"


def test_who_says_no_origin_is_no_browser(port: int) -> None:
    answer = asked(port)
    assert answer.status == 200
    assert "access-control-allow-origin" not in answer.headers


def test_a_second_origin_does_not_hide_behind_the_first(port: int) -> None:
    assert asked(port, [("Origin", "http://localhost"), ("Origin", "https://evil.example")]).status == 403


def test_a_name_that_was_bound_to_this_machine_is_refused(port: int) -> None:
    for host in ("evil.example", f"evil.example:{port}", "127.0.0.1", f"127.0.0.1:{port + 1}"):
        assert asked(port, host=host).status == 403
        assert asked(port, UPGRADE, method="GET", host=host).status == 403
    for host in (f"localhost:{port}", f"127.0.0.1:{port}", f"[::1]:{port}", f"LOCALHOST:{port}"):
        assert asked(port, host=host).status == 200


def test_no_page_reaches_the_control_port(standing: Served) -> None:
    (file,) = cache_dir("standing").glob(f"{standing.run}.json")
    entry = json.loads(file.read_text(encoding="utf-8"))
    port, secret = int(entry["url"].rpartition(":")[2]), ("Authorization", f"Bearer {entry['token']}")
    body = b'{"jsonrpc":"2.0","id":1,"method":"simnet_status","params":[]}'
    assert asked(port, [secret], body=body).status == 200
    assert asked(port, [secret, ("Origin", "http://localhost")], body=body).status == 403


def test_more_pages_may_when_they_are_named() -> None:
    named = Origins.also(["http://my.host:3000", "https://other:*"])
    here = {"host": ["localhost:1"]}
    for origin in ("http://my.host:3000", "https://other", "https://other:9", "http://localhost"):
        assert named.refusal(here | {"origin": [origin]}, 1) is None
    for origin in ("http://my.host", "http://my.host:3001", "http://other"):
        assert named.refusal(here | {"origin": [origin]}, 1) is not None


def test_all_lets_every_page_in_by_any_name() -> None:
    everyone = Origins.also(["all"])
    assert everyone.refusal({"host": ["evil.example"], "origin": ["https://evil.example"]}, 1) is None


@pytest.mark.parametrize("given", ["my.host", "http://", "http://a b", "http://host/path", "http://host:port", ""])
def test_what_is_no_origin_is_told(given: str) -> None:
    with pytest.raises(InputError, match="is no origin"):
        Origins.also([given])


def test_what_is_no_http_is_refused_without_a_word_of_it(port: int, caplog: pytest.LogCaptureFixture) -> None:
    """Anybody can send it, as often as he likes."""
    assert asked(port, host=None).status == 400
    assert not caplog.records
