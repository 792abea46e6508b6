/** Something that is stored and not shown: it stays, or another one takes its place. */
import { Button, Group, Text } from "@mantine/core";
import type { ReactNode } from "react";
import { accessMessages as text } from "./accessMessages";

export function Kept({ label, told, onReplace }: { label?: string; told: ReactNode; onReplace: () => void }) {
  return (
    <div>
      {label && (
        <Text size="sm" fw={500}>
          {label}
        </Text>
      )}
      <Group gap="sm" justify="space-between" wrap="nowrap">
        <div>{told}</div>
        <Button
          variant="default"
          aria-label={text.replaceOf(label ?? text.authentication)}
          style={{ flexShrink: 0 }}
          onClick={onReplace}
        >
          {text.replace}
        </Button>
      </Group>
    </div>
  );
}

export function KeepButton({ onKeep }: { onKeep: () => void }) {
  return (
    <Group>
      <Button variant="default" onClick={onKeep}>
        {text.keep}
      </Button>
    </Group>
  );
}
