"""Every block of the pages does what it says: files are read, commands run, output is what is printed."""

from __future__ import annotations

import contextlib
import io
import os
import shutil
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import settings
from typer.testing import CliRunner

from docs.blocks import ROOT, Block, blocks, pages, read
from simnet.cli import app
from simnet.paths import cache_path
from tests.docs.page_runner import PageRunner, is_shown, unreadable

WITH_BLOCKS = [page for page in pages() if any(blocks(page))]
PAGE = Path("page.md")

# Few cases, the same each time: whether tests of pages find something is not what is looked at.
settings.register_profile("of pages", max_examples=2, derandomize=True, deadline=None)


@pytest.fixture
def runner(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[PageRunner]:
    """On a machine without an engine, with a cache of its own in which compiled runtimes are already."""
    compiled = cache_path("compiled")
    if compiled.is_dir():
        shutil.copytree(compiled, tmp_path / "cache/simnet/compiled", copy_function=link)
    monkeypatch.setenv("SIMNET_CACHE", str(tmp_path / "cache"))
    monkeypatch.setenv("DOCKER_HOST", "tcp://127.0.0.1:1")
    folder = tmp_path / "page"
    folder.mkdir()
    monkeypatch.chdir(folder)
    page = PageRunner(folder, {"simnet": run_simnet, "pytest": run_pytest})
    yield page
    page.end()


def run_simnet(*arguments: str) -> tuple[int, str]:
    result = CliRunner().invoke(app, list(arguments))
    return result.exit_code, result.output


def run_pytest(*arguments: str) -> tuple[int, str]:
    """What pytest says of tests in the working directory, which keeps of them neither modules nor settings."""
    printed, path = io.StringIO(), sys.path.copy()
    # An inner faulthandler takes away the handlers by which wasmtime turns a trap into an error, an inner timeout ours.
    without = [option for plugin in ("faulthandler", "timeout") for option in ("-p", f"no:{plugin}")]
    settings.load_profile("of pages")
    try:
        with contextlib.redirect_stdout(printed), contextlib.redirect_stderr(printed):
            exit_code = pytest.main([*without, *arguments])
    finally:
        settings.load_profile("without deadlines")
        sys.path[:] = path
        of_pages = (str(Path.cwd()), str(ROOT / "examples"))
        for name, module in list(sys.modules.items()):
            if (getattr(module, "__file__", None) or "").startswith(of_pages):
                del sys.modules[name]
    return int(exit_code), printed.getvalue()


def link(file: str, name: str) -> None:
    """Another name for a file, or a copy where they cannot share it."""
    try:
        os.link(file, name)
    except OSError:
        shutil.copy2(file, name)


def one(text: str) -> Block:
    """The block of a page that has one."""
    (block,) = read(text, PAGE)
    return block


@pytest.mark.parametrize("page", WITH_BLOCKS, ids=str)
def test_every_block_of_a_page_does_what_it_says(runner: PageRunner, page: Path) -> None:
    for block in blocks(page):
        runner.do(block)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("```\nsimnet run quickstart\n```", "no rule for a block of no language"),
        ("```bash\nsimnet run quickstart\n```", "no rule for a block of bash"),
        ("<!-- not run: why not -->\n```yaml\nname: x\n```", "nothing here is ever run"),
        ("```yaml\nname: x\nnetwork: {relay: {validators: 0}}\n```", "ended with 2"),
        ("```console\n$ simnet validate nowhere.yaml\n```", "ended with 2"),
        ("```console\n$ simnet validate quickstart\n2 files: no mistakes found\n```", "prints\n1 file"),
        ("```console\n$ make supper\n```", "there is no target supper"),
        ("<!-- not run: why not -->\n```console\n$ simnet run --sneed 7 quickstart\n```", "No such option"),
        ("```console\n$ simnet run --sneed 7 quickstart --provider docker\n```", "No such option"),
        ("```python\nassert 1 > 2\n```", "ended with 1"),
        ("```python\ndef test_it() -> None:\n    assert 1 > 2\n```", "ended with 1"),
        ("<!-- beside the rest -->\n```console\n$ echo alice\nbob\n```", "echo alice ended:\nalice"),
        ("```text\nheld\n```", "no command above it on the page prints this"),
        ("<!-- excerpt of README.md -->\n```python\nassert 1 > 2\n```", "README.md does not say so"),
        ("<!-- over quickstart at expect -->\n```yaml\n- finality: {}\n```", "ended with 2"),
    ],
)
def test_a_block_that_does_not_is_told(runner: PageRunner, text: str, said: str) -> None:
    with pytest.raises(AssertionError, match=said):
        runner.do(one(text))


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("```yaml\nname: x\n", "page.md:1: this block does not end"),
        ("```yaml run\nname: x\n```", "page.md:1: after ``` stands a language"),
        ("\n<!-- overt quickstart -->\n```yaml\n```", "page.md:3: no mark of a block: overt quickstart"),
    ],
)
def test_a_block_that_cannot_be_read_is_told(text: str, said: str) -> None:
    with pytest.raises(ValueError, match=said):
        list(read(text, PAGE))


def test_a_console_block_begins_with_a_command() -> None:
    with pytest.raises(ValueError, match="begins with a command"):
        list(one("```console\nsimnet run quickstart\n```").commands())


def test_a_block_is_read_with_its_marks() -> None:
    text = 'Some words.\n\n<!-- over base.yaml at network.relay -->\n  ```yaml title="a/b.yaml"\n  x: 1\n  ```\n'
    assert one(text) == Block(
        page=PAGE, line=4, language="yaml", text="x: 1\n", title="a/b.yaml", over="base.yaml", at="network.relay"
    )


def test_a_command_has_its_exit_code_and_its_output() -> None:
    typed = "$ simnet run \\\n  a.yaml   # exit code 1\nfailed\n$ simnet run b.yaml  # exit code 0 held, 1 failed\n"
    first, second = one(f"```console\n{typed}```").commands()
    assert (first.line, first.exit_code, first.output) == ("simnet run   a.yaml", 1, ("failed",))
    assert (second.line, second.exit_code, second.output) == ("simnet run b.yaml", 0, ())


def test_commands_on_docker_are_not_run() -> None:
    (command,) = one("```console\n$ simnet run quickstart --provider docker\n```").commands()
    assert command.unrun == "it needs Docker"


def test_a_file_is_validated_for_docker_without_it() -> None:
    (command,) = one("```console\n$ simnet validate quickstart --provider docker\n```").commands()
    assert command.unrun is None


@pytest.mark.parametrize(
    ("shown", "is_so"),
    [
        (["one", "two", "three"], True),
        (["one", "...", "three"], True),
        (["...", "th...e"], True),
        (["one", "three"], False),
        (["one", "two"], False),
        (["...", "four", "..."], False),
    ],
)
def test_output_is_shown_whole_where_no_dots_say_otherwise(shown: list[str], is_so: bool) -> None:
    assert is_shown(shown, "one\ntwo\nthree\n", whole=True) is is_so


def test_a_part_of_the_output_begins_and_ends_with_whole_lines() -> None:
    assert is_shown(["two"], "one\ntwo\nthree\n", whole=False)
    assert not is_shown(["wo"], "one\ntwo\nthree\n", whole=False)


def test_the_parser_takes_what_the_command_takes() -> None:
    assert unreadable(["run", "quickstart", "--seed", "7"]) is None
    assert unreadable(["ron", "quickstart"]) == "No such command 'ron'. Did you mean 'run'?"
