/** The rows in sight of a scrolling frame, and the height of those before and after them. */
import { useVirtualizer } from "@tanstack/react-virtual";
import type { RefObject } from "react";

const OVERSCAN = 10;

export function useVirtualRows<Row>(
  rows: Row[],
  frame: RefObject<HTMLDivElement | null>,
  height: number,
  isVirtual: boolean,
) {
  const virtual = useVirtualizer({
    count: isVirtual ? rows.length : 0,
    getScrollElement: () => frame.current,
    estimateSize: () => height,
    overscan: OVERSCAN,
  });
  if (!isVirtual) return { items: rows.map((row, index) => ({ row, index })), before: 0, after: 0 };
  const shown = virtual.getVirtualItems();
  const items = shown.flatMap(({ index }) => {
    const row = rows[index];
    return row === undefined ? [] : [{ row, index }];
  });
  return { items, before: shown[0]?.start ?? 0, after: virtual.getTotalSize() - (shown.at(-1)?.end ?? 0) };
}
