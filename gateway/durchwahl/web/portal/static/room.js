// The room: a seat, the waiting room, the call. Every word comes from the page.

import { Connection } from "./connection.js";
import { devices } from "./devices.js";
import { Switches } from "./switches.js";

const room = document.querySelector("[data-room]");
const { calls, role, token } = room.dataset;
const texts = JSON.parse(room.dataset.texts);
const isClerk = role === "clerk";
const kept = `durchwahl ${calls} ${role}`; // survives a reload, and nothing else
const panel = devices[0];
const switches = new Switches(room, `${kept} off`);
const REFUSED = {
  "not-found": "not_found", "room-closed": "closed", "room-ended": "ended", "room-occupied": "occupied",
  "seat-lost": "lost", "invalid-body": "flooded", "body-too-large": "flooded",
};
const FINAL = ["not_found", "closed"];

let seat = sessionStorage.getItem(kept) ?? "";
let stands = null; // how the room stands, as the gateway has told last
let servers = [];
let connection = null;
let other = { muted: false, camera: true };
let silent = false; // the browser refuses to play sound that nobody has asked for
let sending = Promise.resolve();
let awake = null;
let joining = null;
let round = 0; // rises with every entering and leaving, so that an older loop ends

const part = (name) => room.querySelector(`[data-${name}]`);
const pause = (seconds) => new Promise((done) => setTimeout(done, 1000 * seconds));

class Refusal extends Error {
  constructor(code, status) {
    super(code);
    this.reason = REFUSED[code];
    this.isTemporary = !this.reason || status >= 500;
    this.isTooOften = status === 429;
  }
}

async function call(verb, body = {}) {
  const headers = { Authorization: `Bearer ${token}`, Accept: "application/json", "Content-Type": "application/json" };
  if (seat) headers["X-Seat"] = seat;
  const asked = { method: "POST", headers, body: JSON.stringify(body), signal: AbortSignal.timeout(20_000) };
  const answer = await fetch(`${calls}/${verb}`, asked);
  if (!answer.ok) throw new Refusal((await answer.json().catch(() => ({}))).code, answer.status);
  return answer.status === 204 ? {} : answer.json(); // one that is cut off is no answer
}

// Said again, a screen reader would read it again.
function say(text, mood = "") {
  const status = part("status");
  if (status.textContent !== text) status.textContent = text;
  status.className = mood ? `dw-status dw-status--${mood}` : "dw-status";
}

// Shows one part of the page and puts the focus on its heading: else it would stay on a button that is gone.
function go(name) {
  if (room.dataset.state === name) return;
  room.dataset.state = name;
  for (const view of room.querySelectorAll("[data-view]")) view.hidden = view.dataset.view !== name;
  const view = room.querySelector(`[data-view=${name}]`);
  const place = view.querySelector("[data-devices-here]");
  if (place) {
    place.append(panel.root);
    panel.show();
  }
  view.querySelector("h2").focus({ preventScroll: true });
  part("status").scrollIntoView(); // what is said, and below it the whole view
}

// What one's own side lacks: the other side is told, too, and nobody shall wait for an answer to a silent question.
function tellOwn() {
  const [audio, video] = ["audio", "video"].map((kind) => switches.has(kind));
  const text = audio ? (video ? "" : texts.own_no_camera) : video ? texts.own_no_microphone : texts.own_none;
  for (const place of room.querySelectorAll("[data-own-state]")) place.textContent = text;
}

// A phone that falls asleep in the waiting room would not hear that it is let in.
async function stayAwake() {
  if (!seat || document.hidden || !navigator.wakeLock) return;
  awake = await navigator.wakeLock.request("screen").catch(() => null); // refused when the battery is low
}

// One at a time: the second of two would find the seat of the first occupied, and drop it.
const join = () => (joining ??= enter().finally(() => {
  joining = null;
}));

async function enter() {
  const mine = ++round;
  const buttons = [part("do=join"), part("do=again")];
  for (const button of buttons) button.disabled = true;
  try {
    await panel.start();
    const seated = await sit();
    ({ seat, ice_servers: servers } = seated);
    sessionStorage.setItem(kept, seat);
    stayAwake();
    show(seated);
    listen(mine);
  } catch (error) {
    if (error.reason) leaveFor(error.reason);
    else say(texts.unavailable, "bad");
  } finally {
    for (const button of buttons) button.disabled = false;
  }
}

// Chosen here and kept before it is asked for: if the answer is lost, the seat is still this tab's.
function chosen() {
  const secret = btoa(String.fromCharCode(...crypto.getRandomValues(new Uint8Array(16))));
  return `${secret.slice(0, 22).replaceAll("+", "-").replaceAll("/", "_")}.0`;
}

// Whoever reloads again and again has to wait a little.
async function sit() {
  seat ||= chosen();
  sessionStorage.setItem(kept, seat);
  for (let attempt = 1; ; attempt++) {
    try {
      return await call("platz");
    } catch (error) {
      if (!error.isTooOften || attempt > 3) throw error;
      await pause(attempt);
    }
  }
}

async function listen(mine) {
  for (let failures = 0; mine === round; ) {
    try {
      const told = await call("warten", { after: stands.number });
      if (mine !== round) return;
      failures = 0;
      show(told);
      for (const signal of told.signals) if (signal.call === connection?.call) await connection.take(signal);
    } catch (error) {
      if (mine !== round) return;
      if (error instanceof Refusal && !error.isTemporary) return leaveFor(error.reason);
      if (++failures > 1 && connection?.state !== "connected") say(texts.offline, "bad");
      await pause(Math.min(5, failures));
    }
  }
}

function show(told) {
  stands = told;
  if (told.ended) return leaveFor("ended_clerk");
  // Who is not heard of for a moment may still be seen and heard: only who leaves ends the connection.
  const isThere = told.other === "here" || (told.other === "away" && connection);
  if (told.admitted && isThere) talk(told.call);
  else wait();
  if (connection) connection.isHeardBy = told.other === "here";
}

function wait() {
  hangUp();
  go("waiting");
  const isThere = stands.other !== "none";
  if (isClerk) part("do=admit").disabled = !isThere || stands.guest === null;
  const forClerk = isThere ? texts.somebody : stands.admitted ? texts.guest_away : texts.nobody;
  const forCitizen = stands.admitted ? texts.admitted : isThere ? texts.kept_waiting : texts.clerk_away;
  say(isClerk ? forClerk : forCitizen);
}

function talk(number) {
  if (connection?.call === number) return;
  hangUp();
  go("talking");
  say(texts.connecting);
  other = { muted: false, camera: true };
  switches.apply(panel.stream);
  connection = new Connection({ call: number, servers, stream: panel.stream, offers: isClerk, send: (signal) => send(number, signal) });
  connection.addEventListener("state", tellState);
  connection.addEventListener("other", ({ detail }) => {
    other = detail;
    tellState();
  });
  part("remote").srcObject = connection.remote;
  part("own").srcObject = panel.stream;
  hear();
  sendState();
}

// `autoplay` fails in silence: after a reload without a device nothing was pressed, and no microphone vouches for us.
async function hear() {
  try {
    await part("remote").play();
    silent = false;
  } catch (error) {
    if (error.name !== "NotAllowedError") return; // that connection is gone
    silent = true;
  }
  part("silent").hidden = !silent;
  tellState();
}

function hangUp() {
  connection?.close();
  connection = null;
  part("remote").srcObject = null;
}

// One after the other: a candidate must not overtake the offer that it belongs to.
function send(number, signal) {
  const mine = round;
  sending = sending.then(async () => {
    for (let attempt = 1; attempt < 5 && mine === round && connection?.call === number; attempt++) {
      try {
        return await call("zeichen", { call: number, signal });
      } catch (error) {
        if (error instanceof Refusal && !error.isTemporary) return mine === round && leaveFor(error.reason);
        await pause(attempt);
      }
    }
  });
}

function sendState() {
  if (connection) send(connection.call, { kind: "state", ...switches.state });
}

function tellState() {
  if (!connection) return;
  part("remote-off").hidden = other.camera;
  if (connection.state === "connected") {
    const both = other.muted && !other.camera;
    const off = both ? texts.other_both_off : other.muted ? texts.other_muted : other.camera ? "" : texts.other_camera_off;
    if (silent) say(texts.silent, "warning");
    else say(off || texts.connected, off ? "" : "good");
  } else if (connection.stood) say(texts.reconnecting, "warning");
  else if (connection.failed) say(texts.broken, "bad");
  else say(texts.connecting);
}

function leaveFor(reason) {
  round++;
  hangUp();
  panel.stop();
  awake?.release();
  const isEnded = reason === "ended_clerk";
  if (!isEnded) {
    seat = "";
    sessionStorage.removeItem(kept);
  }
  go("over");
  part("over").textContent = texts[reason];
  say("");
  part("do=again").hidden = isEnded || FINAL.includes(reason);
  if (isClerk) part("do=reopen").hidden = !isEnded;
}

function flip(kind) {
  switches.flip(kind);
  sendState();
}

async function asClerk(verb, body) {
  try {
    show(await call(verb, body));
  } catch (error) {
    if (error.reason) leaveFor(error.reason);
    else say(texts.unavailable, "bad");
  }
}

const ACTIONS = {
  join,
  again: join,
  mute: () => flip("audio"),
  camera: () => flip("video"),
  async hear() {
    await hear();
    if (!silent) room.querySelector("[data-view=talking] h2").focus(); // the button is gone
  },
  admit: () => asClerk("einlass", { guest: stands.guest }),
  end: () => asClerk("ende"),
  leave() {
    goodbye();
    leaveFor("left");
  },
  async reopen() {
    const mine = ++round;
    await panel.start();
    await asClerk("oeffnen");
    if (mine === round) listen(mine);
  },
};

// A page that goes away can set no header any more: the token goes in the body.
function goodbye() {
  const said = new Blob([JSON.stringify({ token, seat })], { type: "application/json" });
  if (seat) navigator.sendBeacon(`${calls}/verlassen`, said);
}

room.addEventListener("click", ({ target }) => {
  const button = target.closest("[data-do]");
  if (button) ACTIONS[button.dataset.do]();
});
function ownChanged() {
  switches.apply(panel.stream);
  tellOwn();
  sendState();
}

panel.addEventListener("change", () => {
  for (const track of panel.stream?.getTracks() ?? []) track.addEventListener("ended", ownChanged); // pulled out
  part("own").srcObject = panel.stream;
  switches.apply(panel.stream); // before the connection gets it
  connection?.replace(panel.stream);
  ownChanged();
});
document.addEventListener("visibilitychange", stayAwake);
addEventListener("pagehide", goodbye);
addEventListener("pageshow", ({ persisted }) => persisted && location.reload());
part("needs-script").hidden = false;
if (seat) join(); // after a reload, without a further click
