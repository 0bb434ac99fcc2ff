"""The table of pages."""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

from starlette.datastructures import URL
from starlette.routing import BaseRoute, Mount, Route
from starlette.staticfiles import StaticFiles
from starlette.types import Receive, Scope, Send

from fedi.web import (
    about,
    access,
    albums,
    authorise,
    composing,
    drafts,
    entrance,
    feeds,
    gallery,
    home,
    marks,
    moving,
    notifications,
    polls,
    posts,
    preferences,
    profiles,
    prompts,
    remixes,
    reports,
    search,
    settings,
    shelf,
    studio,
    ties,
    trying,
)
from fedi.web.rendering import static_folder
from fedi.web.visits import Done, Shown, done, done_by_anybody, shown

_GET: Final[Mapping[str, Shown]] = MappingProxyType(
    {
        "/": home.front,
        "/home": home.home,
        "/local": home.local,
        "/tags/{name}.rss": feeds.of_tag,
        "/tags/{name}": home.tag,
        "/gallery": gallery.show,
        "/gallery.rss": feeds.of_gallery,
        "/gallery/prompts": gallery.prompts_begun,
        "/gallery/prompts/{id:int}": gallery.prompt,
        "/health": about.health,
        "/privacy-policy": about.privacy,
        "/terms-of-service": about.terms,
        "/notifications": notifications.page,
        "/search": search.page,
        "/authorize_interaction": search.interact,
        "/about": about.about,
        "/ns": about.vocabulary,
        "/sign-in": entrance.show_sign_in,
        "/sign-up": entrance.show_sign_up,
        "/compose": composing.show,
        "/drafts": drafts.show,
        "/posts/{id:int}/delete": posts.ask_delete,
        "/posts/{id:int}/delivery": posts.delivery,
        "/settings": settings.index,
        "/settings/profile": settings.show_profile,
        "/settings/password": settings.show_password,
        "/settings/apps": access.show,
        "/settings/preferences": preferences.show,
        "/settings/moving": moving.show,
        "/settings/styles": shelf.show,
        "/settings/styles/waiting/{token}": shelf.waiting,
        "/settings/prompts": prompts.show,
        "/report": reports.show,
        "/restyle/{id:int}": remixes.show,
        "/remixes": remixes.mine,
        "/studio": studio.show,
        "/studio/several": albums.show,
        "/studio/several/{id:int}": albums.batch,
        "/studio/runs/{id:int}": studio.run,
        "/studio/runs/{id:int}/events": studio.events,
        "/oauth/authorize": authorise.show,
        "/oauth/authorize/native": authorise.show_code,
        "/@{handle}.rss": feeds.of_account,
        "/@{handle}": profiles.profile,
        "/@{handle}/gallery": gallery.of_member,
        "/@{handle}/gallery.rss": feeds.of_members_gallery,
        "/@{handle}/followers": profiles.followers,
        "/@{handle}/following": profiles.following,
        "/@{handle}/{id:int}": posts.page,
        "/@{handle}/{id:int}/remixes": remixes.made_from,
    }
)

_POST: Final[Mapping[str, Done]] = MappingProxyType(
    {
        "/sign-out": entrance.sign_out,
        "/compose": composing.compose,
        "/drafts/{id:int}/{deed}": drafts.do,
        "/announcements/{id:int}/dismiss": home.dismiss_announcement,
        "/posts/{id:int}/delete": posts.delete,
        "/posts/{id:int}/{deed}": marks.mark,
        "/polls/{id:int}/votes": polls.vote,
        "/accounts/{id:int}/{deed}": ties.tie,
        "/settings/profile": settings.profile,
        "/settings/password": settings.password,
        "/settings/preferences": preferences.save,
        "/settings/apps/revoke": access.revoke,
        "/settings/apps/sign-out": access.sign_out,
        "/settings/moving": moving.move,
        "/settings/moving/cancel": moving.cancel,
        "/settings/moving/aliases": moving.add_alias,
        "/settings/moving/aliases/remove": moving.remove_alias,
        "/settings/styles": shelf.add,
        "/settings/styles/waiting/{token}/{deed}": shelf.answer,
        "/settings/styles/{name}/{deed}": shelf.change,
        "/settings/prompts": prompts.add,
        "/settings/prompts/{id:int}/end": prompts.end,
        "/report": reports.send,
        "/restyle/{id:int}": remixes.ask,
        "/restyle/avatar/{id:int}": remixes.ask_for_avatar,
        "/remixes/{id:int}/{deed}": remixes.answer,
        "/studio": studio.ask,
        "/studio/preview": trying.preview,
        "/studio/several": albums.ask,
        "/studio/several/{id:int}/cancel": albums.cancel,
        "/studio/runs/{id:int}/cancel": studio.cancel,
        "/studio/runs/{id:int}/{place}": studio.wear,
        "/oauth/authorize": authorise.decide,
    }
)

_POST_BY_ANYBODY: Final[Mapping[str, Done]] = MappingProxyType(
    {"/sign-in": entrance.sign_in, "/sign-up": entrance.sign_up}
)


class _Static(StaticFiles):
    """Static files; those asked for by their content's hash may be kept for ever."""

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        kept = "public, max-age=31536000, immutable" if "v=" in URL(scope=scope).query else "max-age=3600"

        async def dressed(message: dict[str, object]) -> None:
            if message["type"] == "http.response.start":
                headers = message["headers"]
                message = {**message, "headers": [*headers, (b"cache-control", kept.encode())]}  # type: ignore[misc]
            await send(message)

        await super().__call__(scope, receive, dressed)  # type: ignore[arg-type]


ROUTES: Final[list[BaseRoute]] = [
    *(Route(path, shown(answer), methods=["GET"]) for path, answer in _GET.items()),
    *(Route(path, done(answer), methods=["POST"]) for path, answer in _POST.items()),
    *(Route(path, done_by_anybody(answer), methods=["POST"]) for path, answer in _POST_BY_ANYBODY.items()),
    Mount("/static", _Static(directory=static_folder(), check_dir=False)),
]
