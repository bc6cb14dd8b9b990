/* Waveform of a recording with the played part, the hits and the speakers. */
const BAR = 3; // CSS pixels for each bar, with a gap of one pixel
const LANE = 4; // height of the lane of speakers

export class Waveform {
  /**
   * @param {HTMLCanvasElement} canvas
   * @param {{duration: number, hits: number[], turns: {start: number, end: number, of: Element}[]}} facts
   */
  constructor(canvas, facts) {
    this.canvas = canvas;
    this.facts = facts;
    this.peaks = new Uint8Array(0);
    this.time = 0;
    new ResizeObserver(() => this.repaint()).observe(canvas);
    addEventListener("themechange", () => this.repaint());
    matchMedia("(prefers-color-scheme: dark)").addEventListener("change", () => this.repaint());
  }

  async load(address) {
    const answer = await fetch(address);
    if (!answer.ok) return;
    this.peaks = new Uint8Array(await answer.arrayBuffer());
    this.repaint();
  }

  show(time) {
    this.time = time;
    if (this.back) this.paint();
  }

  /** Draw the waveform twice, unplayed and played. Each update then only copies parts of both. */
  repaint() {
    const { clientWidth: width, clientHeight: height } = this.canvas;
    if (!width || !height) return;
    const scale = devicePixelRatio || 1;
    this.canvas.width = Math.round(width * scale);
    this.canvas.height = Math.round(height * scale);
    const colour = getComputedStyle(this.canvas);
    this.colours = { wave: colour.color, accent: colour.caretColor, glow: colour.textDecorationColor };
    this.back = this.picture(width, height, scale, this.colours.wave);
    this.front = this.picture(width, height, scale, this.colours.accent);
    this.paint();
  }

  picture(width, height, scale, colour) {
    const sheet = new OffscreenCanvas(this.canvas.width, this.canvas.height);
    const pen = sheet.getContext("2d");
    pen.scale(scale, scale);
    this.drawHits(pen, width, height);
    this.drawTurns(pen, width, height);
    pen.fillStyle = colour;
    const bars = Math.floor(width / BAR);
    const high = height - LANE - 4;
    for (let bar = 0; bar < bars; bar += 1) {
      const tall = Math.max(1.5, this.loudness(bar / bars, (bar + 1) / bars) * high);
      pen.fillRect(bar * BAR, (high - tall) / 2, BAR - 1, tall);
    }
    return sheet;
  }

  loudness(from, to) {
    const first = Math.floor(from * this.peaks.length);
    const last = Math.max(first + 1, Math.floor(to * this.peaks.length));
    let most = 0;
    for (let i = first; i < last && i < this.peaks.length; i += 1) most = Math.max(most, this.peaks[i]);
    return most / 255;
  }

  drawHits(pen, width, height) {
    for (const hit of this.facts.hits) {
      const x = (hit / this.facts.duration) * width;
      pen.fillStyle = this.colours.glow;
      pen.fillRect(x - 3, 0, 7, height - LANE - 2);
      pen.fillStyle = this.colours.accent;
      pen.beginPath();
      pen.moveTo(x - 4, 0);
      pen.lineTo(x + 5, 0);
      pen.lineTo(x + 0.5, 7);
      pen.fill();
    }
  }

  drawTurns(pen, width, height) {
    for (const turn of this.facts.turns) {
      const x = (turn.start / this.facts.duration) * width;
      const wide = ((turn.end - turn.start) / this.facts.duration) * width;
      pen.fillStyle = getComputedStyle(turn.of).borderLeftColor;
      pen.fillRect(x, height - LANE, Math.max(1, wide - 0.5), LANE);
    }
  }

  paint() {
    const pen = this.canvas.getContext("2d");
    const { width, height } = this.canvas;
    const x = Math.round((this.time / this.facts.duration) * width) || 0;
    pen.clearRect(0, 0, width, height);
    pen.drawImage(this.back, 0, 0);
    if (x > 0) {
      pen.clearRect(0, 0, x, height);
      pen.drawImage(this.front, 0, 0, x, height, 0, 0, x, height);
    }
    pen.fillStyle = this.colours.accent;
    pen.fillRect(x, 0, 2 * (devicePixelRatio || 1), height);
  }
}
