// A day with masto.js, the library of Elk and Phanpy: each step by itself, so that one that fails hides none.
// Told by FEDI_URL, FEDI_ALICE and FEDI_BOB (tokens); prints the steps that failed, and how many there were.
import { createRestAPIClient, createStreamingAPIClient } from "masto";

const url = process.env.FEDI_URL;
const alice = createRestAPIClient({ url, accessToken: process.env.FEDI_ALICE });
const bob = createRestAPIClient({ url, accessToken: process.env.FEDI_BOB });
const failed = {};
let steps = 0;

async function step(name, act) {
  steps += 1;
  try {
    return await act();
  } catch (error) {
    failed[name] = `${error.statusCode ?? ""} ${error.message}`.trim();
    return undefined;
  }
}

function must(value, what) {
  if (!value) throw new Error(`not ${what}`);
  return value;
}

const v1 = alice.v1;
const me = await step("accounts.verifyCredentials", () => v1.accounts.verifyCredentials());
const him = await step("accounts.lookup", () => v1.accounts.lookup({ acct: "bob" }));

// Start of an app.
await step("v2.instance", () => alice.v2.instance.fetch());
await step("v1.instance", () => v1.instance.fetch());
for (const [name, list] of Object.entries({
  "instance.peers": () => v1.instance.peers.list(),
  "instance.activity": () => v1.instance.activity.list(),
  "instance.languages": () => v1.instance.languages.list(),
  "instance.translationLanguages": () => v1.instance.translationLanguages.list(),
  "instance.extendedDescription": () => v1.instance.extendedDescription.fetch(),
  customEmojis: () => v1.customEmojis.list(),
  preferences: () => v1.preferences.fetch(),
  announcements: () => v1.announcements.list(),
  directory: () => v1.directory.list(),
  blocks: () => v1.blocks.list(),
  mutes: () => v1.mutes.list(),
  followRequests: () => v1.followRequests.list(),
  endorsements: () => v1.endorsements.list(),
  favourites: () => v1.favourites.list(),
  bookmarks: () => v1.bookmarks.list(),
  followedTags: () => v1.followedTags.list(),
  "trends.tags": () => v1.trends.tags.list(),
  "trends.statuses": () => v1.trends.statuses.list(),
  "trends.links": () => v1.trends.links.list(),
  "v1.suggestions": () => v1.suggestions.list(),
  "v2.suggestions": () => alice.v2.suggestions.list(),
})) {
  await step(name, list);
}

// People.
const person = v1.accounts.$select(him.id);
await step("account.fetch", () => person.fetch());
await step("account.follow", async () => must((await person.follow({ notify: true })).notifying, "notified"));
await step("account.note", async () =>
  must((await person.note.create({ comment: "plays the oboe" })).note === "plays the oboe", "noted"),
);
await step("account.endorse", async () => must((await person.endorse()).endorsed, "endorsed"));
await step("account.unendorse", () => person.unendorse());
for (const name of ["statuses", "followers", "following", "featuredTags", "lists", "endorsements", "identityProofs"]) {
  await step(`account.${name}`, () => person[name].list());
}
await step("account.mute", async () => must((await person.mute({ duration: 600 })).muting, "muted"));
await step("account.unmute", () => person.unmute());
await step("accounts.relationships", async () =>
  must((await v1.accounts.relationships.fetch({ id: [him.id] }))[0].following, "following"),
);
await step("accounts.familiarFollowers", () => v1.accounts.familiarFollowers.fetch({ id: [him.id] }));
await step("accounts.search", async () => must((await v1.accounts.search.list({ q: "bo" })).length, "found"));
await step("accounts.updateCredentials", () =>
  v1.accounts.updateCredentials({ displayName: "Alice", note: "hi", fieldsAttributes: [{ name: "a", value: "b" }] }),
);
await step("bob follows back", () => bob.v1.accounts.$select(me.id).follow());

// Posts.
const picture = Buffer.from(process.env.FEDI_PICTURE, "base64");
const media = await step("v2.media.create", () =>
  alice.v2.media.create({ file: new Blob([picture], { type: "image/png" }), description: "violet" }),
);
await step("media.update", () => v1.media.$select(media.id).update({ description: "a violet square" }));
const post = await step("statuses.create", () =>
  v1.statuses.create({ status: "Look, #violet", mediaIds: [media.id], visibility: "public", language: "en" }),
);
const his = await step("statuses.create by bob", () => bob.v1.statuses.create({ status: "@alice good evening" }));
const one = v1.statuses.$select(his.id);
for (const [act, flag] of [
  ["favourite", "favourited"],
  ["reblog", "reblogged"],
  ["bookmark", "bookmarked"],
  ["mute", "muted"],
]) {
  await step(`status.${act}`, async () => must((await one[act]())[flag], flag));
}
for (const name of ["context", "source", "card"]) {
  const whose = v1.statuses.$select(post.id);
  await step(`status.${name}`, () => whose[name].fetch());
}
for (const name of ["history", "favouritedBy", "rebloggedBy"]) await step(`status.${name}`, () => one[name].list());
for (const act of ["unfavourite", "unreblog", "unbookmark", "unmute"]) await step(`status.${act}`, () => one[act]());
await step("status.pin", async () => must((await v1.statuses.$select(post.id).pin()).pinned, "pinned"));
await step("status.unpin", () => v1.statuses.$select(post.id).unpin());
await step("status.update", async () =>
  must((await v1.statuses.$select(post.id).update({ status: "Look closer", mediaIds: [media.id] })).editedAt, "edited"),
);
await step("statuses.fetch", async () =>
  must((await v1.statuses.fetch({ id: [post.id, his.id] })).length === 2, "both"),
);
const asked = await step("poll", () =>
  v1.statuses.create({ status: "Which?", poll: { options: ["Tea", "Coffee"], expiresIn: 600 } }),
);
await step("poll.votes", async () =>
  must((await bob.v1.polls.$select(asked.poll.id).votes.create({ choices: [1] })).voted, "voted"),
);
await step("scheduledStatuses", async () => {
  const later = await v1.statuses.create({ status: "later", scheduledAt: new Date(Date.now() + 3600e3).toISOString() });
  must((await v1.scheduledStatuses.list()).length === 1, "listed");
  await v1.scheduledStatuses.$select(later.id).update({ scheduledAt: new Date(Date.now() + 7200e3).toISOString() });
  await v1.scheduledStatuses.$select(later.id).remove();
});

// Timelines, by their links.
for (let n = 0; n < 5; n += 1) await step(`number ${n}`, () => v1.statuses.create({ status: `number ${n}` }));
await step("timelines.home by its links", async () => {
  const seen = [];
  for await (const page of v1.timelines.home.list({ limit: 2 })) {
    seen.push(...page.map((each) => each.id));
    must(seen.length < 40, "an end");
  }
  must(new Set(seen).size === seen.length && seen.length >= 8, "every post once");
});
await step("timelines.public", async () => must((await v1.timelines.public.list({ local: true })).length, "filled"));
await step("timelines.tag", () => v1.timelines.tag.$select("violet").list());
await step("tags", async () => must((await v1.tags.$select("violet").follow()).following, "followed"));
await step("tags.unfollow", () => v1.tags.$select("violet").unfollow());
await step("featuredTags", async () => {
  const made = await v1.featuredTags.create({ name: "violet" });
  must((await v1.featuredTags.list()).length === 1, "featured");
  await v1.featuredTags.suggestions.list();
  await v1.featuredTags.$select(made.id).remove();
});
await step("markers", async () => {
  await v1.markers.create({ home: { lastReadId: post.id } });
  must((await v1.markers.fetch({ timeline: ["home"] })).home.lastReadId === post.id, "kept");
});
await step("v2.search", async () => must((await alice.v2.search.list({ q: "bob" })).accounts.length, "found"));

// Lists, filters, blocks of domains.
await step("lists", async () => {
  const made = await v1.lists.create({ title: "friends", repliesPolicy: "list", exclusive: false });
  const list = v1.lists.$select(made.id);
  await list.update({ title: "good friends" });
  await list.accounts.create({ accountIds: [him.id] });
  must((await list.accounts.list()).length === 1, "a member");
  must((await person.lists.list()).length === 1, "in a list");
  await v1.timelines.list.$select(made.id).list();
  await list.accounts.remove({ accountIds: [him.id] });
  await list.remove();
});
await step("v2.filters", async () => {
  const made = await alice.v2.filters.create({
    title: "no beige",
    context: ["home"],
    filterAction: "warn",
    keywordsAttributes: [{ keyword: "beige", wholeWord: true }],
  });
  const filter = alice.v2.filters.$select(made.id);
  await filter.fetch();
  await filter.update({ title: "never beige" });
  const word = await filter.keywords.create({ keyword: "taupe" });
  must((await filter.keywords.list()).length === 2, "two words");
  await alice.v2.filters.keywords.$select(word.id).remove();
  const caught = await filter.statuses.create({ statusId: his.id });
  await filter.statuses.list();
  await alice.v2.filters.statuses.$select(caught.id).remove();
  await filter.remove();
});
await step("v1.filters", async () => {
  const made = await v1.filters.create({ phrase: "grey", context: ["home"] });
  await v1.filters.$select(made.id).update({ phrase: "gray", context: ["home"] });
  await v1.filters.list();
  await v1.filters.$select(made.id).remove();
});
await step("domainBlocks", async () => {
  await v1.domainBlocks.create({ domain: "loud.example" });
  must((await v1.domainBlocks.list())[0] === "loud.example", "blocked");
  await v1.domainBlocks.remove({ domain: "loud.example" });
});

// What one is told.
await step("notifications", async () => {
  const told = await v1.notifications.list();
  must(told.length >= 2, "told");
  await v1.notifications.$select(told[0].id).fetch();
  await v1.notifications.$select(told[0].id).dismiss();
  await v1.notifications.unreadCount.fetch();
});
await step("v2.notifications", async () => {
  const page = await alice.v2.notifications.list();
  const group = alice.v2.notifications.$select(page.notificationGroups[0].groupKey);
  await group.fetch();
  await group.accounts.fetch();
  await group.dismiss();
  await alice.v2.notifications.unreadCount.fetch();
});
await step("v2.notifications.policy", async () => {
  must((await alice.v2.notifications.policy.fetch()).summary, "summed up");
  await alice.v2.notifications.policy.update({ forBots: "filter" });
});
await step("notifications.requests", () => v1.notifications.requests.list());
await step("conversations", async () => {
  await bob.v1.statuses.create({ status: "@alice psst", visibility: "direct" });
  const [thread] = await v1.conversations.list();
  await v1.conversations.$select(must(thread, "a thread").id).read();
  await v1.conversations.$select(thread.id).unread();
  await v1.conversations.$select(thread.id).remove();
});
await step("reports", () => v1.reports.create({ accountId: him.id, statusIds: [his.id], category: "spam" }));
await step("push.subscription", async () => {
  await v1.push.subscription.create({
    subscription: {
      endpoint: "https://push.example/1",
      keys: {
        p256dh: "BCVxsr7N_eNgVRqvHtD0zTZsEc6-VV-JvLexhqUzORcxaOzi6-AYWXvTBHm4bjyPjs7Vd8pZGH6SRpkNtoIAiw4",
        auth: "BTBZMqHH6r4Tts7J_aSIgg",
      },
    },
    data: { alerts: { mention: true }, policy: "all" },
  });
  await v1.push.subscription.fetch();
  await v1.push.subscription.update({ data: { alerts: { follow: true } } });
  await v1.push.subscription.remove();
});

// As it happens, by its socket.
await step("streaming", async () => {
  const { configuration } = await alice.v2.instance.fetch();
  const socket = createStreamingAPIClient({
    streamingApiUrl: configuration.urls.streaming,
    accessToken: process.env.FEDI_ALICE,
    retry: false,
  });
  const late = setTimeout(() => socket.close(), 15000);
  // Nothing tells when the server has heard what is subscribed to: somebody talks until it has.
  const talking = setInterval(() => bob.v1.statuses.create({ status: "as it happens" }), 500);
  const heard = [];
  const listening = (async () => {
    for await (const event of socket.user.subscribe()) {
      heard.push(event.event);
      if (event.event === "update" && event.payload.content.includes("as it happens")) break;
    }
  })();
  await listening;
  clearInterval(talking);
  clearTimeout(late);
  socket.close();
  must(heard.includes("update"), `an update (${heard})`);
});

// What takes away.
await step("status.remove", async () => must((await v1.statuses.$select(post.id).remove()).text, "text"));
await step("account.block", async () => must((await person.block()).blocking, "blocked"));
await step("account.unblock", () => person.unblock());
await step("account.unfollow", () => person.unfollow());
await step("account.removeFromFollowers", () => person.removeFromFollowers());
await step("profile.avatar.remove", () => v1.profile.avatar.remove());
await step("profile.header.remove", () => v1.profile.header.remove());
await step("notifications.clear", () => v1.notifications.clear());

console.log(JSON.stringify({ steps, failed }));
process.exit(0);
