/** The other submissions of the day, files, deliveries and history of one submission. */
import { Group, Stack, Text } from "@mantine/core";
import {
  AppLink,
  EventItem,
  EventList,
  Fact,
  Facts,
  formatBytes,
  formatNumber,
  Moment,
  Panel,
  StatusBadge,
} from "@openreg/ui";
import { runMessages } from "@/features/runs/messages";
import type { SubmissionDetail } from "./api";
import { submissionMessages as text } from "./messages";
import styles from "./submissions.module.css";
import { SubmissionState } from "./SubmissionState";

interface PartProps {
  submission: SubmissionDetail;
}

/** Original, corrections, cancellations, in the order in which they were made. */
export function Chain({ submission }: PartProps) {
  return (
    <Panel title={text.chain.title}>
      <EventList>
        {submission.day.map((one) => (
          <EventItem
            key={one.id}
            title={
              <Group gap="sm">
                <span>{text.kindName(one.kind)}</span>
                {one.id === submission.id ? (
                  <strong className={styles.name}>{one.reference}</strong>
                ) : (
                  <AppLink
                    to="/submissions/$submissionId"
                    params={{ submissionId: one.id }}
                    className={styles.name}
                  >
                    {one.reference}
                  </AppLink>
                )}
                <SubmissionState submission={one} />
              </Group>
            }
            meta={
              <>
                <Moment at={one.created_at} /> · {text.columns.records}: {formatNumber(one.counts.records)}
                {one.id === submission.id && ` · ${text.chain.this}`}
              </>
            }
          />
        ))}
      </EventList>
    </Panel>
  );
}

export function Files({ submission }: PartProps) {
  return (
    <Panel title={text.files.title}>
      <Stack gap="md">
        {submission.files.map((file) => (
          <Facts key={file.artifact_id}>
            <Fact name={text.files.name}>
              <span className={styles.name}>{file.file_name}</span>
            </Fact>
            {file.message_id !== file.file_name && (
              <Fact name={text.files.message}>
                <span className={styles.name}>{file.message_id}</span>
              </Fact>
            )}
            <Fact name={text.files.size}>{formatBytes(file.size_bytes)}</Fact>
            <Fact name={text.files.records}>{formatNumber(file.records)}</Fact>
            <Fact name={text.files.sent}>{file.sent_at ? <Moment at={file.sent_at} /> : text.notSent}</Fact>
          </Facts>
        ))}
      </Stack>
    </Panel>
  );
}

export function Deliveries({ submission }: PartProps) {
  const { deliveries } = submission;
  return (
    <Panel title={text.deliveries.title}>
      {deliveries.length === 0 ? (
        <Text c="dimmed">{text.deliveries.none}</Text>
      ) : (
        <Stack gap="xs">
          {deliveries.map((one) => (
            <Group key={one.id} gap="sm">
              <span className={styles.name}>
                {one.artifact_name} → {one.destination_name}
              </span>
              <StatusBadge
                tone={one.state === "delivered" ? "success" : one.state === "failed" ? "failed" : "running"}
              >
                {runMessages.deliveryName(one.state)}
              </StatusBadge>
            </Group>
          ))}
          <AppLink
            to="/runs/$runId"
            params={{ runId: submission.run_id }}
            search={{ tab: "deliveries" }}
            size="sm"
          >
            {text.deliveries.all}
          </AppLink>
        </Stack>
      )}
    </Panel>
  );
}

export function History({ submission }: PartProps) {
  const isWhole = submission.is_history_whole;
  return (
    <Panel
      title={text.history.title}
      aside={
        <StatusBadge tone={isWhole ? "success" : "failed"}>
          {isWhole ? text.history.whole : text.history.broken}
        </StatusBadge>
      }
    >
      <EventList>
        {submission.history.map((event) => (
          <EventItem
            key={event.number}
            title={
              <>
                <strong>{event.actor}</strong> {text.actionName(event.action)}
                {event.from_state !== null && event.from_state !== event.to_state && (
                  <Text span c="dimmed">
                    {" "}
                    · {text.history.becomes(text.stateName(event.to_state))}
                  </Text>
                )}
              </>
            }
            meta={
              <>
                <Moment at={event.at} /> ·{" "}
                <span className="or-mono" title={event.hash}>
                  {text.history.hash} {event.hash.slice(0, 12)}
                </span>
              </>
            }
            comment={event.note || null}
          />
        ))}
      </EventList>
    </Panel>
  );
}
