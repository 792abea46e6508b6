/** When a definition fires next, and why it does not in between; shown while it is being changed. */
import { List, Stack, Text } from "@mantine/core";
import { useDebouncedValue } from "@mantine/hooks";
import { DataTable, ErrorState, Moment, Panel, type Column } from "@openreg/ui";
import { useQuery } from "@tanstack/react-query";
import { previewQuery, type Definition, type PreviewedFire } from "./api";
import { scheduleMessages } from "./messages";

const text = scheduleMessages.preview;
const SETTLED_MS = 300;
const SHOWN_SKIPS = 5;
const local = (time: string) => time.slice(0, 16).replace("T", " ");

const columns: Column<PreviewedFire>[] = [
  { key: "local", header: text.local, cell: (one) => <span className="or-mono">{local(one.nominal)}</span> },
  { key: "at", header: text.at, cell: (one) => <Moment at={one.at} /> },
  {
    key: "reports",
    header: text.reportingDate,
    cell: (one) => <span className="or-mono">{one.reporting_date}</span>,
  },
  { key: "note", header: text.note, cell: (one) => (one.note ? (text.notes[one.note] ?? one.note) : "") },
];

export function PreviewPanel({ definition }: { definition: Definition }) {
  const [settled] = useDebouncedValue(definition, SETTLED_MS);
  const query = useQuery(previewQuery(settled));
  const fires = query.data?.fires ?? [];
  const skips = fires.flatMap((one) => one.skips);
  const skipped = fires.reduce((sum, one) => sum + one.skipped, 0);
  return (
    <Panel title={text.title}>
      {query.isError ? (
        <ErrorState error={query.error} />
      ) : (
        <Stack gap="sm">
          <Text role="status">{query.data?.cadence_in_words ?? text.nothing}</Text>
          <DataTable
            label={text.title}
            columns={columns}
            rows={fires}
            rowKey={(one) => one.at}
            isFetching={query.isFetching}
          />
          {skipped > 0 && (
            <div>
              <Text size="sm">{text.skipped(skipped)}</Text>
              <List size="sm">
                {skips.slice(0, SHOWN_SKIPS).map((one) => (
                  <List.Item key={`${one.nominal} ${one.reason}`}>
                    <span className="or-mono">{local(one.nominal)}</span> {one.detail}
                  </List.Item>
                ))}
              </List>
            </div>
          )}
        </Stack>
      )}
    </Panel>
  );
}
