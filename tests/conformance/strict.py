"""What strict apps decode: each required key as a required field, and a number where an app wants one.

Tusky (Moshi) and Ice Cubes (Codable) drop a whole answer for one key that is missing or null. These are the
union of what they need (api-behaviours, section 12); whatever else an answer holds they pass over.
"""

from msgspec import Struct


class Emoji(Struct):
    shortcode: str
    url: str
    static_url: str
    visible_in_picker: bool


class Field(Struct):
    name: str
    value: str


class Account(Struct):
    id: str
    username: str
    acct: str
    created_at: str
    note: str
    url: str
    avatar: str
    header: str
    locked: bool
    bot: bool
    fields: list[Field]
    emojis: list[Emoji]


class Mention(Struct):
    id: str
    username: str
    url: str
    acct: str


class PostTag(Struct):
    name: str
    url: str


class Attachment(Struct):
    id: str
    type: str
    url: str


class Choice(Struct):
    title: str


class Poll(Struct):
    id: str
    expired: bool
    multiple: bool
    votes_count: int
    options: list[Choice]


class Card(Struct):
    url: str
    title: str
    type: str


class Approval(Struct):
    automatic: list[str]
    manual: list[str]
    current_user: str


class Status(Struct):
    id: str
    account: Account
    content: str
    created_at: str
    emojis: list[Emoji]
    mentions: list[Mention]
    tags: list[PostTag]
    media_attachments: list[Attachment]
    visibility: str
    spoiler_text: str
    sensitive: bool
    replies_count: int
    reblogs_count: int
    favourites_count: int
    quote_approval: Approval
    poll: Poll | None = None
    card: Card | None = None
    reblog: "Status | None" = None


class Notification(Struct):
    id: str
    type: str
    created_at: str
    account: Account


class Group(Struct):
    group_key: str
    notifications_count: int
    type: str
    most_recent_notification_id: int
    sample_account_ids: list[str]
    latest_page_notification_at: str


class Groups(Struct):
    accounts: list[Account]
    statuses: list[Status]
    notification_groups: list[Group]


class Relationship(Struct):
    id: str
    following: bool
    showing_reblogs: bool
    notifying: bool
    followed_by: bool
    blocking: bool
    blocked_by: bool
    muting: bool
    muting_notifications: bool
    requested: bool
    domain_blocking: bool
    endorsed: bool
    note: str


class Conversation(Struct):
    id: str
    accounts: list[Account]
    unread: bool


class List(Struct):
    id: str
    title: str


class Marker(Struct):
    last_read_id: str
    version: int
    updated_at: str


class Token(Struct):
    access_token: str
    token_type: str
    scope: str
    created_at: int


class Alerts(Struct):
    follow: bool
    favourite: bool
    reblog: bool
    mention: bool
    poll: bool
    status: bool


class Subscription(Struct):
    id: int
    endpoint: str
    server_key: str
    alerts: Alerts


class Pending(Struct):
    pending_requests_count: int
    pending_notifications_count: int


class Policy(Struct):
    for_not_following: str
    for_not_followers: str
    for_new_accounts: str
    for_private_mentions: str
    for_limited_accounts: str
    summary: Pending


class Keyword(Struct):
    id: str
    keyword: str
    whole_word: bool


class Filter(Struct):
    id: str
    title: str
    context: list[str]
    filter_action: str
    keywords: list[Keyword]


class Tag(Struct):
    name: str
    url: str


class FeaturedTag(Struct):
    id: str
    name: str
    url: str
    statuses_count: str


class Thumbnail(Struct):
    url: str


class Contact(Struct):
    email: str


class Registrations(Struct):
    enabled: bool


class PostLimits(Struct):
    max_characters: int
    max_media_attachments: int


class PollLimits(Struct):
    max_options: int
    max_characters_per_option: int
    min_expiration: int
    max_expiration: int


class Configuration(Struct):
    statuses: PostLimits
    polls: PollLimits


class Users(Struct):
    active_month: int


class Usage(Struct):
    users: Users


class Rule(Struct):
    id: str
    text: str


class Instance(Struct):
    domain: str
    title: str
    version: str
    description: str
    thumbnail: Thumbnail
    contact: Contact
    registrations: Registrations
    configuration: Configuration
    usage: Usage
    rules: list[Rule]


class V1Instance(Struct):
    uri: str
    description: str
    version: str
