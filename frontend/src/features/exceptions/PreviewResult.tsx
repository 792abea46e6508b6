/** What the rules say to a record as it would be. */
import { List, Text } from "@mantine/core";
import { Callout } from "@openreg/ui";
import type { AmendedRecord } from "./api";
import { amendMessages as text } from "./amendMessages";

export function PreviewResult({ preview }: { preview: AmendedRecord }) {
  const findings = preview.findings_after;
  if (findings.length === 0) return <Callout tone="success" title={text.passes} fix={text.setRules} />;
  return (
    <Callout tone="warning" title={text.fails(findings.length)}>
      <List size="sm">
        {findings.map((one) => (
          <List.Item key={`${one.rule_id} ${one.message}`}>
            <span className="or-mono">{one.rule_id}</span> {one.message}
          </List.Item>
        ))}
      </List>
      <Text size="sm" c="dimmed">
        {text.failsText}
      </Text>
    </Callout>
  );
}
