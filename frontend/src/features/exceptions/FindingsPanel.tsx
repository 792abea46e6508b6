/** What the rules said in the run, what they say to the record as it is now, and what each rests on. */
import { Badge, Group, Stack, Text, Tooltip } from "@mantine/core";
import { Panel } from "@openreg/ui";
import { OfficialRules } from "@/features/official-texts/OfficialRules";
import type { ExceptionDetail, RecordFinding } from "./api";
import { detailMessages } from "./detailMessages";
import { SeverityBadge } from "./ExceptionState";
import styles from "./exceptions.module.css";

const text = detailMessages.findings;

export function FindingsPanel({ found }: { found: ExceptionDetail }) {
  const isAmended = found.amendments > 0;
  return (
    <Panel title={isAmended ? text.titleNow : text.title}>
      <Stack gap="md">
        <Findings findings={isAmended ? found.current_findings : findingsOf(found)} />
        {isAmended && found.current_findings.length === 0 && <Text>{text.passes}</Text>}
        {found.unchecked_rules.length > 0 && (
          <Text size="sm" c="dimmed">
            {text.unchecked(found.unchecked_rules.join(", "))}
          </Text>
        )}
        {isAmended && (
          <Text size="sm" c="dimmed">
            {text.before(found.rule_ids.join(", "))}
          </Text>
        )}
        {!isAmended && found.findings.length === 0 && <Text c="dimmed">{text.none}</Text>}
      </Stack>
    </Panel>
  );
}

/** What is said of this very record, and the rules over the whole set that failed with it. */
function findingsOf({ current_findings: own, findings }: ExceptionDetail): RecordFinding[] {
  return [...own, ...findings.filter((one) => !own.some((other) => other.rule_id === one.rule_id))];
}

function Findings({ findings }: { findings: RecordFinding[] }) {
  return (
    <ul className={styles.findings}>
      {findings.map((finding) => (
        <li key={`${finding.rule_id} ${finding.message}`}>
          <Group gap="sm">
            <SeverityBadge severity={finding.severity} />
            <span className="or-mono">{finding.rule_id}</span>
            <Text span fw={600}>
              {finding.message}
            </Text>
          </Group>
          {finding.title && finding.title !== finding.message && <Text size="sm">{finding.title}</Text>}
          {finding.error && (
            <Text size="sm" className="or-mono">
              {finding.error}
            </Text>
          )}
          <Group gap="xs">
            {finding.citation && (
              <Text size="xs" c="dimmed">
                {finding.citation}
              </Text>
            )}
            {finding.is_verified === false && (
              <Tooltip label={text.unverifiedHint}>
                <Badge variant="default" tt="none">
                  {text.unverified}
                </Badge>
              </Tooltip>
            )}
            {(finding.columns ?? []).length > 0 && (
              <Text size="xs" c="dimmed">
                {text.columns} <span className="or-mono">{(finding.columns ?? []).join(", ")}</span>
              </Text>
            )}
          </Group>
          {finding.official.length > 0 && <OfficialRules rules={finding.official} />}
        </li>
      ))}
    </ul>
  );
}
