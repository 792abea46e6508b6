/** What the regulator says of a rule, wherever a rule is shown: the words, the code, and who brought them. */
import { Group, Stack, Text } from "@mantine/core";
import { AppLink, StatusBadge, TimeAgo } from "@openreg/ui";
import type { OfficialRule } from "./api";
import { officialMessages } from "./messages";
import styles from "./official.module.css";

const text = officialMessages.official;

export function OfficialRules({ rules }: { rules: OfficialRule[] }) {
  return (
    <Stack gap="sm">
      {rules.map((one) => (
        <OfficialRuleText key={`${one.code} ${one.field} ${one.valid_from ?? ""}`} rule={one} />
      ))}
    </Stack>
  );
}

function OfficialRuleText({ rule }: { rule: OfficialRule }) {
  const { source } = rule;
  const isGone = rule.withdrawn_in !== null;
  return (
    <div className={styles.said}>
      <Group gap="xs">
        <span className="or-mono">{rule.code}</span>
        {rule.error_code && rule.error_code !== rule.code && (
          <Text size="xs" c="dimmed">
            {text.errorCode(rule.error_code)}
          </Text>
        )}
        {rule.severity && (
          <Text size="xs" c="dimmed">
            {rule.severity}
          </Text>
        )}
        {rule.withdrawn_in !== null && (
          <StatusBadge tone="off">{text.withdrawn(rule.withdrawn_in)}</StatusBadge>
        )}
      </Group>
      <Text size="sm" className={isGone ? `${styles.text} ${styles.gone}` : styles.text}>
        {rule.text}
      </Text>
      <Text size="xs" c="dimmed">
        {rule.citation && `${rule.citation} · `}
        {(rule.valid_from ?? rule.valid_to) && `${officialMessages.days(rule.valid_from, rule.valid_to)} · `}
        <AppLink to="/official-texts/$listId" params={{ listId: source.list_id }} size="xs">
          {text.source(source.title, source.file_name)}
        </AppLink>
        {" · "}
        <TimeAgo at={source.imported_at} />
      </Text>
    </div>
  );
}
