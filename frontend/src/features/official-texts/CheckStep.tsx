/** What the import would do, row by row, and every fault with its line; then the one act that keeps. */
import { Button, Group, Stack, Text } from "@mantine/core";
import { Callout, DataTable, ErrorState, Fact, Facts, formatNumber, Panel, type Column } from "@openreg/ui";
import { useMutation } from "@tanstack/react-query";
import { useState } from "react";
import { importList, textChanges, type BroughtText, type ImportOutcome } from "./api";
import { bringMessages, officialMessages } from "./messages";
import { changeColumn, codeColumn, daysColumn, fieldColumn, keyOf, textColumn } from "./textColumns";
import { importOf, type Chosen, type Decisions } from "./wizard";

const text = bringMessages.check;
const HEIGHT = 480;
type Fault = ImportOutcome["errors"][number];

const columns: Column<BroughtText>[] = [
  { key: "line", header: officialMessages.text.line, isNumber: true, cell: (one) => one.line ?? "" },
  codeColumn,
  fieldColumn,
  textColumn,
  {
    key: "rule",
    header: officialMessages.text.rule,
    cell: (one) => <span className="or-mono">{one.rule_id ?? ""}</span>,
  },
  daysColumn,
  changeColumn,
];

const faultColumns: Column<Fault>[] = [
  { key: "line", header: officialMessages.text.line, isNumber: true, cell: (one) => one.line },
  { key: "column", header: text.column, cell: (one) => one.column ?? "" },
  { key: "reason", header: text.reason, cell: (one) => one.message },
];

interface CheckStepProps {
  chosen: Chosen;
  tried: ImportOutcome;
  decisions: Decisions;
  onBack: () => void;
  onImported: (outcome: ImportOutcome) => void;
}

export function CheckStep({ chosen, tried, decisions, onBack, onImported }: CheckStepProps) {
  const [key] = useState(() => crypto.randomUUID());
  const keep = useMutation({
    mutationFn: () => importList(chosen.file, importOf(chosen, decisions, tried.before), false, key),
    onSuccess: onImported,
  });
  const hasFaults = tried.error_count > 0;
  return (
    <Panel title={text.title}>
      <Stack gap="md">
        <Text c="dimmed">{tried.before ? text.against(tried.before.number) : text.first}</Text>
        <Facts>
          {textChanges.map((one) => (
            <Fact key={one} name={officialMessages.changes[one]}>
              {formatNumber(tried[one])}
            </Fact>
          ))}
          <Fact name={text.matched}>{formatNumber(tried.matched)}</Fact>
          <Fact name={text.unmatched}>{formatNumber(tried.unmatched)}</Fact>
          <Fact name={text.duplicates}>{formatNumber(tried.duplicates.length)}</Fact>
          {tried.headings.length > 0 && (
            <Fact name={text.headings}>{formatNumber(tried.headings.length)}</Fact>
          )}
        </Facts>
        {hasFaults && (
          <>
            <Callout tone="failed" title={text.faults(tried.error_count)} fix={text.faultsHint} />
            <DataTable
              label={text.faultTable}
              columns={faultColumns}
              rows={tried.errors}
              rowKey={(one) => `${String(one.line)} ${one.column ?? ""} ${one.code}`}
            />
          </>
        )}
        {tried.duplicates.length > 0 && (
          <Text size="sm" c="dimmed">
            {text.left(tried.duplicates.map((one) => String(one.line)).join(", "))}
          </Text>
        )}
        <DataTable
          label={officialMessages.text.label}
          columns={columns}
          rows={tried.texts}
          rowKey={keyOf}
          {...(tried.texts.length > 100 ? { virtualHeight: HEIGHT } : {})}
        />
        {keep.isError && <ErrorState error={keep.error} />}
        <Group justify="space-between">
          <Button variant="default" onClick={onBack}>
            {bringMessages.back}
          </Button>
          <Button loading={keep.isPending} disabled={hasFaults} onClick={() => keep.mutate()}>
            {text.action}
          </Button>
        </Group>
      </Stack>
    </Panel>
  );
}
