"""A pack as one web page that asks nobody for anything: pictures inside it, no script, and a form for paper."""

from __future__ import annotations

import base64
import hashlib
from typing import TYPE_CHECKING

from jinja2 import Environment, StrictUndefined

from hotspots.views.pack import list_paragraphs
from hotspots.views.pack_charts import list_figures
from hotspots.views.pack_zip import draw_pages
from hotspots.views.theme import pick_theme
from hotspots.views.wording import write_number

if TYPE_CHECKING:
    from collections.abc import Callable

    from hotspots.views.pack import PackDocument, PackPage

_STYLE = """
:root { color-scheme: %(scheme)s }
* { box-sizing: border-box }
body { margin: 0; padding: 2.5rem 1rem 3.5rem; background: %(ground)s; color: %(ink)s;
  font: 1.1875rem/1.45 Arial, Helvetica, sans-serif; overflow-wrap: anywhere }
main { max-width: 75rem; margin: 0 auto }
h1 { font-size: 2.25rem; line-height: 1.15; margin: 1.5rem 0 .5rem }
h2 { font-size: 1.625rem; line-height: 1.2; margin: 3rem 0 .75rem }
.quiet { color: %(grey)s; margin: 0 0 .5rem }
.small { font-size: 1rem }
a { color: %(link)s }
a:focus { outline: 3px solid #ffdd00; outline-offset: 2px }
.marking { position: fixed; left: 0; right: 0; text-align: center; font-weight: bold; font-size: 1rem;
  padding: .3rem 1rem; background: %(band)s; color: %(band_text)s; z-index: 1 }
.marking.top { top: 0 } .marking.bottom { bottom: 0 }
figure { margin: 0 } figcaption { display: none }
img { display: block; width: 100%%; height: auto; border: 1px solid %(rule)s }
.note { border-left: .4rem solid %(accent)s; padding: .1rem 0 .1rem 1rem; margin: 1rem 0 }
.note p { margin: .4rem 0 }
summary { cursor: pointer; padding: .5rem 0 }
.scroll { overflow-x: auto; overflow-wrap: normal }
table { border-collapse: collapse; font-size: 1rem; font-variant-numeric: tabular-nums }
caption { text-align: left; font-weight: bold; padding: .4rem 0 }
th, td { text-align: left; padding: .3rem 1.2rem .3rem 0; border-bottom: 1px solid %(rule)s }
td { text-align: right }
@media screen { @media (max-width: 48rem) {
  body { font-size: 1.0625rem; padding: 2.25rem .75rem 3rem }
  h1 { font-size: 1.75rem } h2 { font-size: 1.375rem; margin-top: 2rem }
  .look { overflow-x: auto; border: 1px solid %(rule)s } .look:focus-visible { outline: 3px solid #ffdd00 }
  .look img { width: 56rem; max-width: none; border: 0 }
  figcaption { display: block; margin: .5rem 0 0 } figcaption .quiet { font-size: 1rem }
} }
@page { size: %(page)s; margin: 12mm }
@media print {
  body { padding: 0; font-size: 11pt; background: #fff; color: #000 }
  .marking { background: none; color: #000; padding: 0 }
  section, main { padding-top: 1.6rem }
  section { break-before: page; break-inside: avoid }
  section h2 { margin-top: 0 }
  img { max-height: 70vh; width: auto; max-width: 100%%; margin: 0 auto }
  details, nav { display: none }
}
"""

_PAGE = """<!DOCTYPE html>
<html lang="en-GB">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; img-src data:; style-src '{{ style_hash }}'; \
base-uri 'none'; form-action 'none'">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="referrer" content="no-referrer">
<title>{{ document.full_title }}</title>
<meta name="description" content="{{ document.summary }}">
<meta name="hotspots-address" content="{{ document.address }}">
<meta name="hotspots-data-version" content="{{ document.data_version }}">
<meta name="hotspots-marking" content="{{ document.marking }}">
<style>{{ style }}</style>
</head>
<body>
{% if document.marking %}<header class="marking top">{{ document.marking }}</header>
{% endif %}<main>
<h1>{{ document.full_title }}</h1>
<p class="quiet">{{ document.period }}</p>
{% if document.audience %}<p class="quiet">{{ document.audience }}</p>
{% endif %}{% if document.summary %}<p>{{ document.summary }}</p>
{% endif %}<nav aria-label="Contents"><ol>
{% for page in pages %}<li><a href="#{{ page.key }}">{{ page.heading }}</a></li>
{% endfor %}</ol></nav>
{% if speaking %}<div class="note" role="note">
{% for text in speaking %}<p dir="auto">{{ text }}</p>
{% endfor %}</div>
{% endif %}{% for page in pages %}<section class="picture" id="{{ page.key }}">
<h2>{{ page.heading }}</h2>
<figure><div class="look" tabindex="0" role="group" aria-label="Picture: {{ page.heading }}">\
<img src="data:image/png;base64,{{ page.image }}" width="{{ page.width }}" height="{{ page.height }}" \
alt="{{ page.alt }}"></div>
<figcaption aria-hidden="true"><p class="quiet">Move the picture sideways to see the rest of it. In words:</p>
<p>{{ page.alt }}</p></figcaption></figure>
{% if page.notes %}<div class="note">
{% for text in page.notes %}<p dir="auto">{{ text }}</p>
{% endfor %}</div>
{% endif %}{% if page.figures %}<details><summary>Figures of this picture</summary>
<div class="scroll"><table><caption>{{ page.figures.title }}</caption>
<thead><tr><th scope="col">{{ page.figures.heading }}</th>{% for name, values in page.figures.series %}\
<th scope="col">{{ name }}</th>{% endfor %}{% if page.figures.limits %}\
<th scope="col">{{ page.figures.ranges_title }}</th>{% endif %}</tr></thead>
<tbody>
{% if page.figures.ranges and not page.figures.limits %}<tr><th scope="row">{{ page.figures.ranges_title }}</th>\
{% for text in page.figures.ranges %}<td>{{ text }}</td>{% endfor %}</tr>
{% endif %}{% for category in page.figures.categories %}{% set row = loop.index0 %}\
<tr><th scope="row">{{ category }}</th>\
{% for name, values in page.figures.series %}<td>{{ write(values[row], page.figures.decimals) }}</td>{% endfor %}\
{% if page.figures.limits %}<td>{{ page.figures.ranges[row] }}</td>{% endif %}</tr>
{% endfor %}</tbody></table></div></details>
{% endif %}</section>
{% endfor %}<section>
<h2>About this pack</h2>
{% for heading, reason in document.told_left_out %}<p>Left out: {{ heading }}. {{ reason }}</p>
{% endfor %}{% if document.way_back %}<p>{{ document.way_back }}</p>
{% endif %}<p class="quiet small">{{ document.basis }}</p>
</section>
</main>
{% if document.marking %}<div class="marking bottom" aria-hidden="true">{{ document.marking }}</div>
{% endif %}</body>
</html>
"""


def write_pack_html(document: PackDocument, *, progress: Callable[[str, int, int], None] | None = None) -> bytes:
    """Write a pack as one HTML file.

    Parameters
    ----------
    document
        The pack.
    progress
        Called with heading, pictures done and pictures in all.

    Returns
    -------
    bytes
        UTF-8; equal packs give equal bytes. Its policy forbids scripts and every request, and all text is escaped.
    """
    style = _write_style(document)
    digest = base64.b64encode(hashlib.sha256(style.encode()).digest()).decode()
    pages = [_show(page, content) for page, _name, content in draw_pages(document, progress=progress)]
    environment = Environment(autoescape=True, undefined=StrictUndefined)
    text = environment.from_string(_PAGE).render(
        document=document,
        pages=pages,
        speaking=list_paragraphs(document.speaking_note),
        style=_Safe(style),
        style_hash=f"sha256-{digest}",
        write=lambda value, decimals: write_number(float("nan") if value is None else value, decimals=decimals),
    )
    return text.encode()


class _Safe(str):
    """Our own style, which holds nothing from outside, goes into the page as it is."""

    __slots__ = ()

    def __html__(self) -> str:
        return str(self)


def _show(page: PackPage, content: bytes) -> dict[str, object]:
    return {
        "key": page.key,
        "heading": page.heading,
        "image": base64.b64encode(content).decode(),
        "width": int.from_bytes(content[16:20], "big"),
        "height": int.from_bytes(content[20:24], "big"),
        "alt": page.picture.alt,
        "notes": list_paragraphs(page.note),
        "figures": list_figures(page.picture),
    }


def _write_style(document: PackDocument) -> str:
    theme = pick_theme(dark=document.dark)
    return _STYLE % {
        "scheme": theme.name,
        "ground": theme.ground,
        "ink": theme.ink,
        "grey": theme.grey_text,
        "link": theme.accent_dark,
        "band": theme.band,
        "band_text": theme.band_text,
        "rule": theme.rule,
        "accent": theme.accent,
        "page": "A4 portrait" if document.size == "a4-portrait" else "A4 landscape",
    }
