"""A database of many posts, written straight into the tables: accounts, follows, threads, pictures, hashtags.

Of a hundred posts twenty answer, ten boost, five have a picture, ten a hashtag. The reader follows 200 of
10 000 accounts; the first thread has 200 posts; 2000 notifications wait.
"""

import random
import sqlite3
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

from fedi.ids import IdMaker

ACCOUNTS, FOLLOWED, HOSTS = 10_000, 200, 200
THREAD, NOTIFICATIONS = 200, 2000
BATCH = 50_000
WORDS = ("fox", "autumn", "ink", "river", "drawing", "paper", "lantern", "winter", "harbour", "violet")


@dataclass
class Filled:
    """Ids of what is asked for."""

    thread: int = 0
    profile: int = 0
    own: int = 0


def fill(file: Path, reader: int, posts: int) -> Filled:
    """Fill a migrated database in which `reader` is a local account."""
    raw = sqlite3.connect(file, timeout=30)
    raw.execute("PRAGMA synchronous = OFF")
    raw.execute("PRAGMA cache_size = -200000")
    writer = _Writer(raw, reader, posts)
    with raw:
        people = writer.people()
    with raw:
        filled = writer.follow(people)
    writer.write(people, filled)
    with raw:
        writer.tell(people)
    raw.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    raw.close()
    return filled


class _Writer:
    def __init__(self, raw: sqlite3.Connection, reader: int, posts: int) -> None:
        self.raw, self.reader, self.count = raw, reader, posts
        self.ids, self.chosen = IdMaker(), random.Random(1)
        self.now = datetime.now(UTC)
        # The posts of a hundred days, however many: what is near in time is near in the index as well.
        self.step = timedelta(days=100) / posts

    def insert(self, table: str, rows: list[dict[str, object]]) -> None:
        """Insert rows of the same columns; where a column must have a value, nothing stands in it.

        What somebody boosted before is not boosted again.
        """
        if not rows:
            return
        plain: dict[str, object] = {}
        for _, name, kind, needed, default, _ in self.raw.execute(f"PRAGMA table_info('{table}')"):
            if needed and default is None and name not in rows[0]:
                plain[name] = "[]" if kind == "JSON" else "" if "CHAR" in kind or kind == "TEXT" else 0
        names = [*plain, *rows[0]]
        marks = ", ".join("?" * len(names))
        self.raw.executemany(
            f"INSERT OR IGNORE INTO {table} ({', '.join(names)}) VALUES ({marks})",
            [(*plain.values(), *row.values()) for row in rows],
        )

    def people(self) -> list[int]:
        cursor = self.raw.execute("SELECT * FROM accounts WHERE id = ?", [self.reader])
        template = dict(zip([column[0] for column in cursor.description], cursor.fetchone(), strict=True))
        joined, rows = self.now - timedelta(days=400), []
        for number in range(ACCOUNTS):
            host, name = f"peer{number % HOSTS}.example", f"p{number}"
            uri = f"https://{host}/u/{number}"
            own: dict[str, object] = {"id": self.ids.past(joined + timedelta(seconds=number))}
            own |= {"username": name, "username_lower": name, "display_name": f"Person {number}"}
            own |= {"domain": host, "uri": uri, "url": uri, "inbox_url": f"{uri}/inbox", "key_id": uri}
            own |= {"followers_url": f"{uri}/followers", "private_key_pem": "", "ed25519_key_id": f"{uri}#ed"}
            own |= {"note": "<p>Draws foxes, mostly in autumn, and reads what others draw.</p>"}
            rows.append(template | own)
        self.insert("accounts", rows)
        return [int(str(row["id"])) for row in rows]

    def follow(self, people: list[int]) -> Filled:
        rows: list[dict[str, object]] = []
        for number, target in enumerate(people[:FOLLOWED]):
            pair = {"follower_id": self.reader, "target_id": target, "state": "accepted", "notify": 0}
            more = {"uri": f"https://bench.example/f/{number}", "show_boosts": 1, "languages": "[]"}
            rows.append({"id": self.ids.at(self.now), **pair, **more, "created_at": str(self.now)})
        self.insert("follows", rows)
        self.tags = [self.ids.past(self.now - timedelta(days=300, seconds=n)) for n in range(500)]
        names = [f"tag{number}" for number in range(500)]
        self.insert(
            "tags",
            [
                {"id": id_, "name": name, "display": name, "created_at": str(self.now)}
                for id_, name in zip(self.tags, names, strict=True)
            ],
        )
        return Filled(profile=people[0])

    def write(self, people: list[int], filled: Filled) -> None:
        recent: list[tuple[int, int, str]] = []
        for begun in range(0, self.count, BATCH):
            rows, media, tags = [], [], []
            for number in range(begun, min(begun + BATCH, self.count)):
                row = self.post(people, recent, number)
                id_, author = int(str(row["id"])), int(str(row["author_id"]))
                rows.append(row)
                if row["boost_of_id"] is None:
                    recent.append((id_, author, str(row["uri"])))
                    del recent[:-2000]
                    if number % 20 == 1:
                        media.append(self.picture(id_, author))
                    if number % 10 == 2:
                        tags.append({"id": self.ids.at(self.now), "post_id": id_, "tag_id": self.tag()})
            with self.raw:
                self.insert("posts", rows)
                self.insert("media_attachments", media)
                self.insert("post_tags", tags)
        self.thread(people, filled)
        filled.own = self.own()

    def tag(self) -> int:
        return self.tags[int(self.chosen.paretovariate(1)) % len(self.tags)]

    def post(self, people: list[int], recent: list[tuple[int, int, str]], number: int) -> dict[str, object]:
        moment = self.now - self.step * (self.count - number)
        # A few write most: half of the posts are by the first tenth.
        among = people[: ACCOUNTS // 10] if self.chosen.random() < 0.5 else people
        author = self.chosen.choice(among)
        row = self.row(self.ids.past(moment), author, number, moment)
        if recent and number % 10 == 5:
            row |= {"boost_of_id": self.chosen.choice(recent)[0], "content": ""}
        elif recent and number % 5 == 3:
            parent, whose, uri = self.chosen.choice(recent)
            row |= {"in_reply_to_id": parent, "in_reply_to_uri": uri, "in_reply_to_account_id": whose}
        return row

    def row(self, id_: int, author: int, number: int, moment: datetime, **more: object) -> dict[str, object]:
        uri = f"https://bench.example/o/{number}"
        words = " ".join(self.chosen.choice(WORDS) for _ in range(25))
        return {
            "id": id_,
            "uri": uri,
            "url": uri,
            "author_id": author,
            "local": 0,
            "kind": "Note",
            "in_reply_to_id": None,
            "in_reply_to_uri": "",
            "in_reply_to_account_id": None,
            "boost_of_id": None,
            "context_uri": uri,
            "visibility": "public",
            "content": f"<p>Post {number}: {words}</p>",
            "text": "",
            "summary": "",
            "sensitive": 0,
            "language": "en",
            "emojis": "[]",
            "published_at": str(moment),
            "replies_count": 0,
            "boosts_count": 0,
            "favourites_count": 0,
            **more,
        }

    def picture(self, post: int, author: int) -> dict[str, object]:
        places = {"post_id": post, "account_id": author, "remote_url": "https://bench.example/a.png"}
        sizes = {
            "width": 800,
            "height": 600,
            "kind": "image",
            "state": "ready",
            "description": "A fox on a hill",
        }
        return {"id": self.ids.at(self.now), **places, **sizes, "created_at": str(self.now)}

    def thread(self, people: list[int], filled: Filled) -> None:
        """Write one long conversation of people whom the reader follows, an hour ago."""
        rows: list[dict[str, object]] = []
        for number in range(THREAD):
            moment = self.now - timedelta(seconds=3600 - number)
            row = self.row(self.ids.past(moment), people[number % FOLLOWED], self.count + number, moment)
            if rows:
                parent = self.chosen.choice(rows)
                row |= {"in_reply_to_id": parent["id"], "in_reply_to_uri": parent["uri"]}
                row |= {"in_reply_to_account_id": parent["author_id"]}
            rows.append(row)
        filled.thread = int(str(rows[0]["id"]))
        with self.raw:
            self.insert("posts", rows)

    def own(self) -> int:
        id_ = self.ids.past(self.now - timedelta(minutes=1))
        (actor,) = self.raw.execute("SELECT uri FROM accounts WHERE id = ?", [self.reader]).fetchone()
        uri = f"{actor.rpartition('/ap/')[0]}/ap/o/{id_}"
        row = self.row(id_, self.reader, 0, self.now) | {"local": 1, "text": "A post", "uri": uri, "url": uri}
        with self.raw:
            self.insert("posts", [row])
        return id_

    def tell(self, people: list[int]) -> None:
        rows: list[dict[str, object]] = []
        posts = [
            row[0]
            for row in self.raw.execute(
                "SELECT id FROM posts WHERE boost_of_id IS NULL ORDER BY id DESC LIMIT ?", [NOTIFICATIONS]
            )
        ]
        for number in range(NOTIFICATIONS):
            id_ = self.ids.past(self.now - timedelta(minutes=NOTIFICATIONS - number))
            row: dict[str, object] = {"id": id_, "account_id": self.reader, "dedupe_key": f"bench:{number}"}
            row |= {"from_account_id": people[number % len(people)], "created_at": str(self.now)}
            kinds = ("favourite", "reblog", "mention", "follow")
            kind = kinds[number % 4]
            rows.append(row | {"kind": kind, "post_id": None if kind == "follow" else posts[number % 50]})
        self.insert("notifications", rows)


def iter_paths(reader: int, filled: Filled) -> Iterator[tuple[str, str]]:
    """Give what is asked for: its name, and its path."""
    yield "instance", "/api/v2/instance"
    yield "home", "/api/v1/timelines/home?limit=20"
    yield "notifications", "/api/v1/notifications?limit=20"
    yield "public", "/api/v1/timelines/public?limit=20"
    yield "hashtag", "/api/v1/timelines/tag/tag1?limit=20"
    yield "thread of 200", f"/api/v1/statuses/{filled.thread}/context"
    yield "profile", f"/api/v1/accounts/{filled.profile}/statuses?limit=20"
    yield "search", "/api/v2/search?q=lantern&limit=20&type=statuses"
    yield "actor document", f"/ap/u/{reader}"
    yield "post document", f"/ap/o/{filled.own}"
