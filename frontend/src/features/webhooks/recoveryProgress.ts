/** How far a recovery is. */
import type { Schema } from "@/api/types";
import { webhookMessages } from "./messages";

const text = webhookMessages.recover;

type Told = Pick<Schema<"RecoveryAnswer">, "state" | "counted" | "done">;

/** What it counted when it began may have arrived by itself since: one that has ended is at its end. */
export function progressOf({ state, counted, done }: Told): { percent: number; words: string } {
  if (state === "completed") return { percent: 100, words: text.allDone(done) };
  if (counted === null) return { percent: 0, words: text.counting };
  return { percent: (100 * done) / Math.max(counted, 1), words: text.done(done, counted) };
}
