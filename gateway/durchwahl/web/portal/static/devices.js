// The test of camera and microphone: own picture, level, choice of devices, a tone. Nothing leaves the browser, and
// nothing is kept: the next page asks again.

const REASONS = {
  NotAllowedError: "denied",
  SecurityError: "denied",
  NotFoundError: "missing",
  OverconstrainedError: "missing",
  NotReadableError: "busy",
  AbortError: "busy",
};

const reasonOf = (error) => REASONS[error.name] ?? "insecure";

// One without the other is better than none: who has no camera, may not use it or has lent it to another program can
// still be heard. Returns the stream, and why it lacks something; throws the reason that can be done something about.
async function opened(chosen) {
  const wish = (kind) => (chosen[kind] ? { deviceId: { exact: chosen[kind] } } : true);
  const [audio, video] = [wish("audioinput"), wish("videoinput")];
  const errors = [];
  if (!navigator.mediaDevices) throw new DOMException("no secure context", "insecure");
  for (const constraints of [{ audio, video }, { audio }, { video }]) {
    try {
      return { stream: await navigator.mediaDevices.getUserMedia(constraints), errors };
    } catch (error) {
      errors.push(error);
    }
  }
  throw errors.find((error) => reasonOf(error) !== "missing") ?? errors[0];
}

// What to say of a stream: which kind it lacks and, of the camera, why.
function saidOf({ stream, errors }) {
  if (!stream.getAudioTracks().length) return "no_microphone";
  if (stream.getVideoTracks().length) return "on";
  return { denied: "camera_denied", busy: "camera_busy" }[reasonOf(errors[0])] ?? "no_camera";
}

// `change` is fired when devices were asked for; `stream` is null until then, and where there are none.
export class Devices extends EventTarget {
  #texts;
  #chosen = {};
  #opening = null;
  #wanted = 0; // rises with every opening and stopping: what opens too late is closed again
  #audio = null;

  constructor(root) {
    super();
    this.root = root;
    this.stream = null;
    this.#texts = JSON.parse(root.dataset.texts);
    for (const name of ["start", "tone"]) this.#part(name).hidden = false;
    this.#part("start").addEventListener("click", () => (this.stream ? this.#startAnew() : this.start()));
    this.#part("tone").addEventListener("click", () => this.#playTone());
    for (const select of this.#choices()) select.addEventListener("change", () => this.#choose(select));
  }

  // Asks for the devices once, whoever wants them and however often.
  start() {
    if (this.#opening) return this.#opening;
    const opening = this.#open().then(() => {
      if (!this.stream && this.#opening === opening) this.#opening = null; // whoever has allowed it meanwhile may try again
    });
    return (this.#opening = opening);
  }

  // Switches everything off: the light beside the camera, too.
  stop() {
    for (const track of this.stream?.getTracks() ?? []) track.stop();
    this.stream = this.#opening = null;
    this.#wanted++;
  }

  // After the panel has been moved in the page, browsers pause its picture.
  show() {
    this.#part("picture").srcObject = this.stream;
  }

  async #open() {
    const mine = ++this.#wanted;
    try {
      const found = await opened(this.#chosen);
      if (mine !== this.#wanted) return found.stream.getTracks().forEach((track) => track.stop());
      this.stream = found.stream;
      await this.#present(saidOf(found));
    } catch (error) {
      if (mine === this.#wanted) this.#say(reasonOf(error));
    }
    if (mine === this.#wanted) this.dispatchEvent(new Event("change"));
  }

  // Neither the choices nor the level are worth a stream that is there.
  async #present(said) {
    const stream = this.stream;
    this.#say(said);
    this.#part("start").hidden = said === "on";
    this.#part("panel").hidden = false;
    this.show();
    try {
      await this.#list(stream);
      this.#watchLevel(stream);
    } catch (error) {
      console.warn(error.name);
    }
  }

  #choose(select) {
    this.#chosen[select.dataset.deviceChoice] = select.value;
    this.#startAnew();
  }

  #startAnew() {
    this.stop(); // some devices open once only
    this.start();
  }

  // The names of devices are known only after the first permission.
  async #list(stream) {
    const found = await navigator.mediaDevices.enumerateDevices();
    for (const select of this.#choices()) {
      const kind = select.dataset.deviceChoice;
      const used = stream.getTracks().map((track) => track.getSettings().deviceId);
      const named = this.#texts[kind === "videoinput" ? "camera" : "microphone"];
      const options = found.filter((one) => one.kind === kind).map((one, index) => {
        const text = one.label || named.replace("{number}", index + 1);
        return new Option(text, one.deviceId, false, used.includes(one.deviceId));
      });
      select.replaceChildren(...options);
      select.disabled = options.length < 2;
    }
  }

  #watchLevel(stream) {
    if (this.stream !== stream || !stream.getAudioTracks().length) return;
    const audio = this.#sound();
    const analyser = new AnalyserNode(audio, { fftSize: 512 });
    audio.createMediaStreamSource(stream).connect(analyser);
    const samples = new Float32Array(analyser.fftSize);
    const measure = () => {
      if (this.stream !== stream) return;
      analyser.getFloatTimeDomainData(samples);
      const power = samples.reduce((sum, one) => sum + one * one, 0) / samples.length;
      this.#part("level").value = Math.min(1, 4 * Math.sqrt(power));
      requestAnimationFrame(measure);
    };
    measure();
  }

  #playTone() {
    const audio = this.#sound();
    const [now, gain] = [audio.currentTime, new GainNode(audio, { gain: 0 })];
    const tone = new OscillatorNode(audio, { frequency: 440 });
    gain.gain.setTargetAtTime(0.2, now, 0.05); // without a ramp it would click
    gain.gain.setTargetAtTime(0, now + 1, 0.05);
    tone.connect(gain).connect(audio.destination);
    tone.start();
    tone.stop(now + 1.5);
    this.#say("tone");
  }

  #sound() {
    this.#audio ??= new AudioContext();
    this.#audio.resume(); // it sleeps where it was made without a click
    return this.#audio;
  }

  #say(name) {
    this.#part("status").textContent = this.#texts[name];
  }

  #part(name) {
    return this.root.querySelector(`[data-device-${name}]`);
  }

  #choices() {
    return this.root.querySelectorAll("[data-device-choice]");
  }
}

export const devices = [...document.querySelectorAll("[data-devices]")].map((root) => new Devices(root));
