/** Copies a text and says so, also to a screen reader. */
import { ActionIcon, CopyButton as Copy, Tooltip } from "@mantine/core";
import { IconCheck, IconCopy } from "@tabler/icons-react";
import { uiMessages } from "../messages";

export function CopyButton({ value, label }: { value: string; label: string }) {
  return (
    <Copy value={value} timeout={2000}>
      {({ copied, copy }) => {
        const name = copied ? uiMessages.copied : `${uiMessages.copy}: ${label}`;
        return (
          <Tooltip label={name}>
            <ActionIcon variant="subtle" size={24} color="gray" aria-label={name} onClick={copy}>
              {copied ? <IconCheck size={14} aria-hidden /> : <IconCopy size={14} aria-hidden />}
            </ActionIcon>
          </Tooltip>
        );
      }}
    </Copy>
  );
}
