/** A host key or certificate that a server showed: a person compares it by another way, and then confirms it. */
import { Button, Code, Group, Text } from "@mantine/core";
import { Callout, CopyButton } from "@openreg/ui";
import { formMessages } from "./messages";

const text = formMessages.hostKey;

interface UnconfirmedHostKeyProps {
  fingerprint: string;
  what?: keyof typeof text.title;
  onConfirm: () => void;
}

export function UnconfirmedHostKey({ fingerprint, what = "host_key", onConfirm }: UnconfirmedHostKeyProps) {
  return (
    <Callout
      tone="warning"
      title={text.title[what]}
      actions={<Button onClick={onConfirm}>{text.confirm}</Button>}
    >
      <Group gap="xs" wrap="nowrap">
        <Code className="or-mono">{fingerprint}</Code>
        <CopyButton value={fingerprint} label={text.key[what]} />
      </Group>
      <Text c="dimmed">{text.text}</Text>
    </Callout>
  );
}
