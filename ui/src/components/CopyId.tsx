/** An id, shortened to read and whole to copy. */
import { Group } from "@mantine/core";
import { CopyButton } from "./CopyButton";

export function CopyId({ id, label }: { id: string; label: string }) {
  return (
    <Group gap={2} wrap="nowrap" component="span">
      <span className="or-mono" title={id}>
        {id.length > 13 ? `…${id.slice(-12)}` : id}
      </span>
      <CopyButton value={id} label={label} />
    </Group>
  );
}
