// What this side has switched off. The tab's storage keeps it, beside the seat: who has muted and reloads stays muted.

const BUTTONS = { audio: "mute", video: "camera" };

export class Switches {
  #root;
  #kept;
  #off;
  #stream = null;

  // `root` holds the buttons, as often as a view wants them; `kept` is the name in the storage.
  constructor(root, kept) {
    this.#root = root;
    this.#kept = kept;
    this.#off = new Set((sessionStorage.getItem(kept) ?? "").split(" ").filter((kind) => kind in BUTTONS));
    this.#show();
  }

  // For the other side: who has no camera shows none, whatever the button says.
  get state() {
    const isOn = (kind) => !this.#off.has(kind) && this.has(kind);
    return { muted: !isOn("audio"), camera: isOn("video") };
  }

  // Whether there is anything to switch.
  has(kind) {
    return this.#tracks(kind).some((track) => track.readyState === "live");
  }

  // Call it before anybody is given the stream: a track is born switched on.
  apply(stream) {
    this.#stream = stream;
    for (const kind in BUTTONS) for (const track of this.#tracks(kind)) track.enabled = !this.#off.has(kind);
    this.#show();
  }

  flip(kind) {
    if (!this.#off.delete(kind)) this.#off.add(kind);
    sessionStorage.setItem(this.#kept, [...this.#off].join(" "));
    this.apply(this.#stream);
  }

  #tracks(kind) {
    return this.#stream?.getTracks().filter((track) => track.kind === kind) ?? [];
  }

  // Without a device a switch is off, and stays so.
  #show() {
    for (const [kind, name] of Object.entries(BUTTONS)) {
      for (const button of this.#root.querySelectorAll(`[data-do=${name}]`)) {
        button.disabled = !this.has(kind);
        button.setAttribute("aria-pressed", button.disabled || this.#off.has(kind));
      }
    }
  }
}
