/** A moment in words, with the exact one in the reader's zone and in UTC on hover. */
import { Tooltip } from "@mantine/core";
import { useInterval } from "@mantine/hooks";
import { useState } from "react";
import { formatAgo, formatDate, formatDateTime, formatUtc } from "../format/intl";
import { uiMessages } from "../messages";

const EVERY_MS = 30_000;

export function TimeAgo({ at }: { at: string | null | undefined }) {
  const [now, setNow] = useState(() => Date.now());
  useInterval(() => setNow(Date.now()), EVERY_MS, { autoInvoke: true });
  if (!at) return <span>{uiMessages.never}</span>;
  return (
    <Tooltip label={`${formatDateTime(at)} (${formatUtc(at)})`}>
      <time dateTime={at}>{formatAgo(at, now)}</time>
    </Tooltip>
  );
}

/** An exact moment in the reader's zone, UTC on hover. */
export function Moment({ at }: { at: string | null | undefined }) {
  if (!at) return <span>{uiMessages.never}</span>;
  return (
    <Tooltip label={formatUtc(at)}>
      <time dateTime={at} className="or-number">
        {formatDateTime(at)}
      </time>
    </Tooltip>
  );
}

/** A business date: the same day in every zone. */
export function BusinessDate({ date }: { date: string }) {
  return (
    <time dateTime={date} className="or-number">
      {formatDate(date)}
    </time>
  );
}
