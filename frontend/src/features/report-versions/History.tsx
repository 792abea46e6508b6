/** Who did what with the versions of a report, and what they said to it. */
import { Skeleton, Text } from "@mantine/core";
import { ErrorState, EventItem, EventList, formatDate, Moment } from "@openreg/ui";
import { useQuery } from "@tanstack/react-query";
import { historyQuery, type VersionEvent } from "./api";
import { versionMessages as text } from "./messages";

interface HistoryProps {
  reportId: string;
  versionId?: string;
  /** Numbers of versions by id, where several are told about. */
  numbers?: ReadonlyMap<string, string>;
}

export function History({ reportId, versionId, numbers }: HistoryProps) {
  const query = useQuery(historyQuery(reportId, versionId));
  if (query.isError) return <ErrorState error={query.error} onRetry={() => void query.refetch()} />;
  if (!query.data) return <Skeleton height={120} />;
  if (query.data.items.length === 0) return <Text c="dimmed">{text.historyNone}</Text>;
  return (
    <EventList>
      {query.data.items.map((event) => (
        <Entry key={event.id} event={event} number={numbers?.get(event.report_version_id)} />
      ))}
    </EventList>
  );
}

function Entry({ event, number }: { event: VersionEvent; number: string | undefined }) {
  const who = event.actor_name ?? (event.actor_id ? text.somebody : text.platform);
  return (
    <EventItem
      title={
        <>
          <strong>{who}</strong> {text.actions[event.action]}
          {number && (
            <Text span c="dimmed" pl="sm">
              {text.versionOf(number)}
            </Text>
          )}
        </>
      }
      meta={
        <>
          <Moment at={event.at} />
          {event.effective_from && <span>{text.effectiveFrom(formatDate(event.effective_from))}</span>}
        </>
      }
      comment={event.comment}
    />
  );
}
