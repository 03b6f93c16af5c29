"""What Streamlit must know of the sign-in provider, from the environment into a file that only the server reads."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from hotspots.errors import InputError, StoreError
from hotspots.whole_files import write_whole

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

PROVIDER = {
    "HOTSPOTS_OIDC_METADATA_URL": "server_metadata_url",
    "HOTSPOTS_OIDC_CLIENT_ID": "client_id",
    "HOTSPOTS_OIDC_CLIENT_SECRET": "client_secret",
    "HOTSPOTS_OIDC_REDIRECT_URI": "redirect_uri",
    "HOTSPOTS_COOKIE_SECRET": "cookie_secret",
}
"""Variables of the environment, and what Streamlit calls them."""
CALLBACK = "/oauth2callback"
_LEAST_SECRET = 32
OWN_MACHINE = ("localhost", "127.0.0.1", "::1")
"""Names by which only this machine reaches itself."""


def is_set_up(environment: Mapping[str, str]) -> bool:
    """Tell whether the environment names a sign-in provider at all."""
    return any(environment.get(variable) for variable in PROVIDER)


def compose_secrets(environment: Mapping[str, str]) -> str:
    """Write the section of Streamlit's secrets that names the provider.

    Raises
    ------
    InputError
        If a variable is missing or cannot be right; the message names it and never repeats a secret.
    """
    absent = [variable for variable in PROVIDER if not (environment.get(variable) or "").strip()]
    if absent:
        raise InputError(f"Sign-in needs {', '.join(absent)} as well; set what is missing (docs/access.md).")
    values = {variable: environment[variable].strip() for variable in PROVIDER}
    for variable in ("HOTSPOTS_OIDC_METADATA_URL", "HOTSPOTS_OIDC_REDIRECT_URI"):
        parts = urlsplit(values[variable])
        if parts.scheme != "https" and not (parts.scheme == "http" and parts.hostname in OWN_MACHINE):
            raise InputError(f"{variable} does not begin with https://; nobody should sign in over an open line.")
    if not values["HOTSPOTS_OIDC_REDIRECT_URI"].endswith(CALLBACK):
        raise InputError(f"HOTSPOTS_OIDC_REDIRECT_URI does not end in {CALLBACK}, which the provider must call.")
    if len(values["HOTSPOTS_COOKIE_SECRET"]) < _LEAST_SECRET:
        raise InputError(
            f"HOTSPOTS_COOKIE_SECRET has fewer than {_LEAST_SECRET} characters, and who guesses it is anybody; make "
            "one with: openssl rand -hex 32"
        )
    for variable, value in values.items():
        if not value.isprintable():
            raise InputError(f"{variable} holds a control character; set it again.")
    lines = [f"{name} = {json.dumps(values[variable])}" for variable, name in PROVIDER.items()]
    return "\n".join(["[auth]", *lines, 'client_kwargs = { scope = "openid email profile" }', ""])


def write_secrets(environment: Mapping[str, str], path: Path) -> Path:
    """Write the section into a file that only its owner can read.

    Raises
    ------
    InputError
        As for :func:`compose_secrets`.
    StoreError
        If it cannot be written.
    """
    text = compose_secrets(environment)
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        write_whole(path, text.encode(), mode=0o600)
    except OSError as error:
        raise StoreError(f"{path} cannot be written ({error.strerror}); choose another place for --out.") from None
    return path
