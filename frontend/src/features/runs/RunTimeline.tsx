/** The steps of a run: rows, time of work, and when each was under way. */
import { Table, Tooltip } from "@mantine/core";
import { formatDuration, formatNumber, Panel, StatusBadge, type StatusTone } from "@openreg/ui";
import { useInterval } from "@mantine/hooks";
import { useState } from "react";
import type { RunDetail } from "./api";
import { runMessages } from "./messages";
import { isFinal, type RunEvents } from "./runEvents";
import styles from "./runs.module.css";
import { stepSpans, type StepSpan } from "./timeline";

const text = runMessages.timeline;

const TONES: Record<RunDetail["steps"][number]["state"], StatusTone> = {
  pending: "neutral",
  running: "running",
  succeeded: "success",
  failed: "failed",
};

export function RunTimeline({ run, events }: { run: RunDetail; events: RunEvents }) {
  const [now, setNow] = useState(() => Date.now());
  useInterval(() => setNow(Date.now()), 1000, { autoInvoke: !isFinal(run.state) });
  const spans = stepSpans(run, events, now);
  return (
    <Panel title={text.title}>
      <Table.ScrollContainer minWidth={520} scrollAreaProps={{ viewportProps: { tabIndex: 0 } }}>
        <Table aria-label={text.title}>
          <Table.Thead>
            <Table.Tr>
              <Table.Th scope="col">{text.step}</Table.Th>
              <Table.Th scope="col">{text.state}</Table.Th>
              <Table.Th scope="col" ta="right">
                {text.rows}
              </Table.Th>
              <Table.Th scope="col" ta="right">
                <Tooltip label={text.secondsHint}>
                  <span>{text.seconds}</span>
                </Tooltip>
              </Table.Th>
              <Table.Th scope="col" className={styles.barColumn}>
                {text.bar}
              </Table.Th>
            </Table.Tr>
          </Table.Thead>
          <Table.Tbody>
            {run.steps.map((step) => (
              <Table.Tr key={step.name}>
                <Table.Th scope="row" fw={500}>
                  {runMessages.stepName(step.name)}
                </Table.Th>
                <Table.Td>
                  <StatusBadge tone={TONES[step.state]}>{text.states[step.state]}</StatusBadge>
                </Table.Td>
                <Table.Td ta="right" className="or-number">
                  {formatNumber(step.rows)}
                </Table.Td>
                <Table.Td ta="right" className="or-number">
                  {formatDuration(step.seconds)}
                </Table.Td>
                <Table.Td className={styles.barColumn}>
                  <Bar span={spans.get(step.name)} state={step.state} />
                </Table.Td>
              </Table.Tr>
            ))}
          </Table.Tbody>
        </Table>
      </Table.ScrollContainer>
    </Panel>
  );
}

function Bar({ span, state }: { span: StepSpan | undefined; state: string }) {
  const percent = (share: number) => Math.round(share * 100);
  return (
    <div
      className={styles.track}
      role="img"
      aria-label={span ? text.barLabel(percent(span.from), percent(span.to)) : text.states.pending}
    >
      {span && (
        <div
          className={styles.span}
          data-state={state}
          style={{ left: `${span.from * 100}%`, width: `${(span.to - span.from) * 100}%` }}
        />
      )}
    </div>
  );
}
