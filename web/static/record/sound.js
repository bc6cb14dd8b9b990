/* What is recorded: the microphone, and with it a shared tab, mixed into one stream. */
const FORMATS = ["audio/webm;codecs=opus", "audio/ogg;codecs=opus", "audio/mp4"];
const VOICE = { echoCancellation: true, noiseSuppression: true, autoGainControl: true };
const BITS = 64_000;
const EVERY = 2000; // milliseconds of sound in a piece: what a crash can cost at most

export class Sound {
  /** Asks for the microphone, and for a tab if `shared`; throws a DOMException when refused. */
  static async open({ shared }) {
    // The tab first: a browser asks for one only within seconds of a click.
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

  /** How loud it is now, 0 to 1 on a scale on which speech lies in the middle. */
  level() {
    this.analyser.getFloatTimeDomainData(this.samples);
    const power = this.samples.reduce((sum, value) => sum + value * value, 0) / this.samples.length;
    return Math.min(1, Math.max(0, (10 * Math.log10(power + 1e-9) + 60) / 60));
  }

  /** A recorder that hands on a piece every two seconds. */
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

/** The ending of a recording's name, by the first format that this browser writes. */
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
