/** What a trigger would see now; nothing is changed. */
import { Stack, Text } from "@mantine/core";
import { Callout, DataTable, Fact, Facts, formatNumber, Moment, Panel, type Column } from "@openreg/ui";
import type { TriggerTest } from "./api";
import { triggerMessages } from "./messages";

const text = triggerMessages.testing;
type Seen = TriggerTest["seen"][number];

const columns: Column<Seen>[] = [
  { key: "subject", header: text.subject, cell: (one) => one.subject },
  { key: "prospect", header: text.prospect, cell: (one) => triggerMessages.prospectName(one.prospect) },
];
const fileColumns: Column<Seen>[] = [
  ...columns,
  {
    key: "size",
    header: text.size,
    isNumber: true,
    cell: (one) => (one.size_bytes === null ? "" : formatNumber(one.size_bytes)),
  },
  {
    key: "changed",
    header: text.changed,
    cell: (one) => (one.modified_at ? <Moment at={one.modified_at} /> : ""),
  },
];

export function TestPanel({ test }: { test: TriggerTest }) {
  const isFiles = test.seen.some((one) => one.size_bytes !== null);
  const parameters = Object.entries(test.parameters ?? {});
  return (
    <Panel title={text.title}>
      <Stack gap="sm">
        {test.error && <Callout tone="failed" title={test.error.message} fix={test.error.fix ?? undefined} />}
        {test.seen.length > 0 ? (
          <DataTable
            label={text.title}
            columns={isFiles ? fileColumns : columns}
            rows={test.seen}
            rowKey={(one) => one.subject}
          />
        ) : (
          !test.error && <Text c="dimmed">{text.nothing}</Text>
        )}
        {test.found > test.seen.length && <Text size="sm">{text.more(test.found - test.seen.length)}</Text>}
        {test.reporting_date && (
          <Facts>
            <Fact name={text.date}>{test.reporting_date}</Fact>
            <Fact name={text.parameters}>
              {parameters.length === 0
                ? text.noParameters
                : parameters.map(([name, value]) => `${name}=${String(value)}`).join(", ")}
            </Fact>
          </Facts>
        )}
        <Text size="sm" c="dimmed">
          {text.unchanged}
        </Text>
      </Stack>
    </Panel>
  );
}
