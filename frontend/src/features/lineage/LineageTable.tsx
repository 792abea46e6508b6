/** The way of a record as a table: the same steps, in the same order. */
import { Table } from "@mantine/core";
import type { ReactNode } from "react";
import { exceptionMessages } from "@/features/exceptions/messages";
import { Change, RecordValue } from "@/features/exceptions/RecordValue";
import { runMessages } from "@/features/runs/messages";
import type { FilePlace, Lineage, Supplement } from "./api";
import type { Shown } from "./involved";
import { lineageMessages as text } from "./messages";

interface Row {
  key: string;
  step: string;
  what: ReactNode;
  value: ReactNode;
  from: ReactNode;
}

export function LineageTable({ lineage, shown }: { lineage: Lineage; shown: Shown }) {
  return (
    <Table.ScrollContainer minWidth={640} scrollAreaProps={{ viewportProps: { tabIndex: 0 } }}>
      <Table aria-label={text.tableLabel}>
        <Table.Thead>
          <Table.Tr>
            <Table.Th scope="col">{text.step}</Table.Th>
            <Table.Th scope="col">{text.what}</Table.Th>
            <Table.Th scope="col">{text.value}</Table.Th>
            <Table.Th scope="col">{text.from}</Table.Th>
          </Table.Tr>
        </Table.Thead>
        <Table.Tbody>
          {rowsOf(lineage, shown).map((row) => (
            <Table.Tr key={row.key}>
              <Table.Th scope="row" fw={400}>
                {row.step}
              </Table.Th>
              <Table.Td className="or-mono">{row.what}</Table.Td>
              <Table.Td>{row.value}</Table.Td>
              <Table.Td className="or-mono">{row.from}</Table.Td>
            </Table.Tr>
          ))}
        </Table.Tbody>
      </Table>
    </Table.ScrollContainer>
  );
}

function rowsOf(lineage: Lineage, shown: Shown): Row[] {
  const { exception } = lineage;
  return [
    ...shown.source.map((one) => ({
      key: `source ${one.column}`,
      step: text.sourceStep,
      what: one.column,
      value: <RecordValue value={one.value} isMasked={one.is_masked} />,
      from: text.row(lineage.row_number),
    })),
    ...shown.fields.map((one) => ({
      key: `field ${one.column}`,
      step: text.fieldsStep,
      what: one.column,
      value: <RecordValue value={one.value} isMasked={one.is_masked} />,
      from: one.expression,
    })),
    ...(exception?.findings ?? []).map((one) => ({
      key: `finding ${one.rule_id} ${one.message}`,
      step: text.findingStep,
      what: one.rule_id,
      value: one.message,
      from: (one.columns ?? []).join(", "),
    })),
    ...(exception
      ? [
          {
            key: "exception",
            step: text.exceptionStep,
            what: exception.findings.map((one) => one.rule_id).join(", "),
            value: exceptionMessages.stateName(exception.state),
            from: null,
          },
        ]
      : []),
    ...(exception?.changes ?? []).map((one) => ({
      key: `amendment ${one.id}`,
      step: text.amendmentStep,
      what: one.column,
      value: <Change before={one.old} after={one.new} isMasked={one.is_masked} />,
      from: one.reason,
    })),
    ...lineage.reporting.files.map((one) => fileRow(one, lineage.run_id)),
    ...lineage.later.flatMap(supplementRows),
  ];
}

function supplementRows(one: Supplement): Row[] {
  return [
    {
      key: `run ${one.run_id} ${String(one.row_number)}`,
      step: text.supplementalStep,
      what: text.runNamed(one.run_id.slice(-12)),
      value: runMessages.stateName(one.run_state),
      from: text.row(one.row_number),
    },
    ...one.files.map((place) => fileRow(place, one.run_id)),
  ];
}

function fileRow(place: FilePlace, runId: string): Row {
  return {
    key: `file ${place.artifact_id}`,
    step: text.fileStep,
    what: place.name,
    value: text.filePlace(place.position),
    from: text.runNamed(runId.slice(-12)),
  };
}
