/**
 * Rows of a list that is asked for again and again: they change in place and keep their order. What is new waits until
 * it is asked for, so that nothing moves under the cursor.
 */
import { useState } from "react";

interface Identified {
  id: string;
}

/** The rows that are shown, as they are now, and how many others there are. */
export function steadyRows<Row extends Identified>(
  shown: Row[],
  fresh: Row[],
): { rows: Row[]; newCount: number } {
  const byId = new Map(fresh.map((row) => [row.id, row]));
  const known = new Set(shown.map((row) => row.id));
  return {
    rows: shown.map((row) => byId.get(row.id) ?? row),
    newCount: fresh.filter((row) => !known.has(row.id)).length,
  };
}

/** `list` names the list: another filter or page is another list. */
export function useSteadyRows<Row extends Identified>(list: string, fresh: Row[] = [], isOfAnother: boolean) {
  const [held, setHeld] = useState<{ list: string; fresh: Row[]; rows: Row[] } | null>(null);
  const isSame = held?.list === list && held.rows.length > 0;
  const { rows, newCount } = isSame ? steadyRows(held.rows, fresh) : { rows: fresh, newCount: 0 };
  if (!isOfAnother && fresh.length > 0 && (held?.list !== list || held.fresh !== fresh)) {
    setHeld({ list, fresh, rows });
  }
  return { rows, newCount, showNew: () => setHeld({ list, fresh, rows: fresh }) };
}
