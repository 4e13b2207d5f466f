"""Markup: what a comment may look like, what it may not do, and what it may cost."""

import json
import os
import threading
import time
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from reader.text import markup
from reader.text.markup import (
    MAX_BODY,
    MAX_NESTING,
    BodyTooLong,
    MarkupError,
    NotText,
    TooDeep,
    clean_text,
    excerpt,
    is_blank,
    render,
)
from tests.text.active_markup import REL, complaints, events_of
from tests.text.strategies import texts

CONFORMANCE = Path(
    os.environ.get("POSTIL_CONFORMANCE", Path(__file__).parents[3] / "shared" / "conformance")
)
SNIPPETS = [
    "# ", "> ", "- ", "1. ", "    ", "```\n", "`", "*", "**", "_", "~~", "[", "](", ")", "![",
    "http://a.example/", "javascript:alert(1)", "<", ">", "<script>", "</p>", "<!--", "-->", "&",
    "&#106;", "&lt;", '"', "'", "\\", "\n", "\n\n", "  \n", "---\n", "[x]: http://b.example\n",
    "http://a:99999/ ", "<http://1.2.3.4.5>", "https://ex\u00admple.example ", "](<http://a b>)",
    "<a href='x' onclick=y>", "mailto:a@b.example", "<style>", "]]>", "<svg/onload=", "word",
]  # fmt: skip
bodies = st.lists(st.sampled_from(SNIPPETS) | texts(2), max_size=25).map("".join)


@pytest.mark.parametrize(
    ("markdown", "html"),
    [
        ("*a* **b**", "<p><em>a</em> <strong>b</strong></p>"),
        ("~~c~~ `d<e`", "<p><s>c</s> <code>d&lt;e</code></p>"),
        ("one\ntwo\n\nthree", "<p>one<br>\ntwo</p>\n<p>three</p>"),
        ("# Title *x*", "<p><strong>Title <em>x</em></strong></p>"),
        ("Title\n===", "<p><strong>Title</strong></p>"),
        ("> quoted", "<blockquote>\n<p>quoted</p>\n</blockquote>"),
        ("3. a\n4. b", "<ol>\n<li>a</li>\n<li>b</li>\n</ol>"),
        ("```python\nx < y\n```", "<pre><code>x &lt; y\n</code></pre>"),
        ("a | b\n--|--\n1 | 2", "<p>a | b<br>\n--|--<br>\n1 | 2</p>"),
        ("<b>bold</b> & <br>", "<p>&lt;b&gt;bold&lt;/b&gt; &amp; &lt;br&gt;</p>"),
        ("***\n", "<hr>"),
        ("", ""),
    ],
)  # fmt: skip
def test_what_is_written_is_what_is_shown(markdown: str, html: str) -> None:
    assert events_of(render(markdown).strip()) == events_of(html)


def link(href: str, words: str) -> str:
    return f'<p><a href="{href}" rel="{REL}">{words}</a></p>'


@pytest.mark.parametrize(
    ("markdown", "html"),
    [
        ('[x](https://a.example/?b=1&c=2 "t")', link("https://a.example/?b=1&amp;c=2", "x")),
        ("https://a.example/b", link("https://a.example/b", "https://a.example/b")),
        ("<mailto:x@a.example>", link("mailto:x@a.example", "mailto:x@a.example")),
        ("https://a.example/_b_c_", link("https://a.example/_b_c_", "https://a.example/_b_c_")),
        ("![alt](https://a.example/i.png)", link("https://a.example/i.png", "alt")),
        ("![](https://a.example/i.png)", link("https://a.example/i.png", "https://a.example/i.png")),
        ("[![alt](https://a.example/i)](https://b.example)", link("https://b.example", "alt")),
        ("[x][1]\n\n[1]: http://a.example", link("http://a.example", "x")),
    ],
)  # fmt: skip
def test_links_and_images_become_plain_links(markdown: str, html: str) -> None:
    assert events_of(render(markdown).strip()) == events_of(html)


@pytest.mark.parametrize(
    "target",
    [
        "javascript:1", "javascript:alert(1)", "JaVaScRiPt:alert(1)", "data:text/html,x",
        "vbscript:x", "//evil.example", "/relative", "#anchor", "http:javascript:1", "http:",
        "http://", "https:/\\evil.example", "file:///etc/passwd", "ftp://a.example", "tel:1",
        "http://1.2.3.4.5", "http://a:99999/", "https://ex\u00admple.example", "http://[::1",
        "&#106;avascript:1", "java\tscript:1", "\\/\\/evil.example",
    ],
)  # fmt: skip
def test_no_link_to_anything_but_web_and_mail(target: str) -> None:
    for markdown in (
        f"[x]({target})",
        f"[x](<{target}>)",
        f"![x]({target})",
        f"<{target}>",
        target,
    ):
        assert "href" not in render(markdown)


@given(bodies)
@settings(max_examples=300, deadline=None)
def test_nothing_active_comes_out(markdown: str) -> None:
    try:
        html = render(markdown)
    except MarkupError:
        return
    assert complaints(html) == []


@given(bodies)
@settings(max_examples=300, deadline=None)
def test_the_seal_finds_nothing_to_remove(markdown: str) -> None:
    """bleach and nh3 are two opinions: where they differ, one of them is wrong."""
    html = markup._bleached(markup._written(markdown))
    sealed = [
        (kind, name, tuple(pair for pair in attributes if pair[0] != "rel"))
        for kind, name, attributes in events_of(markup._sealed(html))
    ]
    assert sealed == events_of(html)


@pytest.mark.parametrize(
    "html",
    [
        '<a href="javascript:1">x</a>', '<a href="javascript:alert(1)">x</a>',
        "<img src=x onerror=y>",
        '<p id="a" class="b" style="c" name="d" title="e" hx-get="/f">x</p>', "<!-- x -->",
        '<a href="http://a.example" target="_blank" hx-on:click="x">y</a>', "<svg><a>x</a></svg>",
        "<math><mtext></form><form><mglyph><style></math><img src onerror=alert(1)>",
    ],
)  # fmt: skip
def test_each_sanitiser_alone_stops_what_markdown_would_never_write(html: str) -> None:
    for tool in (markup._bleached, markup._sealed):
        found = [c for c in complaints(tool(html)) if c not in {"rel None", "href ''"}]
        assert found == []


def hostile_bodies() -> list[str]:
    lines = (CONFORMANCE / "xss.jsonl").read_text("utf-8").splitlines()
    return [json.loads(line)["payload"] for line in lines]


@pytest.mark.skipif(
    not (CONFORMANCE / "xss.jsonl").exists(),
    reason="The hostile bodies are not here; POSTIL_CONFORMANCE names the folder with xss.jsonl.",
)
def test_no_hostile_body_survives() -> None:
    seen = 0
    for payload in hostile_bodies():
        try:
            html = render(payload)
        except MarkupError:
            continue
        seen += 1
        assert complaints(html) == [], payload
    assert seen > 1_000


@pytest.mark.parametrize(
    "markdown",
    [
        *(unit * (MAX_BODY // len(unit)) for unit in (
            "[", "]", "![", "[a](", "[](", ">", "> ", "*", "**", "_a ", "*a ", "**a *b ", "`",
            "~~a", "<", "<a ", "<!--", "&", "&#0;", '"', "\\", "- ", "- a\n", ">a\n", "a\n", "\t", "://",
            "http://", "mailto:a@", "a@b.c ", "[x]: y\n", "😀", "*a*", "[a](http://b) ", "  \n",
        )),
        "*a " * 2_000 + "a* " * 1_300,
        "[x]: http://" + "y" * 4_900 + "\n\n" + "[x]" * 1_600,
        "[x](" + "(" * 9_990,
        ">#\na\n" * 320,
        ">#\na\n" * 2_000,
        ">>>>>>>>>>#\na\n" * 130,
        "a://![" * 1_666,
        "http://![" * 1_111,
        ("> " * 45 + "a\n\n") * 105,
        ("- " * 16 + "a\n") * 290,
        "".join("  " * depth + "- a\n" for depth in range(95)),
        " ".join("`" * length for length in range(1, 140)),
    ],
)  # fmt: skip
def test_no_body_within_the_limits_is_a_trap(markdown: str) -> None:
    assert len(markdown) <= MAX_BODY
    began = time.process_time()
    try:
        html = render(markdown)
    except MarkupError:
        html = ""
    # Under a second here; the guard is wider so that a busy machine does not fail it.
    assert time.process_time() - began < 2
    assert complaints(html) == []


def test_a_body_may_be_as_long_as_the_limit_and_no_longer() -> None:
    assert len(render("a" * MAX_BODY)) > MAX_BODY
    with pytest.raises(BodyTooLong, match=str(MAX_BODY)):
        render("a" * (MAX_BODY + 1))
    with pytest.raises(BodyTooLong, match="links"):
        render("[x]: http://" + "y" * 4_900 + "\n\n" + "[x]" * 1_600)


def test_a_long_quotation_is_taken_and_an_endless_one_refused() -> None:
    assert render("> said\n" * 500).count("<br>") == 499
    with pytest.raises(BodyTooLong, match="blank lines"):
        render("> s\n" * 1_000)
    assert render(("> s\n" * 100 + "\n") * 10).count("<blockquote>") == 10


@pytest.mark.parametrize(("before", "after"), [(">", ""), ("- ", ""), ("*a **b ", "** a*")])
def test_nesting_has_a_limit(before: str, after: str) -> None:
    assert render(before * 10 + "a" + after * 10)
    with pytest.raises(TooDeep, match=str(MAX_NESTING)):
        render(before * 200 + "a" + after * 200)


def test_the_deepest_allowed_nesting_is_rendered_whole() -> None:
    deepest = MAX_NESTING - 1
    assert render(">" * deepest + " word").count("<blockquote>") == deepest
    assert "word" in render(">" * deepest + " word")
    with pytest.raises(TooDeep):
        render(">" * (deepest + 1) + " word")


@pytest.mark.parametrize("char", ["\ud800", "\x00", "\x08", "\x0b", "\x1b", "\x7f"])
def test_what_is_not_text_is_refused(char: str) -> None:
    for function in (clean_text, render, excerpt):
        with pytest.raises(NotText):
            function(f"a{char}b")


def test_line_breaks_become_one_kind_and_the_end_is_trimmed() -> None:
    assert clean_text("  a\r\nb\rc\td \u00a0\r\n\n") == "  a\nb\nc\td"


@given(texts())
def test_clean_text_keeps_every_visible_character(text: str) -> None:
    assert clean_text(text) == text.rstrip()


@pytest.mark.parametrize(
    "blank",
    ["", " \n\t", "\u00a0\u2003\u2028", "\u200b\u200d\ufeff\u00ad", "\u202e", "\u3164\u2800\ufe0f"],
)
def test_what_leaves_no_mark_is_blank(blank: str) -> None:
    assert is_blank(blank)
    assert not is_blank(blank + "." + blank)


@pytest.mark.parametrize(
    ("markdown", "words"),
    [
        ("# Title\n\n*One*\ntwo `three`\n\n- four\n- five", "Title One two three four five"),
        ("![alt](http://a.example/i.png) [b](http://c.example)", "alt b"),
        ("```\nx < y\n```", "x < y"),
        ("[x]: http://a.example", ""),
    ],
)
def test_an_excerpt_is_the_words_without_their_markup(markdown: str, words: str) -> None:
    assert excerpt(markdown) == words


@given(bodies, st.integers(1, 60))
@settings(deadline=None)
def test_an_excerpt_is_short_and_the_beginning_of_the_words(markdown: str, length: int) -> None:
    try:
        cut, whole = excerpt(markdown, length), excerpt(markdown, MAX_BODY)
    except MarkupError:
        return
    assert len(cut) <= length
    assert cut == whole or (cut.endswith("…") and whole.startswith(cut[:-1]))


def test_an_excerpt_ends_after_a_word() -> None:
    assert (
        excerpt("Constitutional legitimacy, it is said", 35) == "Constitutional legitimacy, it is…"
    )
    assert excerpt("Constitutional legitimacy, it is said", 28) == "Constitutional legitimacy…"
    assert excerpt("Constitutional", 8) == "Constit…"


def test_threads_do_not_share_a_cleaner() -> None:
    cleaners: list[int] = []
    barrier = threading.Barrier(4)

    def work() -> None:
        barrier.wait()
        assert complaints(render("*a* [b](http://c.example)")) == []
        cleaners.append(id(markup._tools.cleaner))
        barrier.wait()

    threads = [threading.Thread(target=work) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(set(cleaners)) == len(threads)
