/** Rules of a regulator: the code, its text, and our name of the field. */
import { Text } from "@mantine/core";
import type { RegulatorRule } from "./api";

export function RuleWords({ rules }: { rules: RegulatorRule[] }) {
  return (
    <>
      {rules.map((rule, place) => (
        <Text key={place} size="sm">
          <span className="or-mono">{rule.id}</span> {rule.text}
          {rule.field && (
            <Text span c="dimmed">
              {" "}
              {rule.field}
            </Text>
          )}
        </Text>
      ))}
    </>
  );
}
