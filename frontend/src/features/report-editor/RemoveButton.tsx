/** Takes one row or card out of the report; the label says which. */
import { ActionIcon } from "@mantine/core";
import { IconTrash } from "@tabler/icons-react";

interface RemoveButtonProps {
  label: string;
  onClick: () => void;
}

export function RemoveButton({ label, onClick }: RemoveButtonProps) {
  return (
    <ActionIcon variant="subtle" color="gray" size={28} aria-label={label} onClick={onClick}>
      <IconTrash size={16} aria-hidden />
    </ActionIcon>
  );
}
