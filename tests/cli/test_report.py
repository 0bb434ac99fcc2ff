import pytest


@pytest.fixture
def reported(instance):
    """The id of a report, by nobody here."""
    import asyncio

    from fedi.actions import reports
    from fedi.config import load
    from fedi.queries import accounts
    from fedi.server import open_server

    async def report() -> None:
        async with open_server(load(instance.config)) as server:
            with server.db.activate():
                alice = await accounts.local_by_username("alice")
                uri = "https://b.example/flags/1"
                await reports.receive(
                    server,
                    uri=uri,
                    domain="b.example",
                    reported=[alice.uri],
                    comment="a\nlong " + "word " * 50,
                )

    instance.fedi("account", "create", "alice")
    asyncio.run(report())
    return instance.json("report", "list")[0]["id"]


def test_reports_are_listed_shown_resolved_and_reopened(instance, reported):
    assert [(row["about"], row["by"]) for row in instance.json("report", "list")] == [("alice", "b.example")]
    assert len(instance.fedi("report", "list").stdout.splitlines()[1]) < 250
    assert "word word" in instance.fedi("report", "show", reported).stdout

    instance.fedi("report", "resolve", reported, "--as", "mona", "--reason", "warned")
    instance.fedi("report", "list", expect=3)
    shown = instance.json("report", "show", reported)
    assert (shown["resolved"], shown["resolved_by"], shown["posts"]) == (True, "mona", [])
    assert [row["id"] for row in instance.json("report", "list", "--resolved")] == [reported]

    instance.fedi("report", "reopen", reported)
    assert instance.json("report", "show", reported)["resolved"] is False


@pytest.mark.parametrize("deed", ["show", "resolve", "reopen"])
def test_a_report_that_is_not_there_is_an_error(instance, deed):
    result = instance.fedi("report", deed, "17", expect=1)

    assert "There is no such report." in result.stderr
