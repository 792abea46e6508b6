/** How many deliveries have not ended, as a link to them. */
import { AppLink, formatNumber } from "@openreg/ui";
import type { Destination } from "./api";
import { destinationMessages as text } from "./messages";

export function WaitingCount({ destination }: { destination: Destination }) {
  const count = destination.waiting ?? 0;
  if (count === 0) return formatNumber(0);
  const shown = count > text.countedUpTo ? `${formatNumber(text.countedUpTo)}+` : formatNumber(count);
  return (
    <AppLink to="/deliveries" search={{ destination_id: destination.id }}>
      {shown}
    </AppLink>
  );
}
