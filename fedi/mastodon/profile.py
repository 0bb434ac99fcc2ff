"""One's own account (Mastodon API: accounts, *_credentials; profile; preferences)."""

from typing import Any

from starlette.datastructures import UploadFile
from starlette.responses import Response

from fedi.actions import accounts, media, preferences
from fedi.actions.accounts import ProfileChanges
from fedi.errors import Invalid
from fedi.mastodon import responses, uploads
from fedi.mastodon.calls import Call
from fedi.mastodon.entities.account import Role, Source, credential_account, source_fields
from fedi.mastodon.entities.profile import profile
from fedi.mastodon.entities.status import visibility_inside, visibility_word
from fedi.mastodon.params import Params
from fedi.models.accounts import Account
from fedi.models.media import MediaAttachment
from fedi.queries import collections
from fedi.queries.accounts import by_id, successors
from fedi.security.limits import Limit

# Each costs up to a second of a core.
_PICTURES = Limit(60, 1800)
_ROLES = {"owner": Role(id="1", name="Owner", highlighted=True), "moderator": Role(id="2", name="Moderator")}
_MEMBER = Role(id="-99", name="")


async def show(call: Call) -> Response:
    """GET /api/v1/accounts/verify_credentials."""
    return await _shown(call, call.account)


async def update(call: Call) -> Response:
    """PATCH /api/v1/accounts/update_credentials, in every encoding that apps use for it.

    Ours: `avatar_media_id` and `header_media_id` make a picture that is here already the avatar or header,
    with its alt text and its label.
    """
    return await _shown(call, await _changed(call))


async def show_editable(call: Call) -> Response:
    """GET /api/v1/profile."""
    return responses.json(profile(call.account, call.server.uris))


async def update_editable(call: Call) -> Response:
    """PUT and PATCH /api/v1/profile: takes what update_credentials takes."""
    return responses.json(profile(await _changed(call), call.server.uris))


async def remove_avatar(call: Call) -> Response:
    """DELETE /api/v1/profile/avatar."""
    return await _shown(call, await accounts.set_avatar(call.server, call.account, None))


async def remove_header(call: Call) -> Response:
    """DELETE /api/v1/profile/header."""
    return await _shown(call, await accounts.set_header(call.server, call.account, None))


async def show_preferences(call: Call) -> Response:
    """GET /api/v1/preferences."""
    chosen = preferences.of(call.user)
    return responses.json(
        {
            "posting:default:visibility": visibility_word(chosen.visibility),
            "posting:default:sensitive": chosen.sensitive,
            "posting:default:language": chosen.language or None,
            "posting:default:quote_policy": chosen.quote_policy,
            "posting:default:remix_policy": call.account.remix_policy,
            "reading:expand:media": chosen.expand_media,
            "reading:expand:spoilers": chosen.expand_warnings,
            "posting:default:model_tag": preferences.tags_model_media(call.server, chosen),
            "reading:model_media": chosen.model_media or call.server.settings.studio.model_media,
        }
    )


async def _changed(call: Call) -> Account:
    """Change what was sent: pictures are read first, so that a bad one leaves everything as it was."""
    server, params, account = call.server, call.params, call.account
    source = params.inner("source")
    avatar, header = await _picture(call, "avatar"), await _picture(call, "header")
    await preferences.change(
        server,
        call.user,
        visibility=visibility_inside(source.text("privacy")) if source.text("privacy") else None,
        sensitive=source.optional_flag("sensitive"),
        language=source.optional_text("language"),
        quote_policy=source.text("quote_policy") or None,
        text_type=source.text("status_content_type") or None,
        show_application=source.optional_flag("show_application"),
        model_media=source.optional_text("model_media"),
        model_tag=source.optional_flag("model_tag"),
    )
    account = await accounts.update_profile(server, account, _changes(params, source))
    if avatar is not None:
        account = await accounts.set_avatar(server, account, avatar)
    if header is not None:
        account = await accounts.set_header(server, account, header)
    return account


def _changes(params: Params, source: Params) -> ProfileChanges:
    fields = [(each.text("name"), each.text("value")) for each in params.each("fields_attributes")]
    return ProfileChanges(
        display_name=params.optional_text("display_name"),
        note=params.optional_text("note"),
        fields=fields if "fields_attributes" in params else None,
        locked=params.optional_flag("locked"),
        attribution_domains=params.texts("attribution_domains") if "attribution_domains" in params else None,
        is_bot=params.optional_flag("bot"),
        discoverable=_either_flag(params, source, "discoverable"),
        indexable=_either_flag(params, source, "indexable"),
        hide_collections=_either_flag(params, source, "hide_collections"),
        show_media=params.optional_flag("show_media"),
        show_media_replies=params.optional_flag("show_media_replies"),
        show_featured=params.optional_flag("show_featured"),
        remix_policy=params.optional_text("remix_policy") or source.optional_text("remix_policy") or None,
        in_gallery=_either_flag(params, source, "in_gallery"),
        avatar_alt=params.optional_text("avatar_description"),
        header_alt=params.optional_text("header_description"),
    )


def _either_flag(params: Params, source: Params, name: str) -> bool | None:
    given = params.optional_flag(name)
    return source.optional_flag(name) if given is None else given


async def _picture(call: Call, name: str) -> MediaAttachment | None:
    """Give the picture that was sent or named as the avatar or header; None when there was none."""
    params = call.params
    if f"{name}_media_id" in params:
        return await media.own(call.account, params.id(f"{name}_media_id") or 0)
    file = params.file(name)
    if isinstance(file, UploadFile):
        call.server.limits.take(f"profile-pictures:{call.account.id}", _PICTURES)
        data = await uploads.read(call, file)
        return await media.upload(
            call.server, call.account, data, description=params.text(f"{name}_description")
        )
    # Apps send an empty text for a picture that stays; anything else was meant to be a file.
    if params.text(name):
        raise Invalid(name, "must be a file")
    return None


async def _shown(call: Call, account: Account) -> Response:
    fresh = await by_id(account.id) or account
    chosen: Any = preferences.of(call.user)
    source = Source(
        privacy=visibility_word(chosen.visibility),
        sensitive=chosen.sensitive,
        language=chosen.language or None,
        quote_policy=chosen.quote_policy,
        remix_policy=fresh.remix_policy,
        in_gallery=fresh.in_gallery,
        note=fresh.note_text,
        fields=source_fields(fresh),
        follow_requests_count=await collections.asking_count(call.server, fresh),
        hide_collections=fresh.hide_collections,
        discoverable=fresh.discoverable,
        indexable=fresh.indexable,
        attribution_domains=fresh.attribution_domains,
    )
    role = _ROLES.get(call.user.role, _MEMBER)
    moved_to = (await successors(call.server, [fresh])).get(fresh.id)
    return responses.json(
        credential_account(fresh, call.server.uris, source=source, role=role, moved_to=moved_to)
    )
