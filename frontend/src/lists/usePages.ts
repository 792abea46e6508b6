/** The way through the pages of a list that is a part of a page: it is not in the URL, and a new visit begins at the first. */
import type { Paging } from "@openreg/ui";
import { useState } from "react";

export function usePages(): Omit<Paging, "nextCursor"> {
  const [trail, setTrail] = useState<string[]>([]);
  return {
    cursor: trail.at(-1),
    onFirst: () => setTrail([]),
    onPrevious: () => setTrail(trail.slice(0, -1)),
    onNext: (cursor) => setTrail([...trail, cursor]),
  };
}
