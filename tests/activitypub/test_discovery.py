"""WebFinger, host-meta and NodeInfo."""

import pytest

from fedi.activitypub import discovery
from fedi.activitypub.discovery import Jrd, Link, NodeInfo, Resource, parse_resource
from fedi.activitypub.uris import LocalUris
from fedi.errors import Malformed

URIS = LocalUris("https://s.test", "handle.test")
DEVELOPMENT = LocalUris("http://127.0.0.1:8000", "127.0.0.1:8000")


@pytest.mark.parametrize(
    ("resource", "found"),
    [
        ("acct:alice@handle.test", Resource(username="alice")),
        ("acct:Alice@HANDLE.test", Resource(username="Alice")),
        ("ACCT:alice@s.test", Resource(username="alice")),
        ("acct:@alice@s.test", Resource(username="alice")),
        ("alice@s.test", Resource(username="alice")),
        ("https://s.test/ap/u/7", Resource(account_id=7)),
        ("https://s.test/@alice", Resource(username="alice")),
        ("acct:s.test@s.test", Resource()),
        ("https://s.test/ap/actor", Resource()),
        ("acct:alice@b.example", None),
        ("https://b.example/@alice", None),
        ("https://s.test/ap/o/7", None),
    ],
)
def test_a_resource_is_one_of_ours_or_not_found(resource, found):
    assert parse_resource(resource, URIS) == found


@pytest.mark.parametrize(
    "resource", ["", "alice", "acct:alice", "acct:@s.test", "acct:a@b@s.test", "acct:alice@", "x" * 9999]
)
def test_a_resource_that_names_nobody_is_malformed(resource):
    with pytest.raises(Malformed):
        parse_resource(resource, URIS)


def test_a_handle_with_a_port_is_understood_in_development():
    assert parse_resource("acct:alice@127.0.0.1:8000", DEVELOPMENT) == Resource(username="alice")
    assert parse_resource("acct:127.0.0.1:8000@127.0.0.1:8000", DEVELOPMENT) == Resource()


def test_the_answer_names_the_handles_domain_and_the_actor():
    jrd = discovery.person(URIS, "alice", 7, avatar=("image/webp", "https://m.test/a.webp"))

    assert discovery.subject(jrd) == ("alice", "handle.test")
    assert discovery.self_link(jrd) == "https://s.test/ap/u/7"
    assert jrd.aliases == ("https://s.test/@alice", "https://s.test/ap/u/7")
    rels = {link["rel"]: link for link in jrd.to_json()["links"]}
    template = "https://s.test/authorize_interaction?uri={uri}"
    assert rels["http://ostatus.org/schema/1.0/subscribe"]["template"] == template
    assert rels["http://webfinger.net/rel/avatar"]["href"] == "https://m.test/a.webp"
    assert Jrd.from_json(jrd.to_json()) == jrd
    assert discovery.person(URIS, "alice", 7).links == jrd.links[:-1]


def test_the_servers_own_actor_has_an_answer():
    jrd = discovery.instance(URIS)

    assert discovery.subject(jrd) == ("s.test", "s.test")
    assert discovery.self_link(jrd) == "https://s.test/ap/actor"


def test_the_first_link_of_an_activitypub_type_is_the_actor():
    profile = 'application/ld+json; profile="https://www.w3.org/ns/activitystreams"'
    links = (
        Link(rel="self", type="text/html", href="https://b.example/1"),
        Link(rel="alternate", type="application/activity+json", href="https://b.example/2"),
        Link(rel="self", type=profile, href="https://b.example/3"),
        Link(rel="self", type="application/activity+json", href="https://b.example/4"),
    )

    assert discovery.self_link(Jrd(subject="", links=links)) == "https://b.example/3"
    for bad in (links[:2], (Link(rel="self", type=profile, href="javascript:x"),), ()):
        with pytest.raises(Malformed):
            discovery.self_link(Jrd(subject="", links=bad))


@pytest.mark.parametrize(
    "subject", ["", "acct:bob", "acct:@b.example", "acct:a@b@c", "https://b.example/@bob"]
)
def test_a_subject_that_is_no_handle_is_malformed(subject):
    assert discovery.subject(Jrd(subject="acct:Bob@B.example")) == ("Bob", "b.example")
    with pytest.raises(Malformed):
        discovery.subject(Jrd(subject=subject))


def test_a_handle_is_asked_for_with_everything_escaped():
    path = discovery.webfinger_path("a&b", "b.example:80")

    assert path == "/.well-known/webfinger?resource=acct%3Aa%26b%40b.example%3A80"


def test_host_meta_points_to_webfinger():
    template = "https://s.test/.well-known/webfinger?resource={uri}"

    assert f'<Link rel="lrdd" template="{template}"/>' in discovery.host_meta_xml(URIS)
    assert discovery.host_meta_json(URIS) == {"links": [{"rel": "lrdd", "template": template}]}


def test_nodeinfo_is_offered_in_both_versions():
    links = discovery.nodeinfo_index(URIS)["links"]

    assert [link["href"] for link in links[:2]] == [
        "https://s.test/nodeinfo/2.1",
        "https://s.test/nodeinfo/2.0",
    ]
    assert discovery.nodeinfo_content_type("2.1").endswith('ns/schema/2.1#"')


def test_nodeinfo_keeps_to_itself_what_is_not_given():
    info = NodeInfo(software_name="fedi", software_version="1", homepage="https://x.test", users=3)

    new, old = info.to_json("2.1"), info.to_json("2.0")

    assert new["software"] == {"name": "fedi", "version": "1", "homepage": "https://x.test"}
    assert old["software"] == {"name": "fedi", "version": "1"}
    assert new["usage"] == {"users": {"total": 3}}
    assert new["protocols"] == ["activitypub"]
    assert (new["version"], old["version"]) == ("2.1", "2.0")
