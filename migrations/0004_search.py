"""The indexes of full-text search, and what notes that they are behind (fedi/actions/searchable.py).

Posts and accounts that are there already are noted, and indexed in the background after the start.
"""

from collections.abc import Sequence
from typing import Any

from tortoise import migrations
from tortoise.migrations import operations as ops


class RunStatements(ops.RunSQL):
    """Run statements one by one; the stock operation would cut a trigger at each ";"."""

    async def _run_sql(self, state_editor: Any, sqls: Sequence[str]) -> None:
        for sql in sqls:
            if state_editor.collect_sql:
                state_editor.collected_sql.append(sql)
            else:
                await state_editor.client.execute_query(sql)


# Words are made by the program (fedi/text/words.py); what is not ASCII is part of a word here.
TABLES = [
    """CREATE VIRTUAL TABLE search_posts USING
    fts5(words, columnsize = 0, tokenize = "ascii tokenchars '_'")""",
    """CREATE VIRTUAL TABLE search_accounts USING
    fts5(words, columnsize = 0, prefix = '1 2 3', tokenize = "ascii tokenchars '_'")""",
    "CREATE TABLE search_stale_posts (id INTEGER PRIMARY KEY)",
    "CREATE TABLE search_stale_accounts (id INTEGER PRIMARY KEY)",
]

LOCAL = "(SELECT domain FROM accounts WHERE id = {row}.account_id) = ''"
NOTE = "INSERT OR IGNORE INTO search_stale_posts (id)"
NOTE_ACCOUNT = "INSERT OR IGNORE INTO search_stale_accounts (id) VALUES (NEW.id)"

TRIGGERS = [
    """CREATE TRIGGER search_post_deleted AFTER DELETE ON posts BEGIN
    DELETE FROM search_posts WHERE rowid = OLD.id;
    DELETE FROM search_stale_posts WHERE id = OLD.id; END""",
    f"""CREATE TRIGGER search_boost_made AFTER INSERT ON posts
    WHEN NEW.local AND NEW.boost_of_id IS NOT NULL BEGIN {NOTE} VALUES (NEW.boost_of_id); END""",
    f"""CREATE TRIGGER search_boost_undone AFTER DELETE ON posts
    WHEN OLD.local AND OLD.boost_of_id IS NOT NULL BEGIN {NOTE} VALUES (OLD.boost_of_id); END""",
    *[
        f"""CREATE TRIGGER search_{table}_{event} AFTER {event} ON {table} WHEN {LOCAL.format(row=row)}
        BEGIN {NOTE} VALUES ({row}.post_id); END"""
        for table in ("favourites", "bookmarks")
        for event, row in (("INSERT", "NEW"), ("DELETE", "OLD"))
    ],
    f"""CREATE TRIGGER search_voted AFTER INSERT ON poll_votes WHEN {LOCAL.format(row="NEW")}
    BEGIN {NOTE} SELECT post_id FROM polls WHERE id = NEW.poll_id; END""",
    f"""CREATE TRIGGER search_author_changed AFTER UPDATE OF indexable, suspended_at, gone_at ON accounts
    WHEN OLD.indexable IS NOT NEW.indexable OR OLD.gone_at IS NOT NEW.gone_at
      OR (OLD.suspended_at IS NULL) <> (NEW.suspended_at IS NULL)
    BEGIN {NOTE} SELECT id FROM posts WHERE author_id = NEW.id AND boost_of_id IS NULL; END""",
    f"CREATE TRIGGER search_account_made AFTER INSERT ON accounts BEGIN {NOTE_ACCOUNT}; END",
    f"""CREATE TRIGGER search_account_named AFTER UPDATE OF username, domain, display_name ON accounts
    WHEN OLD.username IS NOT NEW.username OR OLD.domain IS NOT NEW.domain
      OR OLD.display_name IS NOT NEW.display_name
    BEGIN {NOTE_ACCOUNT}; END""",
    """CREATE TRIGGER search_account_deleted AFTER DELETE ON accounts BEGIN
    DELETE FROM search_accounts WHERE rowid = OLD.id;
    DELETE FROM search_stale_accounts WHERE id = OLD.id; END""",
]

THERE_ALREADY = [
    "INSERT INTO search_stale_accounts (id) SELECT id FROM accounts",
    """INSERT OR IGNORE INTO search_stale_posts (id)
    SELECT p.id FROM posts p JOIN accounts a ON a.id = p.author_id
    WHERE p.boost_of_id IS NULL AND (a.domain = '' OR (p.visibility = 'public' AND a.indexable))
    UNION SELECT boost_of_id FROM posts WHERE local AND boost_of_id IS NOT NULL
    UNION SELECT m.post_id FROM mentions m JOIN accounts a ON a.id = m.account_id WHERE a.domain = ''
    UNION SELECT f.post_id FROM favourites f JOIN accounts a ON a.id = f.account_id WHERE a.domain = ''
    UNION SELECT b.post_id FROM bookmarks b JOIN accounts a ON a.id = b.account_id WHERE a.domain = ''
    UNION SELECT p.post_id FROM poll_votes v JOIN polls p ON p.id = v.poll_id
      JOIN accounts a ON a.id = v.account_id WHERE a.domain = ''""",
]


class Migration(migrations.Migration):
    dependencies = [("fedi", "0003_client_api")]

    initial = False

    operations = [RunStatements([*TABLES, *TRIGGERS, *THERE_ALREADY])]
