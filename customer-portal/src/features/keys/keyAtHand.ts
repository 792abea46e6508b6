/** The secret that was made or pasted last, for trying calls: in the memory of this page and nowhere else. */
import { useSyncExternalStore } from "react";

let atHand: string | null = null;
const listeners = new Set<() => void>();

function change(secret: string | null): void {
  atHand = secret;
  for (const listener of listeners) listener();
}

export function takeKey(secret: string): void {
  change(secret.trim() || null);
}

export function forgetKey(): void {
  change(null);
}

export function useKeyAtHand(): string | null {
  return useSyncExternalStore(
    (listener) => {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    () => atHand,
  );
}
