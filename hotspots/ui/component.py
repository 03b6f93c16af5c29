"""Our own Streamlit components: scripts of ours in the page, found and kept by the browser, renewed when they change.

The scripts proper lie in ``static/``. Addresses are built from the place that Streamlit's own script came from, so they
hold below any base path and behind any proxy.
"""

from __future__ import annotations

import hashlib
from functools import cache

from hotspots.settings import STATIC

LOADER = """
const own = document.querySelector('script[src*="static/js/"], link[href*="static/js/"]');
const base = (own?.src ?? own?.href ?? document.baseURI).replace(/static\\/js\\/.*$/, "");
export default async function (component) {
  const { script, shared } = component.data;
  const [own_script, common] = await Promise.all([script, shared].map((path) => path && import(base + path)));
  return own_script.default(component, base, common);
}
"""
"""Fetches ``data.script``, and what it shares with others (``data.shared``) if anything, and hands both the page."""


@cache
def version_file(path: str) -> str:
    """Name a file of ours with its content, so that no browser keeps an old one after an upgrade."""
    digest = hashlib.sha256((STATIC / path).read_bytes()).hexdigest()[:12]
    return f"app/static/{path}?{digest}"
