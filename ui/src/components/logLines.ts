/** Lines of a log and which of them a filter leaves. */

export const LOG_LEVELS = ["debug", "info", "warning", "error"] as const;
export type LogLevel = (typeof LOG_LEVELS)[number];

export interface LogLine {
  /** Its number: the line's own address, `#L120`. */
  number: number;
  at: string;
  level: LogLevel;
  text: string;
}

export interface LogFilter {
  text?: string | undefined;
  /** The least important level that is shown. */
  level?: LogLevel | undefined;
}

export function filterLines(lines: LogLine[], { text, level }: LogFilter): LogLine[] {
  const wanted = text?.toLowerCase();
  const least = level ? LOG_LEVELS.indexOf(level) : 0;
  if (!wanted && least === 0) return lines;
  return lines.filter(
    (line) =>
      LOG_LEVELS.indexOf(line.level) >= least && (!wanted || line.text.toLowerCase().includes(wanted)),
  );
}

/** The log as a text file. */
export function asText(lines: LogLine[]): string {
  return lines.map((line) => `${line.at} ${line.level.padEnd(7)} ${line.text}\n`).join("");
}

/** `#L120` is 120. */
export function lineOfHash(hash: string): number | null {
  const found = /^#?L(\d+)$/.exec(hash);
  return found ? Number(found[1]) : null;
}
