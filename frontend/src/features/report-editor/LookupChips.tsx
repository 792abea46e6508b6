/** What lookup() finds in the inputs that have a key; a click puts the call into the expression. */
import { Stack, Text, Tooltip, UnstyledButton } from "@mantine/core";
import styles from "./editor.module.css";
import { useEditor } from "./EditorContext";
import { quoted } from "./code/completions";
import { inputMessages as text } from "./inputMessages";

export function LookupChips({ onInsert }: { onInsert: (sql: string) => void }) {
  const { document, check } = useEditor();
  const found = Object.entries(document.inputs ?? {}).flatMap(([name, input]) =>
    input.key.length === 0
      ? []
      : (check?.tables[name] ?? [])
          .filter((column) => !input.key.includes(column.name))
          .map((column) => ({
            name: `${name}.${column.name}`,
            type: column.type,
            call: `lookup('${name}', ${input.key.map(quoted).join(", ")}, '${column.name.replaceAll("'", "''")}')`,
          })),
  );
  if (found.length === 0) return null;
  return (
    <Stack gap={4}>
      <Text size="sm" fw={600}>
        {text.lookups}
      </Text>
      <div className={styles.chips}>
        {found.map((one) => (
          <Tooltip key={one.name} label={one.type}>
            <UnstyledButton
              className={styles.chip}
              aria-label={text.useLookup(one.name)}
              onClick={() => onInsert(one.call)}
            >
              {one.name}
            </UnstyledButton>
          </Tooltip>
        ))}
      </div>
    </Stack>
  );
}
