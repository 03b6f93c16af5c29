"""Who sits at this page: asked anew in every run, before anything is drawn and again before anything is written.

Streamlit speaks OpenID Connect with the force's own provider and keeps the verified claims in a signed cookie; what
they mean here is decided in `pipeline.sign_in`. A connection without that cookie, or with one that is too old or of
somebody without a role, sees the sign-in page and nothing else.
"""

from __future__ import annotations

import time
from dataclasses import replace
from typing import TYPE_CHECKING

import streamlit as st
from streamlit.auth_util import get_secrets_auth_section
from streamlit.runtime.scriptrunner import get_script_run_ctx

from hotspots.access import NOBODY, ROLE_NAMES, Person
from hotspots.errors import AccessError, HotspotsError
from hotspots.pipeline.sign_in import find_account, find_signed_in, renew
from hotspots.ui import panels
from hotspots.ui.author import recognise

if TYPE_CHECKING:
    from hotspots.settings import Settings

_SHARED = {"redirect_uri", "cookie_secret", "client_id", "client_secret", "server_metadata_url", "client_kwargs"}
_SHARED |= {"expose_tokens"}


def is_configured() -> bool:
    """Tell whether Streamlit has been told of a sign-in provider."""
    return bool(get_secrets_auth_section())


def find_person(settings: Settings) -> Person | None:
    """Say who sits at this page; None when nobody has signed in and sign-in is needed.

    Raises
    ------
    AccessError
        If sign-in is needed and not configured, the session has ended, or the person has no role here.
    InputError
        If the file of roles cannot be used.
    """
    configured = is_configured()
    if not settings.sign_in and not configured:
        return find_account(settings)
    if not configured:
        raise AccessError(
            "This dashboard opens only to people who have signed in, and no sign-in provider is configured; ask an "
            "administrator to set one up (docs/access.md)."
        )
    claims = st.user.to_dict()
    if claims.get("is_logged_in") is not True:
        return None
    return find_signed_in(settings, claims)


def current_person(settings: Settings) -> Person:
    """Say who acts at this moment, whoever it was when the page was drawn.

    A download is made outside any run, where Streamlit does not say who asked: there it is the person for whom its
    button was drawn, looked up again.

    Raises
    ------
    AccessError
        If nobody does, or not any more.
    InputError
        If the file of roles cannot be used.
    """
    person = find_person(settings) if _is_in_run() else renew(settings, settings.person)
    if person is None:
        raise AccessError(NOBODY)
    return person


def current_reader(settings: Settings) -> Person | None:
    """Say who reads at this moment; nobody is the server itself, which may look and neither change nor take out.

    Raises
    ------
    AccessError, InputError
        As for :func:`current_person`; a page is never read by nobody.
    """
    return current_person(settings) if _is_in_run() else renew(settings, settings.person)


def _is_in_run() -> bool:
    return get_script_run_ctx(suppress_warning=True) is not None


def let_in(settings: Settings) -> Settings | None:
    """Put the settings in the hands of whoever sits at this page; None after the sign-in page was drawn instead."""
    recognise(None)
    try:
        person = find_person(settings)
    except HotspotsError as error:
        _draw_door(str(error), wrong=True)
        return None
    if person is None:
        _draw_door("Use the account that you use at work.")
        return None
    recognise(person)
    return replace(settings, person=person)


def draw_who(person: Person) -> None:
    """Draw who is signed in, with the button to sign out; nothing on a laptop."""
    if not person.is_known:
        return
    with st.popover(panels.as_label(person.name), key="who"):
        words = ROLE_NAMES[person.role][:1].upper() + ROLE_NAMES[person.role][1:]
        st.caption(f"{words}{_say_until(person)}")
        if is_configured():
            st.button("Sign out", on_click=st.logout, key="sign-out", width="stretch")


def _say_until(person: Person) -> str:
    if person.until is None:
        return ""
    return f", signed in until {time.strftime('%H:%M', time.localtime(person.until))}"


def _draw_door(sentence: str, *, wrong: bool = False) -> None:
    """Draw the sign-in page: the product, one sentence, and a button for each provider."""
    _left, middle, _right = st.columns([3, 4, 3])
    with middle:
        st.html(
            '<div class="hs-head" style="margin-top: 14vh"><h1>Hotspots</h1></div><p class="hs-caption">Where harm '
            "concentrates, what was done about it, and whether it worked.</p>"
        )
        panels.draw_message("This is not open to you" if wrong else "Sign in", sentence, wrong=wrong)
        if not is_configured():
            return
        signed_in = st.user.to_dict().get("is_logged_in") is True
        providers = _list_providers()
        for provider in providers:
            label = "Sign in again" if signed_in else "Sign in"
            st.button(
                panels.as_label(label if len(providers) == 1 else f"{label} with {provider or 'the default'}"),
                type="primary",
                on_click=st.login,
                args=(provider,) if provider else (),
                key=f"sign-in-{provider}",
                width="stretch",
            )
        if signed_in:
            st.button("Sign out", on_click=st.logout, key="sign-out", width="stretch")


def _list_providers() -> list[str]:
    """Name the configured providers; an empty name is the one that stands in the section itself."""
    section = get_secrets_auth_section().to_dict()
    named = [name for name, value in section.items() if name not in _SHARED and isinstance(value, dict)]
    return ([""] if "client_id" in section else []) + named or [""]
