/** The records of a submission by what the regulator has said, and the day as a whole. */
import { Progress, Stack, Text } from "@mantine/core";
import { Fact, Facts, formatNumber, Panel } from "@openreg/ui";
import type { SubmissionDetail } from "./api";
import { submissionMessages as text } from "./messages";

const PARTS = [
  ["accepted", "green.8"],
  ["pending", "yellow.8"],
  ["rejected", "red.8"],
  ["unconfirmed", "gray.6"],
] as const;

export function RecordCounts({ submission }: { submission: SubmissionDetail }) {
  const { counts, cancellation_count } = submission;
  const share = (count: number) => (counts.records > 0 ? (100 * count) / counts.records : 0);
  return (
    <Panel title={text.records.title}>
      <Stack gap="sm">
        <Progress.Root size="lg">
          {PARTS.filter(([part]) => counts[part] > 0).map(([part, color]) => (
            <Progress.Section
              key={part}
              value={share(counts[part])}
              color={color}
              aria-label={text.records[part]}
            />
          ))}
        </Progress.Root>
        <Facts>
          <Fact name={text.records.total}>
            <span className="or-number">{formatNumber(counts.records)}</span>
          </Fact>
          {PARTS.map(([part]) => (
            <Fact key={part} name={text.records[part]}>
              <span className="or-number">{formatNumber(counts[part])}</span>
            </Fact>
          ))}
        </Facts>
        {cancellation_count > 0 && (
          <Text size="sm" c="dimmed">
            {text.records.cancellations(cancellation_count)}
          </Text>
        )}
      </Stack>
    </Panel>
  );
}

const OF_A_DAY = ["expected", "reported", "accepted", "pending", "rejected", "unreported"] as const;

export function Completeness({ submission }: { submission: SubmissionDetail }) {
  return (
    <Panel title={text.completeness.title}>
      <Stack gap="sm">
        <Facts>
          {OF_A_DAY.map((part) => (
            <Fact key={part} name={text.completeness[part]}>
              <span className="or-number">{formatNumber(submission.completeness[part])}</span>
            </Fact>
          ))}
        </Facts>
        <Text size="sm" c="dimmed">
          {text.completeness.hint}
        </Text>
      </Stack>
    </Panel>
  );
}
