/** Dry run: each sample row from the source to the record, with what was found. */
import { Button, Drawer, Group, NumberInput, Stack, Text, TextInput } from "@mantine/core";
import { Callout, DateField, ErrorState, StatusBadge, uiMessages } from "@openreg/ui";
import { useQuery } from "@tanstack/react-query";
import { useState } from "react";
import { useMay } from "@/features/account/api";
import { dryRunQuery, type DryRun, type TrialRequest } from "./api";
import { toJson } from "./document";
import { DryRunRowView } from "./DryRunRow";
import { Findings } from "./Findings";
import styles from "./editor.module.css";
import { useEditor } from "./EditorContext";
import { editorMessages } from "./messages";
import { valuesOf } from "./parameterValues";
import { outcomes, OutcomeBadge } from "./OutcomeBadge";

const text = editorMessages.dryRun;
const MOST_ROWS = 50;
const USUAL_ROWS = 20;

export default function DryRunPanel({ onClose }: { onClose: () => void }) {
  const { document, reportingDate, setReportingDate } = useEditor();
  const mayQuery = useMay("connectors:query");
  const [given, setGiven] = useState<Record<string, string>>({});
  const [limit, setLimit] = useState(USUAL_ROWS);
  const [request, setRequest] = useState<TrialRequest | null>(null);
  const nothing = {
    document: toJson(document),
    reporting_date: reportingDate,
    parameters: valuesOf({}),
    limit,
  };
  const trial = useQuery({ ...dryRunQuery(request ?? nothing), enabled: request !== null });
  const { parameters } = document.source;

  function start() {
    const next = { ...nothing, parameters: valuesOf(parameters, given) };
    // The same again: the source may have other rows by now.
    if (JSON.stringify(next) === JSON.stringify(request)) void trial.refetch();
    else setRequest(next);
  }

  return (
    <Drawer
      opened
      onClose={onClose}
      position="right"
      size="xl"
      title={text.title}
      closeButtonProps={{ "aria-label": uiMessages.close }}
    >
      <Stack gap="lg">
        <Text size="sm">{mayQuery ? text.explain : text.needs}</Text>
        <Group gap="sm" align="flex-end">
          <DateField
            label={editorMessages.source.reportingDate}
            required
            value={reportingDate}
            onChange={setReportingDate}
          />
          {Object.keys(parameters).map((name) => (
            <TextInput
              key={name}
              label={text.parameter(name)}
              value={given[name] ?? ""}
              onChange={(event) => setGiven({ ...given, [name]: event.currentTarget.value })}
            />
          ))}
          <NumberInput
            w={110}
            label={text.limit}
            min={1}
            max={MOST_ROWS}
            allowDecimal={false}
            value={limit}
            onChange={(value) => typeof value === "number" && setLimit(value)}
          />
          <Button disabled={!mayQuery} loading={trial.isFetching} onClick={start} data-autofocus>
            {text.start}
          </Button>
        </Group>
        {trial.isError && <ErrorState error={trial.error} />}
        {request && trial.data && !trial.isError && <Result run={trial.data} />}
      </Stack>
    </Drawer>
  );
}

const SCHEMA_TONES = { valid: "success", invalid: "failed", unverified: "neutral" } as const;

function Result({ run }: { run: DryRun }) {
  const [chosen, setChosen] = useState(0);
  const row = run.rows[chosen] ?? run.rows[0];
  const hasXml = run.rows.some((one) => one.records.some((record) => record.format === "xml"));
  const status = run.schema_status as keyof typeof SCHEMA_TONES;
  return (
    <Stack gap="md" aria-live="polite">
      <Group gap="sm">
        {outcomes.map((outcome) => (
          <span key={outcome} className="or-number">
            {text.counts(text.outcomes[outcome], run.counts[outcome] ?? 0)}
          </span>
        ))}
        {hasXml && (
          <StatusBadge tone={SCHEMA_TONES[status]}>
            {text.schema[run.schema_status] ?? run.schema_status}
          </StatusBadge>
        )}
      </Group>
      {run.masked_columns.length > 0 && <Callout tone="neutral" title={text.masked} />}
      {run.output_fault && (
        <Callout tone="failed" title={run.output_fault.message} fix={run.output_fault.fix} />
      )}
      {run.file_findings.length > 0 && (
        <div>
          <Text fw={600}>{text.file}</Text>
          <Findings findings={run.file_findings} />
        </div>
      )}
      {!row && <Text c="dimmed">{text.none}</Text>}
      {row && (
        <>
          <div className={styles.rowPicker} role="group" aria-label={text.rows}>
            {run.rows.map((one, index) => (
              <Button
                key={one.number}
                variant={one === row ? "filled" : "default"}
                aria-pressed={one === row}
                onClick={() => setChosen(index)}
              >
                {text.row(one.number)}
              </Button>
            ))}
          </div>
          <div>
            <OutcomeBadge outcome={row.outcome} />
          </div>
          <DryRunRowView row={row} />
        </>
      )}
    </Stack>
  );
}
