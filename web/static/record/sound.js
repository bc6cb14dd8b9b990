/* Audio stream of a recording: the microphone, optionally mixed with the sound of a shared tab. */
const FORMATS = ["audio/webm;codecs=opus", "audio/ogg;codecs=opus", "audio/mp4"];
const VOICE = { echoCancellation: true, noiseSuppression: true, autoGainControl: true };
const BITS = 64_000;
const EVERY = 2000; // milliseconds of sound in a piece; a crash loses at most one piece

export class Sound {
  /** Ask for the microphone, and for a tab if `shared`. Throws a DOMException if the person refuses. */
  static async open({ shared }) {
    // The tab is requested first, because browsers allow this only within seconds of a click.
    const streams = shared ? [await tab()] : [];
    try {
      streams.push(await navigator.mediaDevices.getUserMedia({ audio: VOICE }));
    } catch (error) {
      for (const stream of streams) for (const track of stream.getTracks()) track.stop();
      throw error;
    }
    return new Sound(streams);
  }

  constructor(streams) {
    this.streams = streams;
    this.context = new AudioContext();
    const out = this.context.createMediaStreamDestination();
    out.channelCount = 1;
    this.analyser = this.context.createAnalyser();
    this.analyser.fftSize = 2048;
    for (const stream of streams) {
      const source = this.context.createMediaStreamSource(stream);
      source.connect(out);
      source.connect(this.analyser);
    }
    this.samples = new Float32Array(this.analyser.fftSize);
    this.stream = out.stream;
  }

  /** Return the current loudness, 0 to 1; speech is near 0.5. */
  level() {
    this.analyser.getFloatTimeDomainData(this.samples);
    const power = this.samples.reduce((sum, value) => sum + value * value, 0) / this.samples.length;
    return Math.min(1, Math.max(0, (10 * Math.log10(power + 1e-9) + 60) / 60));
  }

  /** Return a recorder that calls `onPiece` with the sound of every two seconds. */
  record(onPiece) {
    const mimeType = FORMATS.find((type) => MediaRecorder.isTypeSupported(type));
    const recorder = new MediaRecorder(this.stream, { mimeType, audioBitsPerSecond: BITS });
    recorder.addEventListener("dataavailable", (event) => event.data.size && onPiece(event.data));
    recorder.start(EVERY);
    return recorder;
  }

  close() {
    for (const stream of this.streams) for (const track of stream.getTracks()) track.stop();
    this.context.close();
  }
}

/** Return the file name extension of the first format that this browser can record. */
export function ending() {
  const format = FORMATS.find((type) => MediaRecorder.isTypeSupported(type)) ?? "";
  return { "audio/webm": "webm", "audio/ogg": "ogg" }[format.split(";")[0]] ?? "m4a";
}

async function tab() {
  const shared = await navigator.mediaDevices.getDisplayMedia({ video: true, audio: true });
  if (!shared.getAudioTracks().length) {
    for (const track of shared.getTracks()) track.stop();
    throw new DOMException("no sound", "NoTabSound");
  }
  return shared;
}
