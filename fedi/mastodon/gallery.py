"""Ours: the gallery and its prompts, /api/fedi/v1 (docs/api.md). Open to all, with a token or without."""

from starlette.responses import Response

from fedi.errors import NotFound
from fedi.mastodon import responses
from fedi.mastodon.calls import Call
from fedi.mastodon.entities.artwork import art_prompt, artwork
from fedi.queries import accounts, gallery, prompts


async def show(call: Call) -> Response:
    """GET /api/fedi/v1/gallery: of one member with `account_id`, answers to a prompt with `prompt_id`.

    Not found where the owner has switched the gallery off.
    """
    server, params, page = call.server, call.params, responses.page_of(call.params)
    if not server.settings.studio.gallery:
        raise NotFound
    member = prompt = None
    if "account_id" in params:
        member = await accounts.by_id(params.id("account_id") or 0)
        if member is None:
            raise NotFound
    if "prompt_id" in params:
        prompt = await prompts.begun_one(server, params.id("prompt_id") or 0)
    found = await gallery.pictures(server, call.viewer, page, by=member, prompt=prompt)
    shown = [artwork(each, server.uris) for each in found]
    return responses.page(call.request, shown, [each.media.id for each in found], page)


async def list_prompts(call: Call) -> Response:
    """GET /api/fedi/v1/prompts: those that run or ran, newest first; none where they are switched off."""
    page = responses.page_of(call.params)
    found, now = await prompts.begun(call.server, page), call.server.clock.now()
    shown = [art_prompt(row, call.server.uris, current=row.ends_at > now) for row in found]
    return responses.page(call.request, shown, [row.id for row in found], page)
