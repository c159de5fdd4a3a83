"""What the Bot API makes of a text with parse_mode HTML, but without its leniency.

parse(text) gives the text that people see, and its entities (type, offset, length, extra), counted in UTF-16 code units.
MarkupError where Telegram answers "can't parse entities", and also for a lone '&' or '>', which Telegram lets pass.
"""

import re

_TAGS = {
    "b": "bold", "strong": "bold", "i": "italic", "em": "italic", "u": "underline", "ins": "underline",
    "s": "strikethrough", "strike": "strikethrough", "del": "strikethrough", "code": "code", "pre": "pre",
    "a": "text_link", "tg-spoiler": "spoiler", "blockquote": "blockquote",
}
_NAMED = {"lt": "<", "gt": ">", "amp": "&", "quot": '"'}
_START = re.compile(r'<([a-z-]+)((?: [a-z-]+="[^"<>]*")*)>')
_END = re.compile(r"</([a-z-]+)>")
_REFERENCE = re.compile(r"&(?:(lt|gt|amp|quot)|#(\d{1,7})|#x([0-9a-fA-F]{1,6}));")


class MarkupError(Exception):
    """The text ends as Telegram's description does."""


def units(text):
    """The length of a text in UTF-16 code units; UnicodeEncodeError for a lone surrogate."""
    return len(text.encode("utf-16-le")) // 2


def _unescaped(text, offset):
    out, at = [], 0
    while at < len(text):
        if text[at] == "&":
            found = _REFERENCE.match(text, at)
            if not found:
                raise MarkupError(f"a lone '&' at offset {offset + at}")
            name, decimal, hexadecimal = found.groups()
            out.append(_NAMED[name] if name else chr(int(decimal) if decimal else int(hexadecimal, 16)))
            at = found.end()
        elif text[at] == ">":
            raise MarkupError(f"a lone '>' at offset {offset + at}")
        else:
            out.append(text[at])
            at += 1
    return "".join(out)


def parse(text):
    seen, entities, opened = "", [], []
    at = 0
    while at < len(text):
        if text[at] != "<":
            end = text.find("<", at)
            end = len(text) if end == -1 else end
            seen += _unescaped(text[at:end], at)
            at = end
            continue
        ending = _END.match(text, at)
        if ending:
            if not opened:
                raise MarkupError(f"Unexpected end tag at byte offset {at}")
            tag, begin, extra = opened.pop()
            if tag != ending[1]:
                raise MarkupError(f'Unmatched end tag at byte offset {at}, expected "</{tag}>", found "{ending[0]}"')
            if begin == units(seen):
                raise MarkupError(f"<{tag}> has nothing in it")  # lenient: dropped
            entities.append((_TAGS[tag], begin, units(seen) - begin, extra))
            at = ending.end()
            continue
        start = _START.match(text, at)
        if not start or start[1] not in _TAGS:
            raise MarkupError(f"Unsupported start tag at byte offset {at}: {text[at:at + 20]!r}")
        attributes = dict(re.findall(r'([a-z-]+)="([^"]*)"', start[2]))
        if set(attributes) != ({"href"} if start[1] == "a" else set()):
            raise MarkupError(f"attributes of <{start[1]}> are {sorted(attributes)}")
        opened.append((start[1], units(seen), _unescaped(attributes.get("href", ""), at)))
        at = start.end()
    if opened:
        raise MarkupError(f'Can\'t find end tag corresponding to start tag "{opened[-1][0]}"')
    return seen, sorted(entities, key=lambda entity: (entity[1], -entity[2]))
