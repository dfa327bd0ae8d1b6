// One connection between the two browsers (WebRTC). The clerk's side offers, the citizen's answers: two that both offer
// would have to agree who yields. A new connection is made whenever the room says that somebody came anew.

const RETRY = 3_000; // milliseconds between two looks at a connection that does not stand
const PATIENCE = 8_000; // until what was sent counts as lost
const BETWEEN = 1_000; // milliseconds between two offers, whoever drives us to it: also from one connection to the next

let offered = 0;

export class Connection extends EventTarget {
  #peer;
  #offers;
  #send;
  #sent = 0;
  #watch;
  #soon = null;

  // `send` passes a signal on; `stream` is what is shown of this side, null where it has no device.
  // Fires `state` for the connection's own, and `other` with what the other side has switched off.
  constructor({ call, servers, stream, offers, send }) {
    super();
    this.call = call;
    this.remote = new MediaStream();
    this.stood = this.failed = false;
    this.isHeardBy = true; // false while the other side is away: it fetches nothing
    this.#offers = offers;
    this.#send = send;
    this.#peer = new RTCPeerConnection({ iceServers: servers });
    this.#peer.addEventListener("track", ({ track }) => this.remote.addTrack(track));
    this.#peer.addEventListener("icecandidate", ({ candidate }) => candidate && this.#sendCandidate(candidate));
    this.#peer.addEventListener("connectionstatechange", () => this.#changed());
    this.stream = stream;
    if (!offers) return;
    for (const kind of ["audio", "video"]) {
      const track = this.#track(kind);
      this.#peer.addTransceiver(track ?? kind, { direction: track ? "sendrecv" : "recvonly" });
    }
    this.#watch = setInterval(() => this.#retry(), RETRY);
    this.#offerSoon();
  }

  get state() {
    return this.#peer.connectionState;
  }

  // A signal that makes no sense is passed over: the other side may be anybody's program.
  async take(signal) {
    try {
      await this.#take(signal);
    } catch (error) {
      console.warn(error.name);
    }
  }

  // Shows other devices without asking the other side, unless there was none before.
  replace(stream) {
    this.stream = stream;
    const before = this.#directions();
    this.#attach();
    if (this.#offers && this.#directions() !== before) this.#offerSoon();
  }

  close() {
    clearInterval(this.#watch);
    clearTimeout(this.#soon);
    this.#peer.close();
  }

  async #take({ kind, sdp, candidate, sdpMid, sdpMLineIndex, ...rest }) {
    if (kind === "offer" && !this.#offers) {
      await this.#peer.setRemoteDescription({ type: kind, sdp });
      this.#attach();
      await this.#describe("answer");
    } else if (kind === "answer" && this.#peer.signalingState === "have-local-offer") {
      await this.#peer.setRemoteDescription({ type: kind, sdp });
    } else if (kind === "candidate" && this.#peer.remoteDescription) {
      await this.#peer.addIceCandidate({ candidate, sdpMid, sdpMLineIndex });
    } else if (kind === "state") {
      this.dispatchEvent(new CustomEvent("other", { detail: rest }));
      if (this.#offers && this.#hasMoreThanAgreed(rest)) this.#offerSoon();
    }
  }

  #attach() {
    for (const transceiver of this.#peer.getTransceivers()) {
      const track = this.#track(transceiver.receiver.track.kind);
      transceiver.sender.replaceTrack(track);
      transceiver.direction = track ? "sendrecv" : "recvonly";
    }
  }

  #directions() {
    return this.#peer.getTransceivers().map(({ direction }) => direction).join();
  }

  // Who had no device when the connection was agreed upon, and has one now.
  #hasMoreThanAgreed({ muted, camera }) {
    return this.#peer.getTransceivers().some(({ currentDirection, receiver }) => {
      const isOn = receiver.track.kind === "audio" ? !muted : camera;
      return isOn && ["sendonly", "inactive"].includes(currentDirection);
    });
  }

  #track(kind) {
    return this.stream?.getTracks().find((track) => track.kind === kind) ?? null;
  }

  // Several reasons within a second make one offer.
  #offerSoon() {
    this.#soon ??= setTimeout(() => {
      this.#soon = null;
      this.#offer().catch((error) => console.warn(error.name)); // closed meanwhile
    }, offered + BETWEEN - Date.now());
  }

  async #offer() {
    this.#sent = offered = Date.now();
    await this.#describe("offer", { iceRestart: this.#peer.localDescription !== null });
  }

  async #describe(kind, options) {
    await this.#peer.setLocalDescription(await (kind === "offer" ? this.#peer.createOffer(options) : this.#peer.createAnswer()));
    this.#send({ kind, sdp: this.#peer.localDescription.sdp });
  }

  #sendCandidate({ candidate, sdpMid, sdpMLineIndex }) {
    this.#send({ kind: "candidate", candidate, sdpMid, sdpMLineIndex });
  }

  #changed() {
    this.stood ||= this.state === "connected";
    this.failed ||= this.state === "failed";
    this.dispatchEvent(new Event("state"));
  }

  // Networks change and messages get lost: offer again, with other ways to reach each other (ICE restart).
  #retry() {
    if (!this.isHeardBy || this.#soon) return;
    const waits = { connected: Infinity, closed: Infinity, failed: 0, disconnected: RETRY }[this.state] ?? PATIENCE;
    if (Date.now() - this.#sent > Math.max(waits, RETRY)) this.#offerSoon();
  }
}
