/** j and k move through the rows of a table, x selects; Enter opens, because the focus is on the row's link. */
import { useEffect, type RefObject } from "react";
import { useSingleKeyShortcuts } from "../theme/preferences";
import { isTyping } from "./keyboard";

export function useRowKeys(frame: RefObject<HTMLElement | null>): void {
  const [isOn] = useSingleKeyShortcuts();
  useEffect(() => {
    if (!isOn) return undefined;
    function press(event: KeyboardEvent) {
      if (isTyping(event) || !frame.current) return;
      if (event.key === "j") move(frame.current, 1);
      else if (event.key === "k") move(frame.current, -1);
      else if (event.key === "x")
        currentRow(frame.current)?.querySelector<HTMLElement>("[data-row-select]")?.click();
    }
    document.addEventListener("keydown", press);
    return () => document.removeEventListener("keydown", press);
  }, [frame, isOn]);
}

function move(frame: HTMLElement, step: number): void {
  const links = [...frame.querySelectorAll<HTMLElement>("tbody tr td a, tbody tr td button[data-row-link]")];
  const firsts = links.filter(
    (link) => link === link.closest("tr")?.querySelector("a, button[data-row-link]"),
  );
  const current = firsts.findIndex((link) => link.closest("tr") === currentRow(frame));
  firsts[Math.max(0, Math.min(firsts.length - 1, current + step))]?.focus();
}

function currentRow(frame: HTMLElement): Element | null {
  const row = document.activeElement?.closest("tbody tr") ?? null;
  return row && frame.contains(row) ? row : null;
}
