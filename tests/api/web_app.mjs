// An app in a browser, on an origin of its own: masto.js for the API, the browser's own for OAuth and events.
// Its functions are called by the test, which stands for the hands of the person.
import { createRestAPIClient, createStreamingAPIClient } from "masto";

const here = `${location.origin}/`;
const scope = "read write follow push profile";
const coded = (bytes) =>
  btoa(String.fromCharCode(...new Uint8Array(bytes))).replaceAll("+", "-").replaceAll("/", "_").replaceAll("=", "");
const kept = () => JSON.parse(sessionStorage.getItem("app"));
const keep = (more) => sessionStorage.setItem("app", JSON.stringify({ ...kept(), ...more }));
const client = () => createRestAPIClient({ url: kept().url, accessToken: kept().token });

async function begin(url) {
  const app = await createRestAPIClient({ url }).v1.apps.create({
    clientName: "Elsewhere",
    redirectUris: here,
    scopes: scope,
    website: here,
  });
  const verifier = coded(crypto.getRandomValues(new Uint8Array(48)));
  const state = coded(crypto.getRandomValues(new Uint8Array(12)));
  keep({ url, id: app.clientId, secret: app.clientSecret, verifier, state });
  const asked = new URLSearchParams({
    response_type: "code",
    client_id: app.clientId,
    redirect_uri: here,
    scope,
    state,
    code_challenge: coded(await crypto.subtle.digest("SHA-256", new TextEncoder().encode(verifier))),
    code_challenge_method: "S256",
  });
  return `${url}/oauth/authorize?${asked}`;
}

async function arrive() {
  const { url, id, secret, verifier, state } = kept();
  const given = new URLSearchParams(location.search);
  if (given.get("state") !== state) throw new Error("the state is not ours");
  const ask = (code_verifier) =>
    fetch(`${url}/oauth/token`, {
      method: "POST",
      headers: { "Content-Type": "application/json" },
      body: JSON.stringify({
        grant_type: "authorization_code",
        code: given.get("code"),
        redirect_uri: here,
        client_id: id,
        client_secret: secret,
        code_verifier,
      }),
    });
  const answer = await ask(verifier);
  const token = await answer.json();
  keep({ token: token.access_token });
  return { status: answer.status, scope: token.scope, me: (await client().v1.accounts.verifyCredentials()).acct };
}

async function home(limit) {
  const pages = [];
  for await (const page of client().v1.timelines.home.list({ limit })) {
    pages.push(page.map((post) => post.content.replaceAll(/<[^>]*>/g, "")));
  }
  return pages;
}

// A header that is not on the list of safe ones: the browser asks first, and then lets the page read these.
async function exposed() {
  const { url, token } = kept();
  const answer = await fetch(`${url}/api/v1/timelines/home?limit=1`, {
    headers: { Authorization: `Bearer ${token}`, "X-Of-The-App": "1" },
  });
  const names = ["Link", "X-RateLimit-Limit", "X-RateLimit-Remaining", "X-RateLimit-Reset", "X-Request-Id"];
  return Object.fromEntries(names.map((name) => [name, answer.headers.get(name)]));
}

async function post() {
  const canvas = new OffscreenCanvas(64, 48);
  canvas.getContext("2d").fillRect(0, 0, 32, 48);
  const media = await client().v2.media.create({
    file: await canvas.convertToBlob({ type: "image/png" }),
    description: "half black",
  });
  const made = await client().v1.statuses.create({ status: "From elsewhere", mediaIds: [media.id] });
  const edited = await client().v1.statuses.$select(made.id).update({
    status: "From elsewhere, again",
    mediaIds: [media.id],
  });
  const [picture] = edited.mediaAttachments;
  const image = Object.assign(new Image(), { src: picture.previewUrl });
  await image.decode();
  return { id: made.id, edited: Boolean(edited.editedAt), description: picture.description, width: image.width };
}

async function answer(id) {
  const favourited = await client().v1.statuses.$select(id).favourite();
  const reply = await client().v1.statuses.create({ status: "@bob me too", inReplyToId: id });
  const { ancestors } = await client().v1.statuses.$select(reply.id).context.fetch();
  await client().v1.statuses.$select(reply.id).remove();
  return { favourited: favourited.favourited, ancestors: ancestors.map((each) => each.id) };
}

async function told() {
  const { notificationGroups, accounts } = await client().v2.notifications.list();
  return { types: notificationGroups.map((group) => group.type), people: accounts.map((each) => each.acct) };
}

// Both ears: `heard` fills while they listen.
window.heard = { socket: [], events: [] };

async function listen() {
  const { configuration } = await client().v2.instance.fetch();
  const socket = createStreamingAPIClient({
    streamingApiUrl: configuration.urls.streaming,
    accessToken: kept().token,
    retry: false,
  });
  (async () => {
    for await (const event of socket.user.subscribe()) {
      window.heard.socket.push([event.event, event.payload.content ?? ""]);
    }
  })();
  const stream = await fetch(`${kept().url}/api/v1/streaming/user`, {
    headers: { Authorization: `Bearer ${kept().token}` },
  });
  const reader = stream.body.pipeThrough(new TextDecoderStream()).getReader();
  let text = "";
  (async () => {
    for (let part = await reader.read(); !part.done; part = await reader.read()) {
      text += part.value;
      window.heard.events = [...text.matchAll(/^event: (.*)\ndata: (.*)\n/gm)].map(([, kind, data]) => [kind, data]);
    }
  })();
  window.deaf = () => Promise.all([socket.close(), reader.cancel()]);
  return stream.headers.get("Content-Type");
}

async function leave() {
  const { url, id, secret, token } = kept();
  await window.deaf();
  const body = new URLSearchParams({ client_id: id, client_secret: secret, token });
  const answer = await fetch(`${url}/oauth/revoke`, { method: "POST", body });
  try {
    await client().v1.accounts.verifyCredentials();
  } catch (error) {
    return { revoked: answer.status, after: error.statusCode, words: error.message };
  }
  return { revoked: answer.status, after: 200 };
}

window.app = { begin, arrive, home, exposed, post, answer, told, listen, leave };
