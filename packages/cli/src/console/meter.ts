/**
 * One line on a terminal that says how far long work has come, redrawn four times a second; a line
 * every ten seconds elsewhere (a log file). `end` takes the line away.
 */
export function meter(
  stream: NodeJS.WriteStream,
  doing: string,
  quiet = false,
): { update(done: number, of: number, unit: string): void; end(): void } {
  const since = performance.now();
  let last = stream.isTTY ? -Infinity : since;
  let live = false;
  return {
    update(done, of, unit) {
      const now = performance.now();
      if (quiet || now - last < (stream.isTTY ? 250 : 10_000)) return;
      last = now;
      const seconds = (now - since) / 1000;
      const left = done > 0 ? (seconds * (of - done)) / done : 0;
      const text = `${doing}  ${done}/${of} ${unit}${seconds > 1 ? `, ${Math.ceil(left)} s left` : ''}`;
      stream.write(stream.isTTY ? `\r\u001b[2K${text}` : `${text}\n`);
      live = stream.isTTY;
    },
    end() {
      if (live) stream.write('\r\u001b[2K');
      live = false;
    },
  };
}
