/** Rules that failed for a row or for the file. */
import { Text } from "@mantine/core";
import type { DryRun } from "./api";
import styles from "./editor.module.css";
import { editorMessages } from "./messages";
import { RuleSeverity } from "./RuleSeverity";

export function Findings({ findings }: { findings: DryRun["file_findings"] }) {
  if (findings.length === 0) return <Text c="dimmed">{editorMessages.dryRun.noFindings}</Text>;
  return (
    <ul className={styles.plain}>
      {findings.map((finding, index) => (
        // A rule can fail twice in the same words.
        <li key={index} className={styles.finding}>
          <RuleSeverity severity={finding.severity} />
          <span>
            <span className="or-mono">{finding.rule_id}</span> {finding.message}
            {finding.error && <Text c="dimmed">{finding.error}</Text>}
            {finding.columns.length > 0 && (
              <Text c="dimmed" className="or-mono">
                {finding.columns.join(", ")}
              </Text>
            )}
          </span>
        </li>
      ))}
    </ul>
  );
}
