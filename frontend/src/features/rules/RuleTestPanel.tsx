/** A rule beside the rows of a report that it fails. */
import { Button, Group, Select, Stack, Text } from "@mantine/core";
import {
  DataTable,
  DateField,
  ErrorState,
  Section,
  StatusBadge,
  type Column,
  type StatusTone,
} from "@openreg/ui";
import { useMutation } from "@tanstack/react-query";
import { useState } from "react";
import { testOnReport, type RulePhase, type RuleTest } from "./api";
import { ruleMessages } from "./messages";

const text = ruleMessages.test;
type TestRow = RuleTest["rows"][number];
const TONES: Record<TestRow["verdict"], StatusTone> = {
  failed: "failed",
  not_evaluated: "warning",
  unknown: "neutral",
  passed: "success",
};
const ORDER = Object.keys(TONES);

interface RuleTestPanelProps {
  expression: string;
  phase: RulePhase;
  message: string;
  reports: { report_id: string; name: string }[];
}

export function RuleTestPanel({ expression, phase, message, reports }: RuleTestPanelProps) {
  const [report, setReport] = useState(reports[0]?.report_id ?? null);
  const [day, setDay] = useState(() => new Date().toISOString().slice(0, 10));
  const test = useMutation({
    mutationFn: (reportId: string) =>
      testOnReport({
        expression,
        phase,
        message,
        severity: "warning",
        report_id: reportId,
        reporting_date: day,
        parameters: {},
        limit: 50,
      }),
  });
  return (
    <Section title={text.title}>
      <Text c="dimmed">{text.hint}</Text>
      <code className="or-mono">{expression}</code>
      <Group align="flex-end">
        <Select
          label={text.report}
          data={reports.map((one) => ({ value: one.report_id, label: one.name }))}
          value={report}
          onChange={setReport}
        />
        <DateField label={text.date} required value={day} onChange={setDay} />
        <Button
          variant="default"
          disabled={!report}
          loading={test.isPending}
          onClick={() => report && test.mutate(report)}
        >
          {text.action}
        </Button>
      </Group>
      {test.isError && <ErrorState error={test.error} />}
      {test.data && <Rows found={test.data} />}
    </Section>
  );
}

const columns: Column<TestRow>[] = [
  { key: "row", header: text.row, isNumber: true, cell: (row) => row.number },
  {
    key: "verdict",
    header: text.verdict,
    cell: (row) => <StatusBadge tone={TONES[row.verdict]}>{text.verdicts[row.verdict]}</StatusBadge>,
  },
  {
    key: "values",
    header: text.values,
    cell: (row) => (
      <span className="or-mono">
        {Object.entries(row.values)
          .map(([name, value]) => `${name} = ${value === null ? "NULL" : String(value)}`)
          .join(", ")}
        {row.reason ? ` (${row.reason})` : ""}
      </span>
    ),
  },
];

function Rows({ found }: { found: RuleTest }) {
  if (found.rows.length === 0) return <Text c="dimmed">{text.none}</Text>;
  const rows = found.rows.toSorted((a, b) => ORDER.indexOf(a.verdict) - ORDER.indexOf(b.verdict));
  return (
    <Stack gap="xs">
      <Text role="status">
        {(["failed", "not_evaluated", "unknown", "passed"] as const)
          .map((verdict) => `${text.verdicts[verdict]}: ${String(found.counts[verdict] ?? 0)}`)
          .join(" · ")}
      </Text>
      <DataTable label={text.title} rows={rows} rowKey={(row) => String(row.number)} columns={columns} />
    </Stack>
  );
}
